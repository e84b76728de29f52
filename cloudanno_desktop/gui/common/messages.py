"""Messages of the window: a toast for news and errors, a dialog for bugs."""

import logging
import platform
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QCursor, QDesktopServices, QGuiApplication, QPixmap
from PySide6.QtWidgets import (
    QBoxLayout,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop import __version__, paths
from cloudanno_desktop.gui.common.theme import Theme, set_look, set_role
from cloudanno_desktop.gui.common.widgets import IconButton
from cloudanno_desktop.log import without_secrets

GOOD_NEWS_MS = 6000
EDGE_PX, WIDTH_PX = 8, 560

_log = logging.getLogger(__name__)


class Level(StrEnum):
    GOOD = "good"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence; ``action`` is the text of a button, empty for none, ``act`` what it does."""

    level: Level
    text: str
    details: str = ""
    action: str = ""
    act: Callable[[], None] | None = None


Say = Callable[[Message], None]  # shows a message


class MessageBar(QFrame):
    """A toast over the bottom of its parent, which moves nothing; shows the newest message."""

    shown = Signal(object)  # for the list of messages in the drawer

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._host = parent
        parent.installEventFilter(self)
        self._theme = theme
        self._message: Message | None = None
        self._build()
        self._timer = QTimer(self, singleShot=True, interval=GOOD_NEWS_MS)
        self._timer.timeout.connect(self._on_time)
        self.hide()

    def show_message(self, message: Message) -> None:
        """Show ``message``; good news disappear by themselves."""
        self._message = message
        set_look(self, "level", message.level)
        self._icon.setPixmap(self._icon_of(message.level))
        self._text.setText(message.text)
        self._action.setText(message.action)
        self._action.setVisible(bool(message.action))
        self._details.setVisible(bool(message.details))
        self._place()
        if self.isHidden() and self.geometry().contains(self._host.mapFromGlobal(QCursor.pos())):
            self.move(self.x(), EDGE_PX)  # no button comes up under the pointer
        self.show()
        self.raise_()
        self.shown.emit(message)
        if message.level in {Level.GOOD, Level.INFO}:
            self._timer.start()
        else:
            self._timer.stop()

    @property
    def text(self) -> str:
        return "" if self.isHidden() else self._text.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        room = self._host.rect()
        width = min(WIDTH_PX, room.width() - 2 * EDGE_PX)
        directions = QBoxLayout.Direction
        is_wide = width == WIDTH_PX or (self._action.isHidden() and self._details.isHidden())
        self._row.setDirection(directions.LeftToRight if is_wide else directions.TopToBottom)
        height = self._row.totalHeightForWidth(width)
        left, top = (room.width() - width) // 2, room.height() - height - EDGE_PX
        self.setGeometry(left, top, width, height)

    def _on_time(self) -> None:
        if self.underMouse():  # a click meant for its button would land on a picture
            self._timer.start()
        else:
            self.hide()

    def _build(self) -> None:
        set_role(self, "message")
        self.setAccessibleName(self.tr("Message"))
        self._icon = QLabel()
        self._text = QLabel(wordWrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = QPushButton()
        self._action.clicked.connect(self._on_action)
        self._details = QPushButton(self.tr("Details"))
        self._details.clicked.connect(self._on_details)
        close = IconButton(self._theme, "close", self.tr("Close message"))
        close.clicked.connect(self.hide)
        sentence, buttons = QHBoxLayout(), QHBoxLayout()
        sentence.addWidget(self._icon)
        sentence.addWidget(self._text, 1)
        buttons.addStretch()
        for button in (self._action, self._details, close):
            buttons.addWidget(button)
        row = self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        row.setContentsMargins(12, 8, 8, 8)
        row.addLayout(sentence, 1)
        row.addLayout(buttons)

    def _icon_of(self, level: Level) -> QPixmap:
        colors = self._theme.colors
        name, color = {
            Level.GOOD: ("good", colors.good),
            Level.INFO: ("info", colors.accent),
            Level.WARNING: ("warning", colors.warning),
            Level.ERROR: ("error", colors.bad),
        }[level]
        return self._theme.pixmap(name, 20, color)

    def _on_action(self) -> None:
        message = self._message
        self.hide()
        if message is not None and message.act is not None:
            message.act()

    def _on_details(self) -> None:
        if self._message is not None:
            ErrorDetailsDialog(self._message.text, self._message.details, self).open()


class ErrorDetailsDialog(QDialog):
    def __init__(self, sentence: str, details: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Details"))
        self.resize(640, 380)
        self._details = details
        column = QVBoxLayout(self)
        column.addWidget(QLabel(sentence, wordWrap=True))
        text = QPlainTextEdit(details, readOnly=True)
        text.setAccessibleName(self.tr("Details"))
        column.addWidget(text, 1)
        column.addWidget(self._build_buttons())

    def _build_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(self.tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self._on_copy)
        log = buttons.addButton(self.tr("Show log"), QDialogButtonBox.ButtonRole.ActionRole)
        log.clicked.connect(show_log)
        buttons.rejected.connect(self.reject)
        return buttons

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details)


def show_log() -> None:
    log = paths.log_file()
    if not (log.is_file() and QDesktopServices.openUrl(QUrl.fromLocalFile(str(log)))):
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log.parent)))


class CrashReporter(QObject):
    """Shows a bug once, with what a developer needs, and without secrets."""

    reported = Signal(str)  # the text of the report

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open: ErrorDetailsDialog | None = None

    def report(self, error: BaseException, window: QWidget | None = None) -> None:
        """Show ``error`` over ``window``; one report at a time, further ones are only signalled."""
        _log.error("a bug", exc_info=error)
        text = crash_report(error)
        self.reported.emit(text)
        if self._open is None:
            sentence = self.tr(
                "Something went wrong in CloudAnno. Your labels are safe: each is saved at once. "
                "You can keep working. Please send the report below to the authors."
            )
            self._open = ErrorDetailsDialog(sentence, text, window)
            self._open.setWindowTitle(self.tr("Something went wrong"))
            self._open.destroyed.connect(self._on_closed)
            self._open.open()

    def _on_closed(self) -> None:
        self._open = None


def crash_report(error: BaseException) -> str:
    """Return the trace of ``error`` with versions; anything that looks like a secret is struck."""
    head = f"CloudAnno {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n"
    return head + without_secrets("".join(traceback.format_exception(error)))
