"""The results of a connection test: a line for each check, and what to allow."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.bucket.connection_check import Check, CheckName, CheckResult
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.common.widgets import styled_label


class CheckResults(QWidget):
    """Shows the progress and results of a test; hidden while there is nothing to show."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Test results"))
        self.list.setWordWrap(True)
        self.list.setIconSize(QSize(16, 16))
        self.list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.policy = QPlainTextEdit(readOnly=True)  # hidden if no permission is missing
        self.policy.setAccessibleName(self.tr("Permissions that the key needs"))
        self._allow = self._build_allow()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list, 2)
        column.addWidget(self._allow)
        column.addWidget(self.policy, 1)
        self.clear()

    def clear(self) -> None:
        self.list.clear()
        self._show_policy("")
        self.setVisible(False)

    def show_note(self, text: str, icon: str = "refresh", color: str = "") -> None:
        self.clear()
        QListWidgetItem(self._theme.icon(icon, color), text, self.list)
        self.setVisible(True)

    def show_problem(self, sentence: str) -> None:
        self.show_note(sentence, "error", self._theme.colors.bad)

    def show_checks(self, checks: Sequence[Check], policy: str) -> None:
        self.show_note(self.tr("Connection works"), "good", self._theme.colors.good)
        if any(check.is_missed for check in checks):
            self.show_problem(self.tr("Connection does not work"))
        font = self.font()
        font.setBold(True)
        self.list.item(0).setFont(font)
        for check in checks:
            if check.result is CheckResult.SKIPPED:
                continue
            name = self.check_name(check.name)
            text = f"{name} — {check.detail}" if check.detail else name
            item = QListWidgetItem(self._theme.icon(*self._look(check)), text, self.list)
            result = self._result_name(check.result)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{result}: {text}")
        self._show_policy(policy)
        self.setVisible(True)

    def check_name(self, name: CheckName) -> str:
        return {
            CheckName.REACH: self.tr("Reach the service"),
            CheckName.AUTHENTICATE: self.tr("Sign in"),
            CheckName.LIST_BUCKETS: self.tr("List buckets"),
            CheckName.LIST: self.tr("List objects"),
            CheckName.READ: self.tr("Read"),
            CheckName.WRITE: self.tr("Write"),
            CheckName.DELETE: self.tr("Delete"),
            CheckName.RANGE: self.tr("Read a part"),
            CheckName.MULTI_PART: self.tr("Upload in parts"),
            CheckName.CONDITIONAL_CREATE: self.tr("Create only if absent"),
            CheckName.CONDITIONAL_REPLACE: self.tr("Replace only if unchanged"),
            CheckName.CORS: self.tr("Uploads from web pages (CORS)"),
        }[name]

    def _look(self, check: Check) -> tuple[str, str]:
        colors = self._theme.colors
        if check.result is CheckResult.FAILED:
            return ("error", colors.bad) if check.is_missed else ("warning", colors.warning)
        passed = check.result is CheckResult.PASSED
        return ("good", colors.good) if passed else ("minus", colors.faint)

    def _result_name(self, result: CheckResult) -> str:
        return {
            CheckResult.PASSED: self.tr("works"),
            CheckResult.FAILED: self.tr("does not work"),
            CheckResult.SKIPPED: self.tr("not tried"),
        }[result]

    def _build_allow(self) -> QWidget:
        title = styled_label(self.tr("This key needs at least:"), "heading")
        copy = QPushButton(self._theme.icon("copy"), self.tr("Copy"))
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.policy.toPlainText()))
        widget = QWidget()
        row = QHBoxLayout(widget)
        row.setContentsMargins(0, 4, 0, 0)
        row.addWidget(title, 1)
        row.addWidget(copy)
        return widget

    def _show_policy(self, policy: str) -> None:
        fonts = QFontDatabase.SystemFont
        font = fonts.FixedFont if policy.startswith("{") else fonts.GeneralFont
        self.policy.setFont(QFontDatabase.systemFont(font))
        self.policy.setPlainText(policy)
        self.policy.setVisible(bool(policy))
        self._allow.setVisible(bool(policy))
