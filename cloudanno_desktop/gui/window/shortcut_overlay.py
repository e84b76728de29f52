"""The overlay that lists every key, made from the actions."""

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Qt
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.actions.action_set import shown_key
from cloudanno_desktop.gui.actions.specs import ACTIONS, LABEL, MENUS, PARTS, translated
from cloudanno_desktop.gui.common import widgets
from cloudanno_desktop.gui.common.theme import set_role

COLUMNS = 3
SUBMENU_OF = {PARTS: LABEL}
GESTURES = (
    ("1 … 9, 0", QT_TRANSLATE_NOOP("shortcuts", "Add that label to the selection, or remove it")),
    ("← ↑ → ↓", QT_TRANSLATE_NOOP("shortcuts", "Move among the pictures")),
    ("Shift, Ctrl", QT_TRANSLATE_NOOP("shortcuts", "Select a range, add to the selection")),
    ("Drag", QT_TRANSLATE_NOOP("shortcuts", "Pictures onto a label, or a label onto pictures")),
    ("Ctrl + Drag", QT_TRANSLATE_NOOP("shortcuts", "Replace labels, in a multi-label project")),
    ("Drop", QT_TRANSLATE_NOOP("shortcuts", "Files on the pictures or on a label: upload")),
)


class ShortcutOverlay(QDialog):
    """All keys in columns; any key or click closes it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        widgets.resize_to_screen(self, 980, 640)
        page = widgets.page()
        self._fill(QGridLayout(page))
        area = QScrollArea(widgetResizable=True)
        area.setWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.addWidget(area)

    def _fill(self, grid: QGridLayout) -> None:
        grid.setHorizontalSpacing(36)
        grid.setVerticalSpacing(18)
        sections = [(translated(title).replace("&", ""), _keys_of(title)) for title in MENUS]
        gestures = [
            (key, QCoreApplication.translate("shortcuts", str(text))) for key, text in GESTURES
        ]
        sections.insert(2, (self.tr("With the mouse"), gestures))
        columns: list[QVBoxLayout] = []
        for position in range(COLUMNS):
            columns.append(QVBoxLayout())
            grid.addLayout(columns[-1], 0, position)
            grid.setColumnStretch(position, 1)
        for position, (title, keys) in enumerate(sections):
            columns[position % COLUMNS].addWidget(_section(title, keys))
        for column in columns:
            column.addStretch(1)


def _keys_of(menu: str) -> list[tuple[str, str]]:
    return [
        ("  ".join(shown_key(key) for key in spec.keys), translated(spec.text).rstrip("…"))
        for spec in ACTIONS
        if menu in {spec.menu, SUBMENU_OF.get(spec.menu)} and spec.keys
    ]


def _section(title: str, keys: list[tuple[str, str]]) -> QWidget:
    section = QWidget()
    column = QVBoxLayout(section)
    column.setContentsMargins(0, 0, 0, 12)
    heading = QLabel(title)
    set_role(heading, "heading")
    column.addWidget(heading)
    for key, text in keys:
        column.addLayout(_key_row(key, text))
    return section


def _key_row(key: str, text: str) -> QHBoxLayout:
    row = QHBoxLayout()
    for part in key.split("  "):
        cap = QLabel(part)
        set_role(cap, "key")
        row.addWidget(cap)
    row.addWidget(QLabel(text, wordWrap=True), 1)
    return row
