"""The saved connections, the form of one, and the results of its test."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.bucket.connection_check import Check
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credential_import import read_credentials
from cloudanno_desktop.errors import CloudAnnoError, FileProblem
from cloudanno_desktop.gui.common.form_dialog import confirm
from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.gui.common.widgets import IconButton, page, styled_label
from cloudanno_desktop.gui.settings.advanced_fields import choose_file
from cloudanno_desktop.gui.settings.connection_form import ConnectionForm
from cloudanno_desktop.gui.settings.findings import CheckResults

LIST_WIDTH_PX = 190


class ConnectionsPage(QWidget):
    """Shows the connections and the form of one; a secret of ``None`` leaves the saved one."""

    save_requested = Signal(object, object)  # connection, secret or None
    removal_requested = Signal(str)
    bucket_requested = Signal(object, object)  # connection, secret or None: list its buckets
    test_requested = Signal(object, object, str)  # connection, secret or None, bucket or ""
    stop_requested = Signal()
    export_requested = Signal(object)  # Path
    import_requested = Signal(object)  # Path

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_testing = False
        self._saved: Connection | None = None  # as the form shows it
        self.form = ConnectionForm(theme)
        self.findings = CheckResults(theme)
        row = QHBoxLayout(self)
        row.setSpacing(16)
        row.addLayout(self._build_list())
        row.addLayout(self._build_form(), 1)
        self.form.edited.connect(self._on_edited)
        self._on_edited()

    def show_connections(self, connections: Sequence[Connection], current: str = "") -> None:
        self._saved = None
        self._list.clear()
        current = current or (connections[0].name if connections else "")
        for connection in connections:
            item = QListWidgetItem(self._theme.icon("cloud"), connection.name, self._list)
            item.setData(Qt.ItemDataRole.UserRole, connection)
            if connection.name == current:
                self._list.setCurrentItem(item)
        self._export.setEnabled(bool(connections))
        if not connections:
            empty = QListWidgetItem(self.tr("No connections yet"), self._list)
            empty.setFlags(Qt.ItemFlag.NoItemFlags)
            empty.setForeground(QColor(self._theme.colors.muted))
        if self._list.currentItem() is None:
            self._show(Connection())

    def leave(self, act: Callable[[], object], stay: Callable[[], object] | None = None) -> None:
        """Do what takes the connection out of the form; ask first if it is not saved."""
        is_typed = self.form.connection() != self._saved or self.form.secret() is not None
        if self._saved is None or not is_typed:
            act()
            return
        text = self.tr("What you typed for this connection is not saved.")
        texts = (self.tr("Discard changes?"), text, self.tr("Discard"))
        question = confirm(texts, self, act)
        if stay is not None:
            question.rejected.connect(stay)

    def show_progress(self, check: str) -> None:
        self.findings.show_note(self.tr("Testing: %1…").replace("%1", check))

    def show_checks(self, checks: Sequence[Check], policy: str = "") -> None:
        self._end_test()
        self.findings.show_checks(checks, policy)

    def show_problem(self, sentence: str) -> None:
        self._end_test()
        self.findings.show_problem(sentence)

    def show_done(self, sentence: str) -> None:
        self.findings.show_note(sentence, "good")

    def _build_list(self) -> QVBoxLayout:
        self._list = QListWidget()
        self._list.setFixedWidth(LIST_WIDTH_PX)
        self._list.setAccessibleName(self.tr("Connections"))
        self._list.currentItemChanged.connect(self._on_chosen)
        new = IconButton(self._theme, "plus", self.tr("New connection"))
        new.clicked.connect(self._on_new)
        self._remove = IconButton(self._theme, "delete", self.tr("Remove this connection…"))
        self._remove.setEnabled(False)
        self._remove.clicked.connect(self._on_remove)
        bring = IconButton(self._theme, "download", self.tr("Add connections from a file…"))
        bring.clicked.connect(self._on_import)
        self._export = IconButton(
            self._theme, "upload", self.tr("Save all connections, without secrets, as a file…")
        )
        self._export.clicked.connect(self._on_export)
        buttons = QHBoxLayout()
        for button in (new, self._remove, bring, self._export):
            buttons.addWidget(button)
        buttons.insertStretch(2, 1)
        column = QVBoxLayout()
        column.addWidget(self._list, 1)
        column.addLayout(buttons)
        return column

    def _build_form(self) -> QVBoxLayout:
        inside = page()
        fields = QVBoxLayout(inside)
        fields.setContentsMargins(0, 0, 8, 0)
        fields.addLayout(self._build_fill_in())
        fields.addWidget(self.form)
        note = self.tr("Secrets are saved in the keyring of your system and nowhere else.")
        fields.addWidget(styled_label(note, "muted", wraps=True))
        fields.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setWidget(inside)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout()
        column.addWidget(area, 5)
        column.addLayout(self._build_test())
        column.addWidget(self.findings, 3)
        return column

    def _build_test(self) -> QVBoxLayout:
        self._bucket = QLineEdit()
        self._bucket.setPlaceholderText(self.tr("bucket to try, such as photos/team"))
        self._bucket.setAccessibleName(self.tr("Bucket to try"))
        self._bucket.setToolTip(
            self.tr(
                "The test writes and deletes one small object; without a bucket it only signs in"
            )
        )
        self._test = QPushButton(self.tr("Test connection"))
        self._test.setAutoDefault(False)
        self._test.clicked.connect(self._on_test)
        self._save = QPushButton(self.tr("Save"))
        self._save.clicked.connect(self._on_save)
        self._choose = QPushButton(self.tr("Test and choose bucket…"))
        set_role(self._choose, "primary")
        self._choose.clicked.connect(self._on_choose)
        self._missing = styled_label("", "muted")
        row, end = QHBoxLayout(), QHBoxLayout()
        row.addWidget(self._bucket, 1)
        row.addWidget(self._test)
        end.addWidget(self._missing, 1)
        for button in (self._save, self._choose):
            button.setAutoDefault(False)
            end.addWidget(button)
        rows = QVBoxLayout()
        rows.addLayout(row)
        rows.addLayout(end)
        return rows

    def _build_fill_in(self) -> QHBoxLayout:
        button = QToolButton()
        button.setText(self.tr("Paste…"))
        button.setProperty("popup", "true")
        button.setToolTip(self.tr("Paste an IBM service credential or a file of keys"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.addAction(self.tr("From the clipboard"), self._on_paste)
        menu.addAction(
            self.tr("From a file…"),
            lambda: choose_file(self, self.tr("Credentials"), self._on_credentials_chosen),
        )
        button.setMenu(menu)
        row = QHBoxLayout()
        hint = self.tr("Choose a provider, or paste its credentials.")
        row.addWidget(styled_label(hint, "muted", wraps=True), 1)
        row.addWidget(button)
        return row

    def _end_test(self) -> None:
        self._is_testing = False
        self._test.setText(self.tr("Test connection"))
        self._on_edited()

    def _on_edited(self) -> None:
        gap = self.form.missing
        self._missing.setText(self.tr("Still needed: %1").replace("%1", gap) if gap else "")
        for button in (self._save, self._choose):
            button.setEnabled(not gap)
        self._test.setEnabled(not gap or self._is_testing)

    def _on_chosen(self, item: QListWidgetItem | None, before: QListWidgetItem | None) -> None:
        self._remove.setEnabled(item is not None)
        if item is not None:
            show = partial(self._show, item.data(Qt.ItemDataRole.UserRole))
            self.leave(show, partial(self._stay, before))

    def _stay(self, item: QListWidgetItem | None) -> None:
        with QSignalBlocker(self._list):
            self._list.setCurrentRow(self._list.row(item) if item else -1)

    def _show(self, connection: Connection) -> None:
        self.form.show_connection(connection, has_secret=connection.needs_secret)
        self._saved = self.form.connection()
        self.findings.clear()

    def _on_new(self) -> None:
        self.leave(self._begin_new)

    def _begin_new(self) -> None:
        self._list.setCurrentRow(-1)
        self._show(Connection())
        self.form.setFocus()

    def _on_choose(self) -> None:
        self.findings.show_note(self.tr("Connecting…"))
        self.bucket_requested.emit(self.form.connection(), self.form.secret())

    def _on_save(self) -> None:
        self.save_requested.emit(self.form.connection(), self.form.secret())

    def _on_test(self) -> None:
        if self._is_testing:
            self.stop_requested.emit()
            self._end_test()
            self.findings.show_note(self.tr("Stopped."), "stop")
            return
        self._is_testing = True
        self._test.setText(self.tr("Stop"))
        self.findings.show_note(self.tr("Testing…"))
        self.test_requested.emit(
            self.form.connection(), self.form.secret(), self._bucket.text().strip()
        )

    def _on_paste(self) -> None:
        self._fill_in(QGuiApplication.clipboard().text())

    def _on_credentials_chosen(self, path: str) -> None:
        try:
            text = Path(path).read_text(errors="replace")
        except OSError as error:
            self.show_problem(str(FileProblem(path, error.strerror or str(error))))
        else:
            self._fill_in(text)

    def _fill_in(self, text: str) -> None:
        try:
            pasted = read_credentials(text)
        except CloudAnnoError as error:
            self.show_problem(str(error))
        else:
            self.findings.clear()
            self.form.fill_in(pasted)

    def _on_import(self) -> None:
        title = self.tr("Add connections")
        self.leave(
            lambda: choose_file(self, title, lambda path: self.import_requested.emit(Path(path)))
        )

    def _on_export(self) -> None:
        dialog = QFileDialog(self, self.tr("Save connections"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.selectFile("connections.json")
        dialog.fileSelected.connect(lambda path: self.export_requested.emit(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_remove(self) -> None:
        name = self._list.currentItem().text()
        text = self.tr("Remove the connection “%1” and its secret?").replace("%1", name)
        texts = (self.tr("Remove connection"), text, self.tr("Remove"))
        confirm(texts, self, lambda: self.removal_requested.emit(name))
