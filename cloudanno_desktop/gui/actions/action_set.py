"""The actions of the window, made from ``specs``."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QIcon, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.key_repeat import KeyRepeatFilter
from cloudanno_desktop.gui.actions.specs import (
    ACTIONS,
    CHECKABLE,
    DIGITS,
    HISTORY,
    LABEL,
    MENUS,
    PARTS,
    PRIMARY,
    SEPARATED,
    SUBMENUS,
    WITHOUT_PROJECT,
    Scope,
    Spec,
    translated,
)
from cloudanno_desktop.gui.common.theme import Theme

NAME_PX = 120  # of a label on the upload button


class ActionSet(QObject):
    """One QAction for each spec, and one for each number key."""

    triggered = Signal(object)  # an ``Action``
    digit_pressed = Signal(int)  # 0 for key 1 … 9 for key 0: the position of a label in the sidebar

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._window = parent
        self._repeats = KeyRepeatFilter(self)
        self._actions = {spec.id: self._make(spec) for spec in ACTIONS}
        self._digits = [self._make_digit(position) for position in range(len(DIGITS))]
        theme.changed.connect(self._on_theme_changed)

    def __getitem__(self, action: Action) -> QAction:
        return self._actions[action]

    def attach(self, scope: Scope, widget: QWidget) -> None:
        """Let the keys of ``scope`` work while ``widget`` or a child of it has the focus."""
        for spec in ACTIONS:
            if spec.scope is scope:
                widget.addAction(self._actions[spec.id])
        if scope is Scope.PICTURES:
            self._add_digits(widget)

    def attach_labeling(self, widget: QWidget) -> None:
        """Let the keys that label and mark pictures work in another window too, and undo."""
        for spec in ACTIONS:
            marks = spec.scope is Scope.PICTURES and spec.menu in {LABEL, PARTS}
            if marks or spec.id in HISTORY:
                widget.addAction(self._actions[spec.id])
        self._add_digits(widget)

    def fill_menu_bar(self, bar: QMenuBar) -> QMenu:
        """Fill the menus; return the first."""
        menus = [bar.addMenu(translated(title)) for title in MENUS]
        for menu, title in zip(menus, MENUS, strict=True):
            fill_menu(menu, self, title)
        return menus[0]

    def enable_project(self, is_open: bool) -> None:
        for spec in ACTIONS:
            if spec.id not in WITHOUT_PROJECT:
                self._actions[spec.id].setEnabled(is_open)
        for action in self._digits:
            action.setEnabled(is_open)

    def show_upload_label(self, name: str) -> None:
        """Say in menu and toolbar which label uploads will get; empty for none."""
        action = self._actions[Action.UPLOAD]
        shown = QFontMetrics(action.font()).elidedText(name, Qt.TextElideMode.ElideRight, NAME_PX)
        shown = shown.replace("&", "&&")
        text = self.tr("Upload as %1").replace("%1", shown) if name else self.tr("Upload")
        action.setIconText(text)
        action.setText(f"{text}…" if name else self.tr("Upload pictures…"))

    def _make(self, spec: Spec) -> QAction:
        action = QAction(translated(spec.text), self)
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setCheckable(spec.id in CHECKABLE)
        action.setToolTip(_tip(spec))
        if spec.icon:
            action.setIcon(self._icon(spec))
        action.setIconVisibleInMenu(spec.id != PRIMARY)  # it has the color of the button's text
        action.triggered.connect(lambda: self.triggered.emit(spec.id))
        if spec.scope is Scope.WINDOW:
            self._window.addAction(action)
        else:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        return action

    def _make_digit(self, position: int) -> QAction:
        action = QAction(self)
        action.setShortcut(QKeySequence(DIGITS[position]))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setAutoRepeat(False)  # a finger that stays must not label the next picture too
        action.triggered.connect(lambda: self.digit_pressed.emit(position))
        return action

    def _add_digits(self, widget: QWidget) -> None:
        widget.addActions(self._digits)
        widget.installEventFilter(self._repeats)

    def _on_theme_changed(self) -> None:
        for spec in ACTIONS:
            if spec.icon:
                self._actions[spec.id].setIcon(self._icon(spec))

    def _icon(self, spec: Spec) -> QIcon:
        color = self._theme.colors.on_accent if spec.id == PRIMARY else ""
        return self._theme.icon(spec.icon, color)


def fill_menu(menu: QMenu, actions: ActionSet, title: str) -> None:
    for spec in ACTIONS:
        if spec.menu == title:
            if spec.id in SEPARATED:
                menu.addSeparator()
            menu.addAction(actions[spec.id])
            if spec.id in SUBMENUS:
                fill_menu(menu.addMenu(translated(SUBMENUS[spec.id])), actions, SUBMENUS[spec.id])


def shown_key(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def _tip(spec: Spec) -> str:
    text = translated(spec.text).rstrip("…")
    return f"{text} ({shown_key(spec.keys[0])})" if spec.keys else text
