"""The right side of the window: add a label, the list of labels, the labels of the selection."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QColorDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.action_set import ActionSet
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.actions.specs import LABEL, Scope
from cloudanno_desktop.gui.common.theme import Theme, set_look, set_role
from cloudanno_desktop.gui.common.widgets import IconButton, styled_label
from cloudanno_desktop.gui.labels.label_list import LabelList
from cloudanno_desktop.gui.labels.label_model import LabelModel
from cloudanno_desktop.gui.labels.selection_labels import SelectedLabel, SelectionLabels
from cloudanno_desktop.labels.label import LabelCount

LABEL_ACTIONS = (
    (Action.GIVE_LABEL, Action.SHOW_LABELED),
    (Action.RENAME_LABEL, Action.RECOLOR_LABEL, Action.NEGATIVE_LABEL),
    (Action.LABEL_UP, Action.LABEL_DOWN),
    (Action.MERGE_LABEL, Action.LABEL_HISTORY, Action.DELETE_LABEL),
)
LIST_ACTIONS = (
    (Action.LABEL_BY_FOLDER, Action.PASTE_KEYS),
    (Action.MULTI_LABEL, Action.LABEL_RULES),
    (Action.LABELS_AS_OF,),
)
NameCheck = Callable[[str, str], str]


def any_name(name: str, except_for: str = "") -> str:
    """Accept any name; the check until a project sets one."""
    del name, except_for
    return ""


class LabelSidebar(QFrame):
    """Shows the labels and requests changes of them."""

    label_requested = Signal(str)  # name of a new label
    rename_requested = Signal(str, str)  # label id, new name
    recolor_requested = Signal(str, str)  # label id, ``#rrggbb``
    deletion_requested = Signal(str)  # label id; not confirmed yet
    # label id, id of the label to merge it into; not confirmed yet
    merge_requested = Signal(str, str)
    move_requested = Signal(str, int)  # label id, row before which it goes
    filter_requested = Signal(str)  # label id
    images_dropped = Signal(str, object, bool)  # label id, image ids, whether Ctrl was held
    files_dropped = Signal(str, object)  # label id, paths
    folders_dropped = Signal(object)  # paths, one label each
    removal_requested = Signal(str)  # label id to take from the selection
    left = Signal()  # Return in the empty field of a new label
    current_changed = Signal()  # another label, or none, is selected in the list

    def __init__(self, theme: Theme, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._actions = actions
        self._check: NameCheck = any_name
        self._model = LabelModel(self)
        set_role(self, "edge-left")
        self._build()
        self._connect()

    def show_labels(self, labels: Sequence[LabelCount]) -> None:
        current, selected = self.current_label(), self.selected_label()
        self._model.show_labels(labels)
        self._list.restore(current, selected)
        self._empty.setVisible(not labels)
        self._list.setVisible(bool(labels))

    def show_selection(self, images: int, labels: Sequence[SelectedLabel]) -> None:
        self._selection.show_selection(images, labels)

    def use_check(self, check: NameCheck) -> None:
        """Check names while they are typed; ``check`` takes a name and its label, empty if new."""
        self._check = check

    def current_label(self) -> str:
        return self._list.current_label()

    def selected_label(self) -> str:
        """Return the label that uploads get; empty for none."""
        return self._list.selected_label()

    def let_go(self) -> None:
        """Select no label any more."""
        self._list.clearSelection()

    def label_at(self, position: int) -> LabelCount | None:
        """Return the label of a number key, if it has one."""
        return self._model.row(position)

    @handles(Action.NEW_LABEL)
    def start_new_label(self) -> None:
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._field.selectAll()

    @handles(Action.RENAME_LABEL)
    def rename_current(self) -> None:
        if self.current_label():
            self._list.edit_current()

    @handles(Action.RECOLOR_LABEL)
    def recolor_current(self) -> None:
        label_id = self.current_label()
        if not label_id:
            return
        row = self._row(label_id)
        dialog = QColorDialog(QColor(row.label.color), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Color of “%1”").replace("%1", row.label.name))
        dialog.colorSelected.connect(lambda c: self.recolor_requested.emit(label_id, c.name()))
        dialog.open()

    @handles(Action.DELETE_LABEL)
    def delete_current(self) -> None:
        if self.current_label():
            self.deletion_requested.emit(self.current_label())

    @handles(Action.LABEL_UP, -1)
    @handles(Action.LABEL_DOWN, 2)
    def move_current(self, rows: int) -> None:
        """Move the selected label before the row that is ``rows`` after its own."""
        label_id = self.current_label()
        if label_id:
            row = self._model.index_of(label_id).row()
            self.move_requested.emit(label_id, max(0, row + rows))

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_head())
        self._list = LabelList(self._theme, self._model)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._actions.attach(Scope.LABELS, self._list)
        column.addWidget(self._list, 1)
        self._empty = self._build_empty()
        column.addWidget(self._empty, 1)
        line = QFrame()
        set_role(line, "line")
        column.addWidget(line)
        self._selection = SelectionLabels()
        column.addWidget(self._selection)

    def _build_head(self) -> QWidget:
        head = QWidget()
        column = QVBoxLayout(head)
        column.setContentsMargins(12, 12, 12, 6)
        title = QLabel(self.tr("LABELS"))
        set_role(title, "section")
        self._more = IconButton(self._theme, "more", self.tr("More for labels"))
        top = QHBoxLayout()
        top.addWidget(title, 1)
        top.addWidget(self._more)
        self._field = QLineEdit(placeholderText=self.tr("New label"))
        self._field.setObjectName("new-label")
        self._field.setAccessibleName(self.tr("Name of a new label"))
        self._add = IconButton(self._theme, "plus", self.tr("Add label"))
        self._add.setEnabled(False)
        self._problem = styled_label("", "bad", wraps=True)
        self._problem.setObjectName("name-problem")
        self._problem.hide()
        row = QHBoxLayout()
        row.addWidget(self._field, 1)
        row.addWidget(self._add)
        column.addLayout(top)
        column.addLayout(row)
        column.addWidget(self._problem)
        return head

    def _build_empty(self) -> QWidget:
        text = self.tr(
            "No labels yet. Type a name above, or drop folders of pictures here: "
            "each folder becomes a label."
        )
        empty = QLabel(text, wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop)
        empty.setContentsMargins(14, 10, 14, 10)
        set_role(empty, "muted")
        return empty

    def _connect(self) -> None:
        self._field.textChanged.connect(self._on_name_changed)
        self._field.returnPressed.connect(self._on_add)
        self._add.clicked.connect(self._on_add)
        self._more.clicked.connect(self._on_more)
        self._list.customContextMenuRequested.connect(self._on_menu)
        self._list.selectionModel().selectionChanged.connect(self._on_current_changed)
        self._list.rename_requested.connect(self.rename_requested)
        self._list.name_typed.connect(self._on_name_typed)
        self._list.label_dropped.connect(self.merge_requested)
        self._list.label_moved.connect(self.move_requested)
        self._list.label_activated.connect(self.filter_requested)
        self._list.images_dropped.connect(self.images_dropped)
        self._list.files_dropped.connect(self.files_dropped)
        self._list.folders_dropped.connect(self.folders_dropped)
        self._selection.removal_requested.connect(self.removal_requested)

    def _on_name_changed(self, text: str) -> None:
        name = text.strip()
        problem = self._check(name, "") if name else ""
        self._show_problem(problem)
        set_look(self._field, "state", "bad" if problem else "")
        self._add.setEnabled(bool(name) and not problem)

    def _on_name_typed(self, label_id: str, text: str) -> None:
        self._show_problem(self._check(text, label_id) if text.strip() else "")

    def _show_problem(self, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))

    def _on_add(self) -> None:
        if self._add.isEnabled():
            self.label_requested.emit(self._field.text().strip())
            self._field.clear()
        elif not self._field.text():
            self.left.emit()

    def _on_current_changed(self) -> None:
        self.current_changed.emit()

    def _on_menu(self, point: QPoint) -> None:
        if not self._list.indexAt(point).isValid():
            return
        self._open_menu(LABEL_ACTIONS, self._list.viewport().mapToGlobal(point))

    def _on_more(self) -> None:
        self._open_menu(LIST_ACTIONS, self._more.mapToGlobal(self._more.rect().bottomLeft()))

    def _open_menu(self, groups: Sequence[Sequence[Action]], point: QPoint) -> None:
        menu = QMenu(LABEL, self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for names in groups:
            menu.addActions([self._actions[name] for name in names])
            menu.addSeparator()
        menu.popup(point)

    def _row(self, label_id: str) -> LabelCount:
        row = self._model.row(self._model.index_of(label_id).row())
        assert row is not None
        return row
