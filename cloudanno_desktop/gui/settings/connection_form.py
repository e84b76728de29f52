"""The form of one connection: provider, endpoint, keys. A saved secret is never shown."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QPushButton, QWidget

from cloudanno_desktop.bucket.connections.connection import Connection, SignInMethod
from cloudanno_desktop.bucket.connections.credential_import import ImportedConnection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.connections.providers import (
    PROVIDERS,
    Provider,
    provider_of,
    with_provider,
)
from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.gui.settings.advanced_fields import AdvancedFields, align_labels

HIDDEN = QLineEdit.EchoMode.Password


class ConnectionForm(QWidget):
    """Edits one connection."""

    edited = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._template = ""  # the provider's endpoint, to see whether the user changed it
        self._provider, self._way = QComboBox(), QComboBox()
        self._name, self._account, self._region = QLineEdit(), QLineEdit(), QLineEdit()
        self._endpoint, self._key_id, self._profile = QLineEdit(), QLineEdit(), QLineEdit()
        self._secret, self._token = QLineEdit(echoMode=HIDDEN), QLineEdit(echoMode=HIDDEN)
        self._api_key, self._instance = QLineEdit(echoMode=HIDDEN), QLineEdit()
        self.advanced = AdvancedFields()
        self._more = QPushButton(self.tr("Advanced"))
        self._build()
        self._connect()
        self.show_connection(Connection())

    def show_connection(self, connection: Connection, *, has_secret: bool = False) -> None:
        provider = provider_of(connection)
        self._choose_provider(provider)
        self._name.setText(connection.name)
        self._account.setText(provider.account_in(connection.endpoint_url))
        self._region.setText(connection.region or provider.region)
        self._endpoint.setText(connection.endpoint_url)
        self._template = self._address()
        self._show_way(connection.sign_in, fresh=not connection.name)
        self._key_id.setText(connection.access_key_id)
        self._profile.setText(connection.profile)
        self._instance.setText(connection.resource_instance_id)
        for field in (self._endpoint, self._instance):
            field.setCursorPosition(0)
        self.advanced.show_connection(connection)
        self._show_secret(Secret(), is_saved=has_secret)
        self._more.setChecked(connection.insecure)
        self._show_rows()

    def fill_in(self, pasted: ImportedConnection) -> None:
        """Fill in pasted credentials; what they do not contain stays."""
        name = self._name.text().strip() or pasted.connection.kind
        provider = provider_of(pasted.connection)
        self.show_connection(with_provider(provider, pasted.connection))
        self._name.setText(name)
        self._show_way(pasted.connection.sign_in)
        self._show_secret(pasted.secret, is_saved=False)
        self._show_rows()

    def connection(self) -> Connection:
        """Return the typed connection without the fields of other sign-in methods."""
        way, instance = self._chosen_way(), self._instance.text().strip()
        connection = Connection(
            name=self._name.text().strip(),
            endpoint_url=self._endpoint.text().strip().rstrip("/"),
            region=self._region.text().strip(),
            profile=self._profile.text().strip() if way is SignInMethod.PROFILE else "",
            access_key_id=self._key_id.text().strip() if way is SignInMethod.KEYS else "",
            kind=self._shown_provider().kind,
            anonymous=way is SignInMethod.ANONYMOUS,
            uses_api_key=way is SignInMethod.API_KEY,
            resource_instance_id=instance if way is SignInMethod.API_KEY else "",
        )
        return self.advanced.completed(connection)

    def secret(self) -> Secret | None:
        """Return the typed secret, ``None`` if nothing was typed."""
        if self._chosen_way() is SignInMethod.API_KEY:
            api_key = self._api_key.text().strip()
            return Secret(api_key=api_key) if api_key else None
        text = self._secret.text().strip()
        is_used = text and self._chosen_way() is SignInMethod.KEYS
        return Secret(text, self._token.text().strip()) if is_used else None

    @property
    def missing(self) -> str:
        """The title of the first field that must be filled in; empty if none."""
        endpoint = self._endpoint.text().strip()
        has_gap = "{" in endpoint or endpoint in {"https://", "http://"}
        way = {SignInMethod.KEYS: self._key_id, SignInMethod.PROFILE: self._profile}
        needed = [self._name, *filter(None, [way.get(self._chosen_way())])]
        gaps = [field for field in needed if not field.text().strip()]
        if has_gap:
            gaps.append(self._account if self._shown_provider().needs_account else self._endpoint)
        title = self._form.labelForField(gaps[0]) if gaps else None
        return title.text().replace("&", "") if isinstance(title, QLabel) else ""

    def _build(self) -> None:
        for provider in PROVIDERS:
            self._provider.addItem(provider.title, provider)
        self._more.setCheckable(True)
        self._more.setAutoDefault(False)
        set_role(self._more, "link")
        self._name.setPlaceholderText(self.tr("such as “lab”"))
        self._account.setPlaceholderText(self.tr("in the URL of the dashboard"))
        self._token.setPlaceholderText(self.tr("only for temporary keys"))
        self._instance.setPlaceholderText(self.tr("crn:… – needed to list and create buckets"))
        self._profile.setPlaceholderText(self.tr("from ~/.aws; SSO and roles work too"))
        self._form = form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for text, field in (
            (self.tr("&Provider"), self._provider),
            (self.tr("&Name"), self._name),
            (self.tr("Acco&unt"), self._account),
            (self.tr("&Region"), self._region),
            (self.tr("&Endpoint"), self._endpoint),
            (self.tr("Sign &in with"), self._way),
            (self.tr("Access &key id"), self._key_id),
            (self.tr("&Secret key"), self._secret),
            (self.tr("Session &token"), self._token),
            (self.tr("&API key"), self._api_key),
            (self.tr("Instance i&d"), self._instance),
            (self.tr("Pro&file"), self._profile),
        ):
            form.addRow(text, field)
        form.addRow("", self._more)
        form.addRow(self.advanced)
        align_labels(form, self.advanced.rows)

    def _connect(self) -> None:
        self._provider.currentIndexChanged.connect(self._on_provider_changed)
        self._way.currentIndexChanged.connect(self._show_rows)
        self._more.toggled.connect(self._on_more)
        self._region.textEdited.connect(self._on_place_edited)
        self._account.textEdited.connect(self._on_place_edited)
        keys = (self._key_id, self._secret, self._profile, self._api_key)
        for field in (self._name, self._endpoint, self._region, *keys):
            field.textChanged.connect(self.edited)
        self.advanced.edited.connect(self.edited)

    def _choose_provider(self, provider: Provider) -> None:
        self._provider.blockSignals(True)
        self._provider.setCurrentIndex(PROVIDERS.index(provider))
        self._provider.blockSignals(False)
        self._region.setToolTip(provider.region_rule)
        self._provider.setToolTip(self._expected(provider))
        is_amazon = not provider.endpoint
        own = self.tr("empty for Amazon’s own")
        self._endpoint.setPlaceholderText(own if is_amazon else provider.endpoint)
        self._fill_ways(provider)

    def _expected(self, provider: Provider) -> str:
        return {
            "honoured": self.tr("Supports conditional writes; test the connection to be sure"),
            "unquoted": self.tr("Expects ETags without quotes; test the connection to be sure"),
            "refused": self.tr("Refuses conditional writes; test the connection to be sure"),
            "unknown": self.tr("Test the connection to learn whether it does conditional writes"),
        }[provider.conditions]

    def _fill_ways(self, provider: Provider) -> None:
        texts = {
            SignInMethod.KEYS: self.tr("Access key (HMAC)"),
            SignInMethod.API_KEY: self.tr("IBM API key"),
            SignInMethod.PROFILE: self.tr("AWS profile"),
            SignInMethod.CHAIN: self.tr("Environment and ~/.aws"),
            SignInMethod.ANONYMOUS: self.tr("No key (public bucket)"),
        }
        chosen = self._way.currentData()
        self._way.blockSignals(True)
        self._way.clear()
        for way, text in texts.items():
            if way is not SignInMethod.API_KEY or provider.has_api_key or provider.kind == "other":
                self._way.addItem(text, way)
        self._way.setCurrentIndex(max(0, self._way.findData(chosen)))
        self._way.blockSignals(False)

    def _show_way(self, way: SignInMethod, *, fresh: bool = False) -> None:
        """Show a way in; a new connection begins with keys."""
        index = self._way.findData(
            SignInMethod.KEYS if fresh and way is SignInMethod.CHAIN else way
        )
        self._way.setCurrentIndex(max(0, index))

    def _chosen_way(self) -> SignInMethod:
        return SignInMethod(self._way.currentData() or SignInMethod.KEYS)

    def _show_secret(self, secret: Secret, *, is_saved: bool) -> None:
        hint = self.tr("saved in the keyring; type to replace it") if is_saved else ""
        self._secret.setText(secret.access_key)
        self._token.setText(secret.session_token)
        self._api_key.setText(secret.api_key)
        for field in (self._secret, self._api_key):
            field.setPlaceholderText(hint)

    def _show_rows(self) -> None:
        way = self._chosen_way()
        fields = {
            SignInMethod.KEYS: (self._key_id, self._secret, self._token),
            SignInMethod.API_KEY: (self._api_key, self._instance),
            SignInMethod.PROFILE: (self._profile,),
        }
        for its_way, its_fields in fields.items():
            for field in its_fields:
                self._form.setRowVisible(field, its_way is way)
        self._form.setRowVisible(self._account, self._shown_provider().needs_account)
        self.advanced.show_tokens(are_used=way is SignInMethod.API_KEY)
        self._on_more(is_shown=self._more.isChecked())
        self.edited.emit()

    def _shown_provider(self) -> Provider:
        provider: Provider = self._provider.currentData()
        return provider

    def _address(self) -> str:
        account = self._account.text().strip()
        return self._shown_provider().address(self._region.text().strip(), account)

    def _on_provider_changed(self) -> None:
        provider = self._shown_provider()
        old_names = {"", *(other.kind for other in PROVIDERS)}
        self._choose_provider(provider)
        self._region.setText(provider.region)
        self._template = self._address()
        self._endpoint.setText(self._template)
        self.advanced.show_connection(with_provider(provider, Connection()))
        if self._name.text() in old_names:
            self._name.setText(provider.kind)
        self._show_rows()

    def _on_place_edited(self) -> None:
        """Let the endpoint follow region and account until the user changes it."""
        if self._endpoint.text() == self._template:
            self._endpoint.setText(self._address())
        self._template = self._address()

    def _on_more(self, is_shown: bool) -> None:
        icon = "chevron_down" if is_shown else "chevron_right"
        self._more.setIcon(self._theme.icon(icon, self._theme.colors.accent))
        self.advanced.setVisible(is_shown)
