"""Options that few connections need: addressing, checksums, certificates, proxy, time-outs."""

from collections.abc import Callable

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from cloudanno_desktop.bucket.connections.connection import LONGEST_TIMEOUT_S, Connection
from cloudanno_desktop.gui.common.widgets import styled_label


def align_labels(*forms: QFormLayout) -> None:
    """Align the fields of forms that stand below each other."""
    role = QFormLayout.ItemRole.LabelRole
    items = [form.itemAt(row, role) for form in forms for row in range(form.rowCount())]
    labels = [label for item in items if item and isinstance(label := item.widget(), QLabel)]
    width_px = max(label.sizeHint().width() for label in labels)
    for form in forms:
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    for label in labels:
        label.setMinimumWidth(width_px)


class AdvancedFields(QWidget):
    """The folded part of a connection's form."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._addressing, self._checksums = QComboBox(), QComboBox()
        self._iam_url, self._proxy, self._ca_file = QLineEdit(), QLineEdit(), QLineEdit()
        self._connect_s = QSpinBox(minimum=1, maximum=LONGEST_TIMEOUT_S)
        self._read_s = QSpinBox(minimum=1, maximum=LONGEST_TIMEOUT_S)
        self._insecure = QCheckBox(self.tr("Trust any certificate (insecure)"))
        warning = self.tr("Anyone on the network path can then read and change everything.")
        self._warning = styled_label(warning, "bad", wraps=True)
        self._build()
        for field in (self._iam_url, self._proxy, self._ca_file):
            field.textChanged.connect(self.edited)
        self._insecure.toggled.connect(self._warning.setVisible)

    def show_connection(self, connection: Connection) -> None:
        self._addressing.setCurrentIndex(self._addressing.findData(connection.addressing))
        self._checksums.setCurrentIndex(self._checksums.findData(connection.checksums))
        self._iam_url.setText(connection.iam_url)
        self._proxy.setText(connection.proxy)
        self._ca_file.setText(connection.ca_file)
        self._connect_s.setValue(connection.connect_timeout_s)
        self._read_s.setValue(connection.read_timeout_s)
        self._insecure.setChecked(connection.insecure)
        self._warning.setVisible(connection.insecure)

    def show_tokens(self, *, are_used: bool) -> None:
        self.rows.setRowVisible(self._iam_url, are_used)

    def completed(self, connection: Connection) -> Connection:
        return msgspec.structs.replace(
            connection,
            addressing=self._addressing.currentData(),
            checksums=self._checksums.currentData(),
            iam_url=self._iam_url.text().strip() if connection.uses_api_key else "",
            proxy=self._proxy.text().strip(),
            ca_file=self._ca_file.text().strip(),
            connect_timeout_s=self._connect_s.value(),
            read_timeout_s=self._read_s.value(),
            insecure=self._insecure.isChecked(),
        )

    def _build(self) -> None:
        _fill(
            self._addressing,
            {
                "auto": self.tr("Automatic"),
                "path": self.tr("In the path"),
                "virtual": self.tr("In the host name"),
            },
        )
        _fill(
            self._checksums,
            {
                "auto": self.tr("Automatic"),
                "when_required": self.tr("Only where required"),
                "when_supported": self.tr("With every request"),
            },
        )
        self._iam_url.setPlaceholderText(self.tr("empty for IBM’s own"))
        self._proxy.setPlaceholderText(self.tr("empty for the system’s"))
        self._proxy.setToolTip(self.tr("For a proxy with a password set HTTPS_PROXY instead"))
        self._ca_file.setPlaceholderText(self.tr("empty for the usual authorities"))
        for box in (self._connect_s, self._read_s):
            box.setSuffix(self.tr(" s"))
            box.lineEdit().setTextMargins(7, 0, 7, 0)  # like the other fields
        self.rows = form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("&Bucket name"), self._addressing)
        form.addRow(self.tr("C&hecksums"), self._checksums)
        form.addRow(self.tr("Token ser&vice"), self._iam_url)
        form.addRow(self.tr("Pro&xy"), self._proxy)
        form.addRow(self.tr("&Certificates"), self._build_ca_file())
        form.addRow(self.tr("C&onnect timeout"), self._connect_s)
        form.addRow(self.tr("Response ti&meout"), self._read_s)
        form.addRow("", self._insecure)
        form.addRow("", self._warning)

    def _build_ca_file(self) -> QWidget:
        self._ca_file.setAccessibleName(self.tr("File of certificates to trust"))
        choose = QPushButton(self.tr("Choose…"))
        choose.setAutoDefault(False)
        title = self.tr("Certificates to trust")
        kinds = (self.tr("Certificates (*.pem *.crt *.cer)"), self.tr("All (*)"))
        choose.clicked.connect(lambda: choose_file(self, title, self._ca_file.setText, *kinds))
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._ca_file, 1)
        row.addWidget(choose)
        both.setFocusProxy(self._ca_file)
        return both


def choose_file(
    window: QWidget | None, title: str, chosen: Callable[[str], object], *kinds: str
) -> None:
    dialog = QFileDialog(window, title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    if kinds:
        dialog.setNameFilters(kinds)
    dialog.fileSelected.connect(chosen)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def _fill(box: QComboBox, texts: dict[str, str]) -> None:
    for value, text in texts.items():
        box.addItem(text, value)
