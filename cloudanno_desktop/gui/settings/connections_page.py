"""The saved connections, the form of one, and what a test of it found."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.bucket.connection import Connection
from cloudanno_desktop.bucket.connection_check import Check, CheckResult
from cloudanno_desktop.gui.settings.connection_form import ConnectionForm
from cloudanno_desktop.gui.theme import Theme, set_role


class ConnectionsPage(QWidget):
    """Shows connections and asks for what shall happen to them.

    Attributes:
        findings: what a test found, or why something did not go.

    Signals:
        save_wanted: connection, secret or ``None`` to keep the one there is.
        removal_wanted: name of a connection.
        test_wanted: connection, secret or ``None``.
    """

    save_wanted = Signal(object, object)
    removal_wanted = Signal(str)
    test_wanted = Signal(object, object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._form = ConnectionForm()
        row = QHBoxLayout(self)
        row.setSpacing(16)
        row.addLayout(self._build_list())
        row.addLayout(self._build_form(), 1)
        self._form.edited.connect(self._on_edited)
        self._on_edited()

    def show_connections(self, connections: Sequence[Connection], current: str = "") -> None:
        """List the saved connections and show one."""
        self._list.clear()
        for connection in connections:
            item = QListWidgetItem(self._theme.icon("cloud"), connection.name, self._list)
            item.setData(Qt.ItemDataRole.UserRole, connection)
            if connection.name == current:
                self._list.setCurrentItem(item)
        if self._list.currentItem() is None:
            self._form.show_connection(Connection())

    def show_checks(self, checks: Sequence[Check]) -> None:
        """List what a test found."""
        self.findings.clear()
        colors = self._theme.colors
        looks = {
            CheckResult.PASSED: ("good", colors.good),
            CheckResult.FAILED: ("error", colors.bad),
            CheckResult.SKIPPED: ("info", colors.faint),
        }
        names = self._check_names()
        for check in checks:
            name = names.get(str(check.name), str(check.name))
            text = f"{name} — {check.detail}" if check.detail else name
            QListWidgetItem(self._theme.icon(*looks[check.result]), text, self.findings)
        self._test.setEnabled(True)

    def show_problem(self, sentence: str) -> None:
        """Say why something did not go."""
        self.findings.clear()
        icon = self._theme.icon("error", self._theme.colors.bad)
        QListWidgetItem(icon, sentence, self.findings)
        self._test.setEnabled(True)

    def _build_list(self) -> QVBoxLayout:
        self._list = QListWidget()
        self._list.setMaximumWidth(190)
        self._list.setAccessibleName(self.tr("Connections"))
        self._list.currentItemChanged.connect(self._on_chosen)
        new = QPushButton(self.tr("New"))
        new.clicked.connect(self._on_new)
        self._remove = QPushButton(self.tr("Remove"))
        self._remove.setEnabled(False)
        self._remove.clicked.connect(self._on_remove)
        column = QVBoxLayout()
        column.addWidget(self._list, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(new)
        buttons.addWidget(self._remove)
        column.addLayout(buttons)
        return column

    def _build_form(self) -> QVBoxLayout:
        note = QLabel(
            self.tr("The secret key goes to the keyring of your system and nowhere else."),
            wordWrap=True,
        )
        set_role(note, "muted")
        self._test = QPushButton(self.tr("Test connection"))
        self._test.clicked.connect(self._on_test)
        self._save = QPushButton(self.tr("Save"))
        set_role(self._save, "primary")
        self._save.clicked.connect(self._on_save)
        self.findings = QListWidget()
        self.findings.setMinimumHeight(120)
        self.findings.setAccessibleName(self.tr("What the test found"))
        self.findings.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._test)
        buttons.addWidget(self._save)
        column = QVBoxLayout()
        column.addWidget(self._form)
        column.addWidget(note)
        column.addLayout(buttons)
        column.addWidget(self.findings, 1)
        return column

    def _check_names(self) -> dict[str, str]:
        return {
            "reach": self.tr("Reach the service"),
            "authenticate": self.tr("Sign in"),
            "list buckets": self.tr("List buckets"),
            "list": self.tr("List objects"),
            "read": self.tr("Read"),
            "write": self.tr("Write"),
            "delete": self.tr("Delete"),
            "range read": self.tr("Read a part"),
            "conditional create": self.tr("Create only if absent"),
            "conditional replace": self.tr("Replace only if unchanged"),
        }

    def _on_edited(self) -> None:
        self._save.setEnabled(self._form.is_complete)
        self._test.setEnabled(self._form.is_complete)

    def _on_chosen(self, item: QListWidgetItem | None) -> None:
        self._remove.setEnabled(item is not None)
        if item is not None:
            connection: Connection = item.data(Qt.ItemDataRole.UserRole)
            self._form.show_connection(connection, has_secret=bool(connection.access_key_id))
            self.findings.clear()

    def _on_new(self) -> None:
        self._list.setCurrentRow(-1)
        self._form.show_connection(Connection())
        self._form.setFocus()

    def _on_save(self) -> None:
        self.save_wanted.emit(self._form.connection(), self._form.secret())

    def _on_test(self) -> None:
        self._test.setEnabled(False)
        self.findings.clear()
        QListWidgetItem(self._theme.icon("refresh"), self.tr("Testing…"), self.findings)
        self.test_wanted.emit(self._form.connection(), self._form.secret())

    def _on_remove(self) -> None:
        name = self._list.currentItem().text()
        question = self.tr("Forget the connection “%1” and its secret key?").replace("%1", name)
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("Remove"), question, parent=self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        remove = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        remove.clicked.connect(lambda: self.removal_wanted.emit(name))
        box.open()
