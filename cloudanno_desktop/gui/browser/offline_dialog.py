"""The question which folders to keep on this computer with their original pictures."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.common.format import shown_bytes
from cloudanno_desktop.gui.common.theme import set_role
from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.index.offline_prefixes import EVERYTHING, FolderSize

FOLDER, PICTURES, SIZE = range(3)
CostOf = Callable[[int, int], str]  # the cost of fetching pictures, bytes; empty for nothing


class OfflineDialog(QDialog):
    """Shows the folders of a project with their sizes."""

    chosen = Signal(object)  # list of the prefixes to keep

    def __init__(
        self,
        folders: Sequence[FolderSize],
        kept: Sequence[str],
        cost_of: CostOf,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keep offline"))
        self.resize(560, 460)
        self._folders = folders
        self._kept = tuple(kept)
        self._cost_of = cost_of
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        note = self.tr(
            "The originals of these folders stay on this computer, up to date, so that you can "
            "view them at full size and train offline."
        )
        column.addWidget(styled_label(note, wraps=True))
        column.addWidget(self._build_list(kept), 1)
        self._sum = styled_label("", "muted")
        column.addWidget(self._sum)
        self._cost = styled_label("", "muted", wraps=True)
        column.addWidget(self._cost)
        column.addWidget(self._build_buttons())
        self._on_changed()

    def prefixes(self) -> list[str]:
        """Return the checked prefixes; the whole project stands for all of its folders."""
        ticked = [
            folder.prefix
            for folder, item in zip(self._folders, self._items(), strict=True)
            if item.checkState(FOLDER) is Qt.CheckState.Checked
        ]
        return [EVERYTHING] if EVERYTHING in ticked else ticked

    def _build_list(self, kept: Sequence[str]) -> QTreeWidget:
        self._list = QTreeWidget()
        self._list.setRootIsDecorated(False)
        self._list.setUniformRowHeights(True)
        self._list.setAccessibleName(self.tr("Folders to keep offline"))
        self._list.setHeaderLabels([self.tr("Folder"), self.tr("Pictures"), self.tr("Size")])
        header = self._list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(FOLDER, QHeaderView.ResizeMode.Stretch)
        for column in (PICTURES, SIZE):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        for folder in self._folders:
            self._list.addTopLevelItem(self._item(folder, is_kept=folder.prefix in kept))
        self._list.itemChanged.connect(self._on_changed)
        return self._list

    def _item(self, folder: FolderSize, *, is_kept: bool) -> QTreeWidgetItem:
        name = folder.prefix.rstrip("/") or self.tr("The whole project")
        item = QTreeWidgetItem([name, f"{folder.images:,}", shown_bytes(folder.bytes)])
        for column in (PICTURES, SIZE):
            item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(FOLDER, Qt.CheckState.Checked if is_kept else Qt.CheckState.Unchecked)
        return item

    def _build_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        keep = buttons.addButton(self.tr("Keep offline"), QDialogButtonBox.ButtonRole.AcceptRole)
        set_role(keep, "primary")
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        return buttons

    def _items(self) -> list[QTreeWidgetItem]:
        found = [self._list.topLevelItem(row) for row in range(self._list.topLevelItemCount())]
        return [item for item in found if item is not None]

    def _on_changed(self) -> None:
        prefixes = self.prefixes()
        folders = [folder for folder in self._folders if folder.prefix in prefixes]
        images = sum(folder.images for folder in folders)
        text = self.tr("%n picture(s) on this computer", "", images)
        size = shown_bytes(sum(folder.bytes for folder in folders))
        self._sum.setText(f"{text} · {size}" if images else self.tr("No pictures offline."))
        self._cost.setText(self._cost_text([f for f in folders if f.prefix not in self._kept]))

    def _cost_text(self, news: Sequence[FolderSize]) -> str:
        if not news or EVERYTHING in self._kept:
            return ""
        cost = self._cost_of(sum(f.images for f in news), sum(f.bytes for f in news))
        return self.tr("To download, at most: %1").replace("%1", cost) if cost else ""

    def _on_accepted(self) -> None:
        self.chosen.emit(self.prefixes())
        self.accept()
