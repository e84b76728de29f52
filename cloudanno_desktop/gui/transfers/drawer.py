"""The drawer at the bottom: transfers, training, messages."""

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.common.messages import Level, Message
from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.gui.common.widgets import IconButton
from cloudanno_desktop.gui.transfers.transfer_list import TransferList

TRANSFERS, TRAINING, MESSAGES = range(3)
KEPT_MESSAGES = 200


class Drawer(QFrame):
    """Three lists behind tabs."""

    close_requested = Signal()

    def __init__(self, theme: Theme, training: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.transfers = TransferList(theme)
        self._messages = QListWidget()
        self._messages.setWordWrap(True)
        self._messages.setAccessibleName(self.tr("Messages"))
        set_role(self, "edge-top")
        self._pages = QStackedWidget()
        for page in (self.transfers, training, self._messages):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 1, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_head())
        column.addWidget(self._pages, 1)

    def show_page(self, page: int) -> None:
        self._tabs.setCurrentIndex(page)

    def show_transfers(self) -> None:
        self.show_page(TRANSFERS)

    def add_message(self, message: Message) -> None:
        clock = datetime.now().astimezone().strftime("%H:%M")
        names = {
            Level.GOOD: ("good", self._theme.colors.good),
            Level.INFO: ("info", self._theme.colors.accent),
            Level.WARNING: ("warning", self._theme.colors.warning),
            Level.ERROR: ("error", self._theme.colors.bad),
        }
        item = QListWidgetItem(self._theme.icon(*names[message.level]), f"{clock}   {message.text}")
        item.setToolTip(message.details)
        self._messages.insertItem(0, item)
        if self._messages.count() > KEPT_MESSAGES:
            self._messages.takeItem(KEPT_MESSAGES)

    def _build_head(self) -> QWidget:
        head = QWidget()
        self._tabs = QTabBar(expanding=False)
        self._tabs.setAccessibleName(self.tr("Drawer"))
        for text in (self.tr("Transfers"), self.tr("Training"), self.tr("Messages")):
            self._tabs.addTab(text)
        self._tabs.currentChanged.connect(self._pages.setCurrentIndex)
        close = IconButton(self._theme, "chevron_down", self.tr("Close the drawer"))
        close.clicked.connect(self.close_requested)
        row = QHBoxLayout(head)
        row.setContentsMargins(8, 0, 6, 0)
        row.addWidget(self._tabs)
        row.addStretch(1)
        row.addWidget(close)
        return head
