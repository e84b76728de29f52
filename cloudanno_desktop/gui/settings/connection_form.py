"""The form of one connection: provider, address, keys. The secret is never shown again."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLineEdit, QWidget

from cloudanno_desktop.bucket.connection import Connection
from cloudanno_desktop.bucket.credentials import Secret
from cloudanno_desktop.gui.settings.presets import PRESETS, Preset, endpoint_for, preset_of

ADDRESSINGS = ("auto", "path", "virtual")


class ConnectionForm(QWidget):
    """Edits one connection.

    Signals:
        edited: something was typed or chosen.
    """

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._provider = QComboBox()
        for preset in PRESETS:
            self._provider.addItem(preset.title, preset)
        self._name, self._endpoint, self._region = QLineEdit(), QLineEdit(), QLineEdit()
        self._key_id, self._profile = QLineEdit(), QLineEdit()
        self._secret = QLineEdit(echoMode=QLineEdit.EchoMode.Password)
        self._token = QLineEdit(echoMode=QLineEdit.EchoMode.Password)
        self._addressing = QComboBox()
        self._anonymous = QCheckBox(self.tr("No key: read a public bucket"))
        self._build()
        self._connect()
        self.show_connection(Connection())

    def show_connection(self, connection: Connection, *, has_secret: bool = False) -> None:
        """Fill the form."""
        preset = preset_of(connection.kind) if connection.kind else PRESETS[0]
        self._provider.blockSignals(True)
        self._provider.setCurrentIndex(PRESETS.index(preset))
        self._provider.blockSignals(False)
        self._name.setText(connection.name)
        self._endpoint.setText(connection.endpoint_url)
        self._region.setText(connection.region or preset.region)
        self._key_id.setText(connection.access_key_id)
        self._profile.setText(connection.profile)
        self._addressing.setCurrentIndex(ADDRESSINGS.index(connection.addressing))
        self._anonymous.setChecked(connection.anonymous)
        self._secret.clear()
        self._token.clear()
        kept = self.tr("kept in the keyring; type to replace it") if has_secret else ""
        self._secret.setPlaceholderText(kept)
        self.edited.emit()

    def connection(self) -> Connection:
        """Return what the form says."""
        preset: Preset = self._provider.currentData()
        return Connection(
            name=self._name.text().strip(),
            endpoint_url=self._endpoint.text().strip().rstrip("/"),
            region=self._region.text().strip(),
            profile=self._profile.text().strip(),
            access_key_id=self._key_id.text().strip(),
            addressing=self._addressing.currentData(),
            kind=preset.kind,
            anonymous=self._anonymous.isChecked(),
        )

    def secret(self) -> Secret | None:
        """Return the typed secret, ``None`` if nothing was typed."""
        text = self._secret.text().strip()
        return Secret(text, self._token.text().strip()) if text else None

    @property
    def is_complete(self) -> bool:
        """Whether there is a name, and no gap left in the address."""
        return bool(self._name.text().strip()) and "{" not in self._endpoint.text()

    def _build(self) -> None:
        texts = {
            "auto": self.tr("automatic"),
            "path": self.tr("in the path"),
            "virtual": self.tr("in the host name"),
        }
        for name in ADDRESSINGS:
            self._addressing.addItem(texts[name], name)
        self._name.setPlaceholderText(self.tr("such as “lab”"))
        self._endpoint.setPlaceholderText(self.tr("empty for Amazon’s own"))
        self._key_id.setPlaceholderText(self.tr("empty: environment and ~/.aws"))
        self._token.setPlaceholderText(self.tr("only for temporary keys"))
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("&Provider"), self._provider)
        form.addRow(self.tr("&Name"), self._name)
        form.addRow(self.tr("&Endpoint"), self._endpoint)
        form.addRow(self.tr("&Region"), self._region)
        form.addRow(self.tr("Access &key id"), self._key_id)
        form.addRow(self.tr("&Secret key"), self._secret)
        form.addRow(self.tr("Session &token"), self._token)
        form.addRow(self.tr("AWS pro&file"), self._profile)
        form.addRow(self.tr("&Bucket is named"), self._addressing)
        form.addRow("", self._anonymous)

    def _connect(self) -> None:
        self._provider.currentIndexChanged.connect(self._on_provider_changed)
        for field in (self._name, self._endpoint, self._region, self._key_id, self._secret):
            field.textChanged.connect(self.edited)
        self._anonymous.toggled.connect(self._on_anonymous)

    def _on_provider_changed(self) -> None:
        preset: Preset = self._provider.currentData()
        self._region.setText(preset.region)
        self._endpoint.setText(endpoint_for(preset, preset.region))
        self._addressing.setCurrentIndex(ADDRESSINGS.index(preset.addressing))
        if not self._name.text():
            self._name.setText(preset.kind)

    def _on_anonymous(self, is_anonymous: bool) -> None:
        for field in (self._key_id, self._secret, self._token, self._profile):
            field.setEnabled(not is_anonymous)
