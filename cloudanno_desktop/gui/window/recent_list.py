"""The projects on the first page, each with a star and a way off the list."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from cloudanno_desktop.bucket.connections.address import S3
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.common.widgets import IconButton, styled_label
from cloudanno_desktop.settings import RecentProject

ROW_PX = 54


class RecentList(QListWidget):
    """Lists projects; Del removes one from the list, S stars it."""

    chosen = Signal(object)  # a ``RecentProject`` to open
    star_requested = Signal(object, bool)  # a ``RecentProject``, and whether to make it a favorite
    removal_requested = Signal(object)  # a ``RecentProject``

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._projects: Sequence[RecentProject] = ()
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # the page scrolls
        self.setAccessibleName(self.tr("Recent and favorite projects"))
        self.itemActivated.connect(self._on_chosen)
        self.itemClicked.connect(self._on_chosen)
        theme.changed.connect(self._recolor)

    def show_projects(self, projects: Sequence[RecentProject]) -> None:
        self._projects = projects
        self.clear()
        self.setFixedHeight(len(projects) * ROW_PX + 2 * self.frameWidth())
        for project in projects:
            item = QListWidgetItem(self)
            item.setSizeHint(QSize(0, ROW_PX))
            item.setData(Qt.ItemDataRole.UserRole, project)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, self._spoken(project))
            item.setToolTip(project.location)
            self.setItemWidget(item, self._build_row(project))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if item is not None and event.key() == Qt.Key.Key_Delete:
            self.removal_requested.emit(item.data(Qt.ItemDataRole.UserRole))
        elif item is not None and event.key() == Qt.Key.Key_S:
            project = item.data(Qt.ItemDataRole.UserRole)
            self.star_requested.emit(project, not project.is_favorite)
        else:
            super().keyPressEvent(event)

    def _recolor(self) -> None:
        self.show_projects(self._projects)

    def _build_row(self, project: RecentProject) -> QWidget:
        icon = "bucket" if project.location.startswith(S3) else "folder"
        picture = styled_label()
        picture.setPixmap(self._theme.pixmap(icon, 20, self._theme.colors.muted))
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(styled_label(project.title))
        texts.addWidget(styled_label(project.location, "muted"))
        row_widget = QWidget()
        row = QHBoxLayout(row_widget)
        row.setContentsMargins(8, 2, 4, 2)
        row.setSpacing(10)
        row.addWidget(picture)
        row.addLayout(texts, 1)
        row.addWidget(self._build_star(project))
        row.addWidget(self._build_removal(project))
        return row_widget

    def _build_star(self, project: RecentProject) -> IconButton:
        is_favorite = project.is_favorite
        text = self.tr("Remove “%1” from favorites (S)")
        if not is_favorite:
            text = self.tr("Add “%1” to favorites (S)")
        icon = "star" if is_favorite else "star_outline"
        star = IconButton(self._theme, icon, text.replace("%1", project.title))
        star.clicked.connect(lambda: self.star_requested.emit(project, not is_favorite))
        return star

    def _build_removal(self, project: RecentProject) -> IconButton:
        text = self.tr("Remove “%1” from this list (Del); nothing is deleted")
        removal = IconButton(self._theme, "close", text.replace("%1", project.title))
        removal.clicked.connect(lambda: self.removal_requested.emit(project))
        return removal

    def _spoken(self, project: RecentProject) -> str:
        text = f"{project.title}, {project.location}"
        return self.tr("%1, favorite").replace("%1", text) if project.is_favorite else text

    def _on_chosen(self, item: QListWidgetItem) -> None:
        self.clearSelection()
        self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
