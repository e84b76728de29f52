"""The program with a window: makes the parts and connects them."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.credentials import SecretMissing
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import collect, handles
from cloudanno_desktop.gui.actions.specs import WITHOUT_PROJECT
from cloudanno_desktop.gui.app.preferences import Preferences
from cloudanno_desktop.gui.app.preload import Preloader
from cloudanno_desktop.gui.app.project_opener import OpenedProject, ProjectOpener
from cloudanno_desktop.gui.browser.browser import Browser
from cloudanno_desktop.gui.common.messages import CrashReporter, Level, Message, MessageBar
from cloudanno_desktop.gui.common.plurals import EnglishPlurals
from cloudanno_desktop.gui.common.settings_store import SettingsStore
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.window.main_window import MainWindow
from cloudanno_desktop.gui.window.welcome import WelcomePage
from cloudanno_desktop.settings import RecentProject, Settings

if TYPE_CHECKING:
    from cloudanno_desktop.gui.app.project_session import ProjectSession
    from cloudanno_desktop.gui.project.project import Project
    from cloudanno_desktop.gui.project.train_controller import TrainController
    from cloudanno_desktop.gui.window.widgets import ProjectWidgets
    from cloudanno_desktop.projects.folders import CurrentProject

_log = logging.getLogger(__name__)

CLOSE_TIMEOUT_MS = 20_000


class App(QObject):
    prepared = Signal()  # everything that a project needs is loaded
    project_opened = Signal(object)  # a ``Project``
    ended = Signal()  # the window is closed and everything is released

    def __init__(self, application: QApplication, settings: Settings) -> None:
        super().__init__(application)
        application.installTranslator(EnglishPlurals(self))
        self.settings = SettingsStore(settings, self)
        self.theme = Theme(application, settings.theme)
        self.runner = TaskRunner(self)
        self.preloader = Preloader(self.runner, self)
        self.crashes = CrashReporter(self)
        self.window = MainWindow(self.theme)
        self.preferences = Preferences(self.settings, self.theme, self.runner, self.window)
        self._session: ProjectSession | None = None
        self._next: OpenedProject | None = None
        self._is_ending = False
        self._project_widgets: ProjectWidgets | None = None
        self._build()
        self._connect()
        self._owners = (self, self.window, self.project_opener, self.preferences)
        self._handlers = collect(self._owners, WITHOUT_PROJECT)

    @property
    def project(self) -> "Project | None":
        return self._session.project if self._session else None

    @property
    def train_controller(self) -> "TrainController | None":
        return self._session.train_controller if self._session else None

    def show(self) -> None:
        self.project_opener.show_places()
        self.window.show()
        self.preloader.begin()

    @property
    def project_widgets(self) -> "ProjectWidgets":
        """The widgets of an open project, made when they are first needed or soon after start."""
        if self._project_widgets is None:
            self._project_widgets = self._build_project_widgets()
        return self._project_widgets

    def use_saved_settings(self) -> None:
        try:
            self.settings.load()
        except CloudAnnoError as error:
            self.report(error)

    @handles(Action.CLOSE_PROJECT)
    def close_project(self) -> None:
        if self._may_stop(self._close_project):
            self._close_project()

    def say(self, message: Message) -> None:
        self.messages.show_message(message)

    def report(self, error: BaseException) -> None:
        if isinstance(error, CloudAnnoError):
            _log.debug("shown", exc_info=error)
            self.say(Message(Level.ERROR, str(error)))
        else:
            self.crashes.report(error, self.window)

    def hook(self, _kind: type[BaseException], error: BaseException, _trace: object) -> None:
        self.report(error)

    def _build(self) -> None:
        self.browser = Browser(self.theme)
        self.welcome = WelcomePage(self.theme)
        self.window.build(self.welcome, self.browser)
        self.messages = MessageBar(self.theme, self.window.toast_room)
        self.project_opener = ProjectOpener(
            self.runner, self.settings, self.preferences.secrets, self.browser, self.say
        )
        self.window.show_part(Action.SHOW_BROWSER, is_shown=True)
        self.window.show_welcome()
        self._show_settings()

    def _on_prepared(self, has_connections: bool) -> None:
        may_open = has_connections or self.settings.current.projects()
        if may_open and self.project is None and not self._is_ending:
            self.preloader.start_spare()
        self.prepared.emit()

    def _build_project_widgets(self) -> "ProjectWidgets":
        from cloudanno_desktop.gui.window.widgets import build_project_widgets

        project_widgets = build_project_widgets(self.theme, self.window.actions_set, self.runner)
        self.window.add_project_widgets(project_widgets)
        self.messages.shown.connect(project_widgets.drawer.add_message)
        project_widgets.drawer.close_requested.connect(
            lambda: self.window.show_part(Action.SHOW_DRAWER, is_shown=False)
        )
        project_widgets.drawer.transfers.running_changed.connect(self.window.status.show_transfers)
        self._show_thumbnail_size(project_widgets)
        return project_widgets

    def _show_thumbnail_size(self, project_widgets: "ProjectWidgets") -> None:
        size_px = self.settings.current.thumbnail_px
        project_widgets.images.show_size(size_px)
        project_widgets.grid.set_thumbnail_size(size_px)

    def _connect(self) -> None:
        self.preloader.widgets_loaded.connect(lambda: self.project_widgets)
        self.preloader.prepared.connect(self._on_prepared)
        self.window.actions_set.triggered.connect(self._on_action)
        self.welcome.way_chosen.connect(self._on_action)
        self.welcome.recent_chosen.connect(self.project_opener.open_recent)
        self.window.recent_chosen.connect(self.project_opener.open_recent)
        self.welcome.star_requested.connect(self.project_opener.give_star)
        self.welcome.removal_requested.connect(self.project_opener.forget)
        self.project_opener.opened.connect(self._on_opened)
        self.project_opener.busy.connect(lambda text: self.say(Message(Level.INFO, text)))
        self.project_opener.failed.connect(self.report)
        self.project_opener.place_actions.contents_changed.connect(self._on_contents_changed)
        self.project_opener.place_actions.keep_requested.connect(self._on_keep_requested)
        self.project_opener.place_actions.folders.find_current = self._find_current
        self.preferences.connect_places(self.project_opener)
        self.settings.changed.connect(self._show_settings)
        self.window.filter_box.saved_changed.connect(self.preferences.keep_filters)
        self.preferences.connections_changed.connect(self._on_connections_changed)
        self.runner.failed.connect(self._on_task_failed)
        self.runner.crashed.connect(self.report)
        self.window.may_close = lambda: self._may_stop(self.end)
        self.window.closing.connect(self.end)
        self.window.status.cost.clicked.connect(self.preferences.show_costs)

    def _on_action(self, action: Action) -> None:
        try:
            self._handlers[action]()
        except CloudAnnoError as error:
            self.report(error)

    def _on_opened(self, opened: OpenedProject) -> None:
        if self._is_ending or self._next is not None:
            opened.workspace.close()
            return
        self._next = opened
        if self.project is None:
            self._begin_project()
        elif self._may_stop(self._end_project):
            self._end_project()

    def _may_stop(self, act: Callable[[], None]) -> bool:
        """Say whether nothing is lost by ``act``; else ask, and do it once the user agrees."""
        controller = self.train_controller
        return self._is_ending or controller is None or controller.may_stop(act, self._drop_next)

    def _close_project(self) -> None:
        self._drop_next()
        self._end_project()

    def _drop_next(self) -> None:
        if self._next is not None:
            self._next.workspace.close()
        self._next = None

    def _begin_project(self) -> None:
        # not needed by the first page; ``ProjectOpener`` has loaded it away from the GUI thread
        from cloudanno_desktop.gui.app.project_session import ProjectSession
        from cloudanno_desktop.gui.project.shell import Shell

        opened, self._next = self._next, None
        if opened is None:
            return
        address = opened.workspace.address
        self.project_opener.current = address.identity
        self._remember(address)
        parts = (self.window, self.project_widgets, self.theme, self.runner, self.preloader.spare)
        shell = Shell(*parts, self.settings, self.say, self.report)
        session = ProjectSession(opened.workspace, shell)
        session.closed.connect(self._on_project_closed)
        self._session = session
        self._handlers = collect((*self._owners, *session.owners), Action)
        self.messages.hide()
        session.project.connectivity.changed.connect(self.browser.retry)
        session.start(opened.secret)
        self.project_opened.emit(session.project)

    def _end_project(self) -> None:
        if self._session is None:
            self._after_project()
        else:
            self._session.close()

    def _on_project_closed(self) -> None:
        if self._session is not None:
            self._session.deleteLater()
        self._session = None
        self._handlers = collect(self._owners, ())
        self.project_opener.current = ""
        self._after_project()

    def _after_project(self) -> None:
        if self._is_ending:
            self.runner.close()
            self.ended.emit()
        elif self._next is not None:
            self._begin_project()
        else:
            self.window.show_welcome()
            self.preloader.start_spare()

    def end(self) -> None:
        """Close the project and end; ``ended`` follows, at the latest after a while."""
        if self._is_ending:
            return
        self._is_ending = True
        self._drop_next()
        if self._project_widgets is not None:
            self.preferences.keep_thumbnail_size(self._project_widgets.grid.thumbnail_size)
        self.window.hide()
        self.preloader.spare.close()
        QTimer.singleShot(CLOSE_TIMEOUT_MS, self, self.ended.emit)
        self._end_project()

    def _on_task_failed(self, error: CloudAnnoError, task: Task) -> None:
        def retry() -> None:
            self.runner.run(task.start_again())

        if isinstance(error, SecretMissing):
            self.preferences.ask_secret(error.connection, retry)
        else:
            self.say(Message(Level.ERROR, str(error), action=self.tr("Try again"), act=retry))

    def _show_settings(self) -> None:
        settings = self.settings.current
        self.theme.choose(settings.theme)
        self.window.status.cost.set_prices(settings.prices)
        if self._project_widgets is not None:
            self._show_thumbnail_size(self._project_widgets)
        self.welcome.show_recent(settings.projects())
        self.window.show_recent(settings.places())
        self.window.filter_box.show_saved(settings.filters)

    def _remember(self, address: ProjectAddress) -> None:
        name = address.connection.name if address.connection else ""
        self.preferences.remember(RecentProject(address.title, address.location, name))

    def _find_current(self, top: ProjectAddress) -> "CurrentProject | None":
        return self.project.find_current(top) if self.project is not None else None

    def _on_keep_requested(self, address: ProjectAddress) -> None:
        if self._session is None or not self._session.keep_offline(address):
            text = self.tr(
                "Open the project first. Then you can keep it, or a folder of it, offline."
            )
            self.say(Message(Level.INFO, text))

    def _on_contents_changed(self) -> None:
        if self.project is not None:
            self.project.show_moved()

    def _on_connections_changed(self, name: str) -> None:
        self.project_opener.show_places()
        self.browser.open_connection(name)
