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
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.actions import LABEL, ActionSet, Scope
from cloudanno_desktop.gui.labels.label_list import LabelList
from cloudanno_desktop.gui.labels.label_model import LabelModel
from cloudanno_desktop.gui.labels.selection_labels import SelectedLabel, SelectionLabels
from cloudanno_desktop.gui.pieces import IconButton, styled_label
from cloudanno_desktop.gui.theme import Theme, set_look, set_role
from cloudanno_desktop.labels.label import LabelCount

LABEL_ACTIONS = ("rename_label", "recolor_label", "delete_label")
NameCheck = Callable[[str], str]


def any_name(name: str) -> str:
    """Find nothing wrong with a label's name; the check until a project gives one."""
    del name
    return ""


class LabelSidebar(QFrame):
    """Shows the labels and asks for changes of them.

    Signals:
        label_wanted: name of a new label.
        rename_wanted: label id, new name.
        recolor_wanted: label id, ``#rrggbb``.
        deletion_wanted: label id; the person has confirmed.
        filter_wanted: label id whose pictures shall be shown.
        images_dropped: label id, image ids, whether Ctrl was held.
        files_dropped: label id, paths.
        folders_dropped: paths, one label each.
        removal_wanted: label id to take from the selection.
        current_changed: another label, or none, is selected in the list.
    """

    label_wanted = Signal(str)
    rename_wanted = Signal(str, str)
    recolor_wanted = Signal(str, str)
    deletion_wanted = Signal(str)
    filter_wanted = Signal(str)
    images_dropped = Signal(str, object, bool)
    files_dropped = Signal(str, object)
    folders_dropped = Signal(object)
    removal_wanted = Signal(str)
    current_changed = Signal()

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
        """Show all labels of the project."""
        self._model.show_labels(labels)
        self._empty.setVisible(not labels)
        self._list.setVisible(bool(labels))

    def show_selection(self, images: int, labels: Sequence[SelectedLabel]) -> None:
        """Show the labels of the selected images."""
        self._selection.show_selection(images, labels)

    def use_check(self, check: NameCheck) -> None:
        """Ask ``check`` while a name is typed; it returns what is wrong, or an empty text."""
        self._check = check

    def current_label(self) -> str:
        """Return the id of the selected label, empty for none."""
        return self._list.current_label()

    def label_at(self, position: int) -> LabelCount | None:
        """Return the label of a number key."""
        return self._model.row(position)

    @property
    def list_view(self) -> LabelList:
        """The list, on which pictures and files can be dropped."""
        return self._list

    @property
    def name_field(self) -> QLineEdit:
        """The field for a new label."""
        return self._field

    @property
    def name_problem(self) -> str:
        """What is wrong with the typed name; empty if nothing is."""
        return self._problem.text()

    def start_new_label(self) -> None:
        """Put the cursor into the field for a new label."""
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._field.selectAll()

    def act(self, action_id: str) -> None:
        """Do what a label action says with the selected label."""
        label_id = self.current_label()
        if not label_id:
            return
        if action_id == "rename_label":
            self._list.edit_current()
        elif action_id == "recolor_label":
            self._ask_color(label_id)
        elif action_id == "delete_label":
            self._ask_deletion(label_id)

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
        self._field = QLineEdit(placeholderText=self.tr("New label"))
        self._field.setAccessibleName(self.tr("Name of a new label"))
        self._add = IconButton(self._theme, "plus", self.tr("Add label"))
        self._add.setEnabled(False)
        self._problem = styled_label("", "bad", wraps=True)
        self._problem.hide()
        row = QHBoxLayout()
        row.addWidget(self._field, 1)
        row.addWidget(self._add)
        column.addWidget(title)
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
        self._list.customContextMenuRequested.connect(self._on_menu)
        self._list.selectionModel().selectionChanged.connect(self._on_current_changed)
        self._list.rename_wanted.connect(self.rename_wanted)
        self._list.label_activated.connect(self.filter_wanted)
        self._list.images_dropped.connect(self.images_dropped)
        self._list.files_dropped.connect(self.files_dropped)
        self._list.folders_dropped.connect(self.folders_dropped)
        self._selection.removal_wanted.connect(self.removal_wanted)

    def _on_name_changed(self, text: str) -> None:
        name = text.strip()
        problem = self._check(name) if name else ""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        set_look(self._field, "state", "bad" if problem else "")
        self._add.setEnabled(bool(name) and not problem)

    def _on_add(self) -> None:
        if self._add.isEnabled():
            self.label_wanted.emit(self._field.text().strip())
            self._field.clear()

    def _on_current_changed(self) -> None:
        self.current_changed.emit()

    def _on_menu(self, point: QPoint) -> None:
        if not self._list.indexAt(point).isValid():
            return
        menu = QMenu(LABEL, self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self._actions[name] for name in LABEL_ACTIONS])
        menu.popup(self._list.viewport().mapToGlobal(point))

    def _ask_color(self, label_id: str) -> None:
        row = self._row(label_id)
        dialog = QColorDialog(QColor(row.label.color), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Colour of “%1”").replace("%1", row.label.name))
        dialog.colorSelected.connect(lambda c: self.recolor_wanted.emit(label_id, c.name()))
        dialog.open()

    def _ask_deletion(self, label_id: str) -> None:
        row = self._row(label_id)
        title = self.tr("Delete the label “%1”?").replace("%1", row.label.name)
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("Delete label"), title, parent=self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        text = self.tr(
            "%n picture(s) lose it; no picture is deleted. Undo brings it back.", "", row.images
        )
        box.setInformativeText(text)
        delete = box.addButton(self.tr("Delete label"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        delete.clicked.connect(lambda: self.deletion_wanted.emit(label_id))
        box.open()

    def _row(self, label_id: str) -> LabelCount:
        row = self._model.row(self._model.index_of(label_id).row())
        assert row is not None
        return row
