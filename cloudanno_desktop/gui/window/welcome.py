"""The first page: three ways in, and the projects that were open before."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.common.theme import Theme, application_icon, set_role
from cloudanno_desktop.gui.window.recent_list import RecentList
from cloudanno_desktop.settings import RecentProject

PAGE_WIDTH_PX = 780


class WelcomePage(QWidget):
    """What the user sees without a project."""

    way_chosen = Signal(object)  # the ``Action`` that opens a project
    recent_chosen = Signal(object)  # a ``RecentProject``
    star_requested = Signal(object, bool)  # a ``RecentProject``, and whether to make it a favorite
    removal_requested = Signal(object)  # a ``RecentProject``

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._theme = theme
        self._cards: list[tuple[QLabel, str]] = []
        self._first: QPushButton | None = None
        page = QWidget()
        page.setMaximumWidth(PAGE_WIDTH_PX)
        column = QVBoxLayout(page)
        column.setSpacing(20)
        column.addStretch(1)
        column.addLayout(self._build_head())
        column.addLayout(self._build_ways())
        column.addWidget(self._build_recent())
        column.addStretch(2)
        row = QHBoxLayout(self)
        row.addStretch(1)
        row.addWidget(page, 20)
        row.addStretch(1)
        theme.changed.connect(self._recolor)

    def show_recent(self, projects: Sequence[RecentProject]) -> None:
        self._list.show_projects(projects)
        self._recent.setVisible(bool(projects))

    def focus_first(self) -> None:
        if self._first is not None:
            self._first.setFocus()

    def _build_head(self) -> QHBoxLayout:
        logo = QLabel(pixmap=application_icon().pixmap(QSize(64, 64)))
        title = QLabel(self.tr("CloudAnno"))
        set_role(title, "title")
        text = QLabel(
            self.tr("Turn photos in a bucket or a folder into an image classifier on a phone.")
        )
        set_role(text, "muted")
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(title)
        column.addWidget(text)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(logo)
        row.addLayout(column, 1)
        return row

    def _build_ways(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        for action, icon, title, text in (
            (
                Action.OPEN_FOLDER,
                "folder",
                self.tr("Open a folder"),
                self.tr("Photos on this computer. Nothing leaves it."),
            ),
            (
                Action.OPEN_STORAGE,
                "cloud",
                self.tr("Connect to object storage"),
                self.tr("S3, IBM, MinIO, R2, OBS and others."),
            ),
            (
                Action.OPEN_SAMPLE,
                "sparkle",
                self.tr("Open the sample project"),
                self.tr("Try all five steps in two minutes."),
            ),
        ):
            card = self._build_card(action, icon, (title, text))
            self._first = self._first or card
            row.addWidget(card, 1)
        return row

    def _build_card(self, action: Action, icon: str, texts: tuple[str, str]) -> QPushButton:
        title, text = texts
        card = QPushButton()
        card.setAccessibleName(title)
        card.setAccessibleDescription(text)
        set_role(card, "card")
        card.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        card.setMinimumHeight(150)
        card.setCursor(Qt.CursorShape.PointingHandCursor)
        picture = QLabel(pixmap=self._theme.pixmap(icon, 32, self._theme.colors.accent))
        self._cards.append((picture, icon))
        heading = QLabel(title, wordWrap=True)
        set_role(heading, "heading")
        detail = QLabel(text, wordWrap=True)
        set_role(detail, "muted")
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 16, 16, 16)
        for label in (picture, heading, detail):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(label)
        column.addStretch(1)
        card.clicked.connect(lambda: self.way_chosen.emit(action))
        return card

    def _build_recent(self) -> QWidget:
        self._recent = QFrame()
        self._recent.hide()
        set_role(self._recent, "card")
        title = QLabel(self.tr("PROJECTS"))
        set_role(title, "section")
        self._list = RecentList(self._theme)
        self._list.chosen.connect(self.recent_chosen)
        self._list.star_requested.connect(self.star_requested)
        self._list.removal_requested.connect(self.removal_requested)
        column = QVBoxLayout(self._recent)
        column.setContentsMargins(16, 12, 16, 12)
        column.addWidget(title)
        column.addWidget(self._list)
        return self._recent

    def _recolor(self) -> None:
        for picture, icon in self._cards:
            picture.setPixmap(self._theme.pixmap(icon, 32, self._theme.colors.accent))
