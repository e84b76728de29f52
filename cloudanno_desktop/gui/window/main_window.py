"""The window: where each part stands. It decides nothing; ``app.py`` wires its parts."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop import paths
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.action_set import ActionSet
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.actions.specs import HISTORY, PRIMARY, TABS, TOOLBAR, UPLOADS
from cloudanno_desktop.gui.common import widgets as pieces
from cloudanno_desktop.gui.common.theme import Theme, application_icon, set_role
from cloudanno_desktop.gui.common.widgets import IconButton
from cloudanno_desktop.gui.window.filter_box import FilterBox
from cloudanno_desktop.gui.window.shortcut_overlay import ShortcutOverlay
from cloudanno_desktop.gui.window.status_bar import StatusBar
from cloudanno_desktop.gui.window.welcome import WelcomePage
from cloudanno_desktop.settings import RecentProject

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudanno_desktop.gui.window.widgets import ProjectWidgets

WELCOME, PICTURES, RESULTS = range(3)
OPENERS = (Action.OPEN_FOLDER, Action.OPEN_STORAGE, Action.OPEN_SAMPLE, Action.CLOSE_PROJECT)
BROWSER_PX, SIDEBAR_PX, DRAWER_PX = 230, 270, 240


class MainWindow(QMainWindow):
    """Lays out the parts."""

    filter_changed = Signal(str)  # text of the filter box
    first_requested = Signal()  # the first picture that the filter finds
    recent_chosen = Signal(object)  # a ``RecentProject`` of a menu
    closing = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._project_widgets: ProjectWidgets | None = None
        self.may_close: Callable[[], bool] = lambda: True
        self.actions_set = ActionSet(theme, self)
        self.setWindowIcon(application_icon())
        self.setWindowTitle("CloudAnno")
        pieces.resize_to_screen(self, 1280, 820)
        self.setMinimumSize(760, 480)

    def build(self, welcome: WelcomePage, browser: QWidget) -> None:
        """Lay out the parts; ``add_project_widgets`` follows before a project is shown."""
        self._welcome, self._browser = welcome, browser
        file = self.actions_set.fill_menu_bar(self.menuBar())
        self._recent = QMenu(self.tr("Open recent"), file, toolTipsVisible=True)
        file.insertMenu(self.actions_set[Action.CLOSE_PROJECT], self._recent)
        self.addToolBar(self._build_toolbar())
        self.setCentralWidget(self._build_body())  # before the status bar: the order of Tab
        self.status = StatusBar(self._theme)
        self.setStatusBar(self.status)
        geometry = _geometry_settings().value("geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)

    def add_project_widgets(self, project_widgets: "ProjectWidgets") -> None:
        self._project_widgets = project_widgets
        self._centre.addWidget(project_widgets.images)
        self._centre.addWidget(project_widgets.results)
        project_widgets.sidebar.hide()
        self._sides.addWidget(project_widgets.sidebar)
        project_widgets.sidebar.setMinimumWidth(200)
        project_widgets.sidebar.left.connect(self.show_pictures)
        for action in TABS:
            self.actions_set[action].triggered.connect(self.show_pictures)
        self._sides.setSizes([BROWSER_PX, 10_000, SIDEBAR_PX])
        project_widgets.drawer.hide()
        self._levels.addWidget(project_widgets.drawer)
        self._levels.setSizes([10_000, DRAWER_PX])
        project_widgets.drawer.setMinimumHeight(110)
        self.actions_set[Action.SHOW_LABELS].setChecked(True)
        sides = _geometry_settings().value("sides")
        if sides is not None:
            self._sides.restoreState(sides)

    def show_welcome(self) -> None:
        self._centre.setCurrentIndex(WELCOME)
        self._welcome.focus_first()
        self._toolbar.hide()
        if self._project_widgets is not None:
            self._project_widgets.sidebar.hide()
            self._project_widgets.drawer.hide()
        self.status.clear()
        self.status.hide()
        self.setWindowTitle("CloudAnno")
        self.actions_set.enable_project(False)

    def show_project(self, title: str, icon: str) -> None:
        self._centre.setCurrentIndex(PICTURES)
        self._toolbar.show()
        self.toggle_part(Action.SHOW_LABELS)
        self.toggle_part(Action.SHOW_DRAWER)
        self.status.show()
        self._project.setText(title)
        self._project.show_icon(icon)
        self.setWindowTitle(f"{title} — CloudAnno")
        self.actions_set.enable_project(True)

    def show_recent(self, projects: Sequence[RecentProject]) -> None:
        """Offer projects in the menu of the open one and in *File*."""
        menu = self._project.menu()
        for shown in (menu, self._recent):
            shown.clear()
            for project in projects:
                action = shown.addAction(project.title.replace("&", "&&"))
                action.setToolTip(project.location)
                action.triggered.connect(partial(self.recent_chosen.emit, project))
        self._recent.menuAction().setEnabled(bool(projects))
        menu.addSeparator()
        menu.addActions([self.actions_set[name] for name in OPENERS])

    def show_results(self, is_shown: bool) -> None:
        self._centre.setCurrentIndex(RESULTS if is_shown else PICTURES)

    def show_pictures(self) -> None:
        """Lead to the pictures from wherever the keyboard is."""
        if self._project_widgets is not None and self._toolbar.isVisible():
            self.show_results(is_shown=False)
            self._project_widgets.grid.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @handles(Action.FIND)
    def focus_filter(self) -> None:
        self.show_results(is_shown=False)
        self._filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._filter.selectAll()

    @property
    def filter_box(self) -> FilterBox:
        return self._filter

    def set_filter(self, text: str) -> None:
        self._filter.setText(text)

    def show_part(self, name: Action, is_shown: bool) -> None:
        part = self._browser
        if self._project_widgets is not None and name is not Action.SHOW_BROWSER:
            part = (
                self._project_widgets.sidebar
                if name is Action.SHOW_LABELS
                else self._project_widgets.drawer
            )
        part.setVisible(is_shown)
        if name is Action.SHOW_DRAWER and is_shown:
            self._give_drawer_room()
        self.actions_set[name].setChecked(is_shown)

    @handles(Action.SHOW_BROWSER, Action.SHOW_BROWSER)
    @handles(Action.SHOW_LABELS, Action.SHOW_LABELS)
    @handles(Action.SHOW_DRAWER, Action.SHOW_DRAWER)
    def toggle_part(self, name: Action) -> None:
        """Show or hide a part as its menu entry is checked."""
        self.show_part(name, is_shown=self.actions_set[name].isChecked())

    @handles(Action.QUIT)
    def quit(self) -> None:
        self.close()

    @handles(Action.SHORTCUTS)
    def show_keys(self) -> None:
        ShortcutOverlay(self).open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Act on the keys that no part of the window used: all lead to the pictures."""
        enters = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down}
        if enters and self._filter.hasFocus():
            self.show_pictures()
            self.first_requested.emit()
        elif event.key() == Qt.Key.Key_Escape or (
            event.key() == Qt.Key.Key_Down and isinstance(self.focusWidget(), QLineEdit)
        ):
            self.show_pictures()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        kept = _geometry_settings()
        kept.setValue("geometry", self.saveGeometry())
        if self._project_widgets is not None:
            kept.setValue("sides", self._sides.saveState())
        if not self.may_close():
            event.ignore()
            return
        self.closing.emit()
        super().closeEvent(event)

    def _give_drawer_room(self) -> None:
        sizes = self._levels.sizes()
        if sizes[1] < DRAWER_PX:
            self._levels.setSizes([max(0, sum(sizes) - DRAWER_PX), DRAWER_PX])

    def _build_toolbar(self) -> QToolBar:
        self._toolbar = QToolBar(self.tr("Main"), movable=False)
        self._toolbar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._toolbar.addWidget(self._build_project_button())
        self._toolbar.addWidget(self._build_filter())
        for name in TOOLBAR:
            self._add_button(self.actions_set[name], is_primary=name == PRIMARY)
        self._add_uploads()
        self._toolbar.addSeparator()
        for name in HISTORY:
            self._toolbar.addAction(self.actions_set[name])
        return self._toolbar

    def _build_project_button(self) -> QToolButton:
        self._project = IconButton(self._theme, "bucket", self.tr("Project"))
        self._project.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._project.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._project.setProperty("popup", "true")
        self._project.setMenu(QMenu(self._project))
        return self._project

    def _build_filter(self) -> QWidget:
        self._filter = FilterBox(self._theme)
        self._filter.setMinimumWidth(120)
        self._filter.setMaximumWidth(420)
        self._filter.textChanged.connect(self.filter_changed)
        room = QWidget()
        room.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(room)
        row.setContentsMargins(8, 0, 8, 0)
        row.addWidget(self._filter, 4)
        row.addStretch(1)
        return room

    def _add_button(self, action: QAction, *, is_primary: bool) -> None:
        action.setIconText(action.text().split(" ")[0].rstrip("…"))
        self._toolbar.addAction(action)
        button = self._toolbar.widgetForAction(action)
        if isinstance(button, QToolButton):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            if is_primary:
                set_role(button, "primary")

    def _add_uploads(self) -> None:
        button = self._toolbar.widgetForAction(self.actions_set[Action.UPLOAD])
        if isinstance(button, QToolButton):
            button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
            button.setMenu(QMenu(button))
            button.menu().addActions([self.actions_set[name] for name in UPLOADS])

    def _build_body(self) -> QWidget:
        self._centre = QStackedWidget()
        self._centre.addWidget(_scrolled(self._welcome))
        self._sides = QSplitter(Qt.Orientation.Horizontal, handleWidth=1)
        self._sides.addWidget(self._browser)
        self.toast_room = pieces.page()
        column = QVBoxLayout(self.toast_room)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._centre)
        self._sides.addWidget(self.toast_room)
        self._sides.setStretchFactor(1, 1)
        self._sides.setSizes([BROWSER_PX, 10_000])
        self._browser.setMinimumWidth(150)
        self._levels = QSplitter(Qt.Orientation.Vertical, handleWidth=1)
        self._levels.addWidget(self._sides)
        self._levels.setStretchFactor(0, 1)
        return self._levels


def _scrolled(page: QWidget) -> QScrollArea:
    """Let a page be higher than its place, so that it takes no room from what is below."""
    area = QScrollArea(widgetResizable=True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidget(page)
    return area


def _geometry_settings() -> QSettings:
    return QSettings(str(paths.config_dir() / "window.ini"), QSettings.Format.IniFormat)
