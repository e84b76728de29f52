"""The program with a window: makes the parts, hands them what they need, wires them."""

from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.app.preferences import Preferences
from cloudanno_desktop.gui.app.preload import Ahead
from cloudanno_desktop.gui.app.project_opener import Opened, Opening
from cloudanno_desktop.gui.browser.browser import Browser
from cloudanno_desktop.gui.common.messages import (
    CrashReporter,
    Level,
    Message,
    MessageBar,
    show_log,
)
from cloudanno_desktop.gui.common.plurals import EnglishPlurals
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.window.main_window import MainWindow, Parts
from cloudanno_desktop.gui.window.shortcut_overlay import ShortcutOverlay
from cloudanno_desktop.gui.window.welcome import WelcomePage
from cloudanno_desktop.settings import RecentProject, Settings, load_settings

if TYPE_CHECKING:
    from cloudanno_desktop.gui.project.project import Project
    from cloudanno_desktop.gui.project.train_controller import Modelling
    from cloudanno_desktop.gui.window.widgets import Desk
    from cloudanno_desktop.projects.folders import OpenProject

CLOSE_TIMEOUT_MS = 20_000
Handler = Callable[[], object]


class App(QObject):
    """The program.

    Signals:
        prepared: all is loaded that a project will need.
        project_opened: a ``Project``.
        ended: the window is closed and everything is let go of.
    """

    prepared = Signal()
    project_opened = Signal(object)
    ended = Signal()

    def __init__(self, application: QApplication, settings: Settings) -> None:
        super().__init__(application)
        application.installTranslator(EnglishPlurals(self))
        self.theme = Theme(application, settings.theme)
        self.runner = TaskRunner(self)
        self.ahead = Ahead(self.runner, self)
        self.crashes = CrashReporter(self)
        self.window = MainWindow(self.theme)
        self.preferences = Preferences(settings, self.theme, self.runner)
        self.project: Project | None = None
        self.modelling: Modelling | None = None
        self._next: Opened | None = None
        self._is_ending = False
        self._desk: Desk | None = None
        self._build()
        self._connect()

    def show(self) -> None:
        """Show the window on the welcome page."""
        self.opening.show_places()
        self.window.show()
        self.ahead.begin()

    @property
    def desk(self) -> "Desk":
        """The widgets of an open project, made when they are first needed or soon after start."""
        if self._desk is None:
            self._desk = self._build_desk()
        return self._desk

    def use_kept_settings(self) -> None:
        """Use the settings that were kept; a damaged file is told and the defaults are used."""
        try:
            self.preferences.start(load_settings())
        except CloudAnnoError as error:
            self.report(error)

    def close_project(self) -> None:
        """Close the open project, if there is one, and show the welcome page."""
        self._next = None
        self._end_project()

    def say(self, message: Message) -> None:
        """Show a message."""
        self.messages.show_message(message)

    def report(self, error: BaseException) -> None:
        """Show a bug, or the sentence of an error of the world."""
        if isinstance(error, CloudAnnoError):
            self.say(Message(Level.ERROR, str(error)))
        else:
            self.crashes.report(error, self.window)

    def hook(
        self, _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
    ) -> None:
        """Take what nobody caught; for ``sys.excepthook``."""
        self.report(error)

    def _build(self) -> None:
        self.messages = MessageBar(self.theme)
        self.browser = Browser(self.theme)
        self.welcome = WelcomePage(self.theme)
        self.opening = Opening(self.runner, self.preferences.secrets, self.browser)
        self.window.build(Parts(self.welcome, self.browser, self.messages))
        self.window.show_part("browser", is_shown=True)
        self.window.show_welcome()
        self._use_settings(self.preferences.settings)

    def _on_prepared(self, has_connections: bool) -> None:
        may_open = has_connections or self.preferences.settings.projects()
        if may_open and self.project is None and not self._is_ending:
            self.ahead.start_spare()
        self.prepared.emit()

    def _build_desk(self) -> "Desk":
        from cloudanno_desktop.gui.window.widgets import build_desk

        desk = build_desk(self.theme, self.window.actions_set, self.runner)
        self.window.add_desk(desk)
        self.messages.shown.connect(desk.drawer.add_message)
        desk.drawer.close_wanted.connect(lambda: self.window.show_part("drawer", is_shown=False))
        desk.drawer.transfers.running_changed.connect(self.window.status.show_transfers)
        desk.images.show_size(self.preferences.settings.thumbnail_px)
        desk.grid.set_thumbnail_size(self.preferences.settings.thumbnail_px)
        return desk

    def _connect(self) -> None:
        self.ahead.desk_loaded.connect(lambda: self.desk)
        self.ahead.prepared.connect(self._on_prepared)
        self.window.actions_set.triggered.connect(self._on_action)
        self.welcome.way_chosen.connect(self._on_action)
        self.welcome.recent_chosen.connect(self.opening.open_recent)
        self.welcome.star_wanted.connect(self.opening.give_star)
        self.welcome.removal_wanted.connect(self.opening.forget)
        self.opening.opened.connect(self._on_opened)
        self.opening.busy.connect(lambda text: self.say(Message(Level.INFO, text)))
        self.opening.failed.connect(self.report)
        self.opening.places.said.connect(self.say)
        self.opening.places.settings_wanted.connect(self.preferences.use)
        self.opening.places.contents_changed.connect(self._on_contents_changed)
        self.opening.places.keep_wanted.connect(self._on_keep_wanted)
        self.opening.places.folders.find_current = self._find_current
        self.browser.connect_wanted.connect(lambda: self._on_action("open_storage"))
        self.preferences.changed.connect(self._use_settings)
        self.window.filter_box.saved_changed.connect(self.preferences.keep_filters)
        self.preferences.connections_changed.connect(self._on_connections_changed)
        self.runner.failed.connect(self._on_task_failed)
        self.runner.crashed.connect(self.report)
        self.window.closing.connect(self.end)
        self.window.status.cost.clicked.connect(lambda: self.preferences.show_costs(self.window))

    def _on_action(self, action_id: str) -> None:
        handlers: dict[str, Handler] = {
            "open_folder": lambda: self.opening.ask_folder(self.window),
            "open_storage": lambda: self.preferences.open_connections(self.window),
            "open_sample": self.opening.open_sample,
            "close_project": self.close_project,
            "settings": lambda: self.preferences.open_general(self.window),
            "quit": self.window.close,
            "shortcuts": lambda: ShortcutOverlay(self.window).open(),
            "show_log": show_log,
            "about": lambda: self.preferences.show_about(self.window),
        }
        handler = handlers.get(action_id)
        try:
            if handler is not None:
                handler()
            elif self.project is not None and self.modelling is not None:
                self._commands.do(action_id)
        except CloudAnnoError as error:
            self.report(error)

    def _on_opened(self, opened: Opened) -> None:
        if self._is_ending or self._next is not None:
            opened.workspace.close()
            return
        self._next = opened
        if self.project is not None:
            self._end_project()
        else:
            self._begin_project()

    def _begin_project(self) -> None:
        # not needed by the first page; ``Opening`` has loaded them away from the GUI thread
        from cloudanno_desktop.gui.app.dispatch import Commands
        from cloudanno_desktop.gui.project.grid_controller import Views
        from cloudanno_desktop.gui.project.image_menu import Objects
        from cloudanno_desktop.gui.project.project import Project
        from cloudanno_desktop.gui.project.train_controller import Modelling, Stage

        opened, self._next = self._next, None
        if opened is None:
            return
        workspace = opened.workspace
        self.opening.current = workspace.address.identity
        self._remember(workspace.address)
        desk = self.desk
        views = Views(self.window, desk.images, desk.grid, desk.sidebar)
        self.project = Project(workspace, self.runner, views, self.ahead.spare)
        self.project.said.connect(self.say)
        self.project.closed.connect(self._on_project_closed)
        stage = Stage(self.window, desk.grid, desk.panel, desk.results, desk.drawer, self.theme)
        self.modelling = Modelling(workspace, self.project.media, self.runner, stage)
        self.modelling.said.connect(self.say)
        self.modelling.crashed.connect(self.report)
        self.modelling.closed.connect(self.project.close)
        self.modelling.synchronise_wanted.connect(self.project.saving.synchronise)
        self._commands = Commands(self.project, self.modelling, views)
        self._commands.said.connect(self.say)
        objects = Objects(self.project, self.runner, views)
        objects.said.connect(self.say)
        self._commands.add(objects.handlers())
        self.messages.hide()
        self.window.set_filter("")
        self.window.show_results(is_shown=False)
        self.window.show_project(workspace.title)
        self.window.status.cost.setVisible(not workspace.address.is_folder)
        self._commands.show_undo(self.project.session.undo_state)
        self.project.start(opened.secret, desk.drawer.transfers)
        self.project.traffic.started.connect(self._on_transfer_started)
        self.project.transfers.started.connect(self._on_transfer_started)
        self.preferences.changed.connect(self.project.transfers.use_settings)
        self.project.session.undo_changed.connect(self._commands.show_undo)
        desk.grid.setFocus()
        self.project_opened.emit(self.project)

    def _end_project(self) -> None:
        if self.project is None or self.modelling is None:
            self._after_project()
            return
        self.modelling.close()  # the project follows when no run is going on any more

    def _on_project_closed(self) -> None:
        if self.project is not None and self.modelling is not None:
            self._commands.deleteLater()
            self.modelling.deleteLater()
            self.project.deleteLater()
        self.project, self.modelling = None, None
        self.opening.current = ""
        self._after_project()

    def _after_project(self) -> None:
        if self._is_ending:
            self.runner.close()
            self.ended.emit()
        elif self._next is not None:
            self._begin_project()
        else:
            self.window.show_welcome()
            self.ahead.start_spare()

    def end(self) -> None:
        """Close the project and end; ``ended`` follows, at the latest after a while."""
        if self._is_ending:
            return
        self._is_ending = True
        self._next = None
        if self._desk is not None:
            self.preferences.keep_thumbnail_size(self._desk.grid.thumbnail_size)
        self.window.hide()
        self.ahead.spare.close()
        QTimer.singleShot(CLOSE_TIMEOUT_MS, self, self.ended.emit)
        self._end_project()

    def _on_transfer_started(self, _request: int, _title: str) -> None:
        self.desk.drawer.show_transfers()

    def _on_task_failed(self, error: CloudAnnoError, task: Task) -> None:
        def retry() -> None:
            self.runner.run(task.start_again())

        self.say(Message(Level.ERROR, str(error), action=self.tr("Try again"), act=retry))

    def _use_settings(self, settings: Settings) -> None:
        self.opening.use_settings(settings)
        self.window.status.cost.set_prices(settings.prices)
        if self.project is not None:
            self.project.refreshing.use_interval(settings.refresh_s)
        if self._desk is not None:
            self._desk.images.show_size(settings.thumbnail_px)
            self._desk.grid.set_thumbnail_size(settings.thumbnail_px)
        self.welcome.show_recent(settings.projects())
        self.window.filter_box.show_saved(settings.filters)

    def _remember(self, address: ProjectAddress) -> None:
        name = address.connection.name if address.connection else ""
        self.preferences.remember(RecentProject(address.title, address.location, name))

    def _find_current(self, top: ProjectAddress) -> "OpenProject | None":
        if self.project is None:
            return None
        from cloudanno_desktop.projects.folders import current_in

        current = current_in(top, self.project.workspace)
        if current is None:
            return None
        is_online = self.project.connectivity.is_online
        return replace(current, is_online=is_online, lock=self.project.moving)

    def _on_keep_wanted(self, address: ProjectAddress) -> None:
        if self.project is None or not self._commands.keep_offline(address):
            text = self.tr("Open the project first; then it, or a folder of it, can stay here.")
            self.say(Message(Level.INFO, text))

    def _on_contents_changed(self) -> None:
        if self.project is not None:
            self.project.show_moved()

    def _on_connections_changed(self, name: str) -> None:
        self.opening.show_places()
        self.browser.open_connection(name)
