"""Asks for the secret of a connection, where it is needed and not on this computer."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.gui.common.form_dialog import FormDialog


class SecretDialog(FormDialog):
    secret_typed = Signal(object)  # a ``Secret``

    def __init__(self, connection: Connection, parent: QWidget) -> None:
        kind = self.tr("API key") if connection.uses_api_key else self.tr("Secret key")
        text = self.tr("The secret of “%1” is not on this computer. It is saved in the keyring ")
        text += self.tr("of your system; without one, until you quit.")
        texts = (kind, text.replace("%1", connection.name), self.tr("Connect"))
        super().__init__(texts, parent, is_danger=False)
        field = QLineEdit(echoMode=QLineEdit.EchoMode.Password, placeholderText=kind)
        field.setAccessibleName(kind)
        field.textChanged.connect(lambda typed: self.say("", is_ready=bool(typed.strip())))
        self.body.addWidget(field)
        name = "api_key" if connection.uses_api_key else "access_key"
        self.accepted.connect(
            lambda: self.secret_typed.emit(Secret(**{name: field.text().strip()}))
        )
        field.setFocus()
