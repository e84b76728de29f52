"""The type-ahead picker: Return, a few letters, Return labels the selection."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from cloudanno_desktop.gui.common.theme import set_role
from cloudanno_desktop.gui.labels.selection_labels import DOT_PX, color_dot
from cloudanno_desktop.labels.label import LabelCount

EDGE_PX = 16
MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class TagPicker(QFrame):
    """A small popup; ``check`` returns what is wrong with a new name, or nothing."""

    label_picked = Signal(str)  # label id
    new_label_picked = Signal(str)  # a name that no label has

    def __init__(
        self, labels: Sequence[LabelCount], check: Callable[[str], str], parent: QWidget
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        set_role(self, "card")
        self._labels = labels
        self._check = check
        self._field = QLineEdit(placeholderText=self.tr("Label the selection…"))
        self._field.setAccessibleName(self.tr("Label"))
        self._list = QListWidget()
        self._list.setIconSize(QSize(DOT_PX, DOT_PX))
        self._list.setAccessibleName(self.tr("Matching labels"))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._field)
        column.addWidget(self._list)
        self.resize(320, 300)
        self._field.textChanged.connect(self._on_text_changed)
        self._field.returnPressed.connect(self._on_picked)
        self._list.itemClicked.connect(self._on_picked)
        self._field.installEventFilter(self)
        self._on_text_changed("")

    def open_over(self, widget: QWidget, picture: QRect) -> None:
        """Open at the side of ``widget`` where ``picture``, in its coordinates, is not."""
        place = QRect(widget.rect().topRight(), self.size()).translated(-self.width() - EDGE_PX, 48)
        if picture.intersects(place):
            place.moveLeft(EDGE_PX)
        self.move(widget.mapToGlobal(place.topLeft()))
        self.show()
        self._field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list by arrows while the field has the focus; no key triggers an action."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in MOVES:
                self._list.keyPressEvent(event)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close()
                return True
        return super().eventFilter(watched, event)

    def _on_text_changed(self, text: str) -> None:
        typed = text.strip().casefold()
        self._list.clear()
        names = [row.label for row in self._labels if typed in row.label.name.casefold()]
        names.sort(key=lambda label: not label.name.casefold().startswith(typed))
        for label in names:
            item = QListWidgetItem(color_dot(label.color), label.name, self._list)
            item.setData(Qt.ItemDataRole.UserRole, label.id)
        if typed and not any(label.name.casefold() == typed for label in names):
            self._offer_new(text.strip())
        self._list.setCurrentRow(0)

    def _offer_new(self, name: str) -> None:
        problem = self._check(name)
        new = self.tr("New label “%1”").replace("%1", name)
        item = QListWidgetItem(problem or new, self._list)
        if problem:
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            item.setToolTip(problem)

    def _on_picked(self) -> None:
        item: QListWidgetItem | None = self._list.currentItem()
        name = self._field.text().strip()
        if item is not None and not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        self.close()
        if item is None:
            return
        label_id = item.data(Qt.ItemDataRole.UserRole)
        if label_id:
            self.label_picked.emit(label_id)
        else:
            self.new_label_picked.emit(name)
