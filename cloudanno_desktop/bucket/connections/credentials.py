"""Secret keys, in the system's keyring and nowhere else on disk.

Where there is no keyring, a secret stays in memory until the program ends.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import msgspec

from cloudanno_desktop import log
from cloudanno_desktop.errors import CloudAnnoError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "CloudAnno"
# These keep secrets in plain files, or lose them.
_UNSAFE = ("keyrings.alt.", "keyring.backends.fail", "keyring.backends.null")


class Secret(msgspec.Struct, frozen=True):
    """The secret half of a connection; never shown, logged or written to a file.

    ``session_token`` is empty for permanent keys; ``api_key``, of IBM, replaces the two others.
    """

    access_key: str = ""
    session_token: str = ""
    api_key: str = ""

    def __post_init__(self) -> None:
        log.hide(self.access_key, self.session_token, self.api_key)

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(eq=False)
class SecretMissing(CloudAnnoError):
    sentence: ClassVar[str] = (
        "The secret key of the connection “{connection}” is not stored here. Enter it again."
    )
    connection: str


@dataclass(eq=False)
class KeyringMissing(CloudAnnoError):
    sentence: ClassVar[str] = (
        "The system’s keyring cannot be used ({reason}), so the secret is only "
        "stored until you quit."
    )
    reason: str


@dataclass(eq=False, slots=True)
class SessionSecrets:
    """Secrets in memory, if there is no keyring; ``has_warned`` once the user knows."""

    has_warned: bool = False
    _secrets: dict[str, Secret] = field(default_factory=dict, repr=False)

    def keep(self, connection_name: str, secret: Secret) -> None:
        self._secrets[connection_name] = secret

    def find(self, connection_name: str) -> Secret | None:
        return self._secrets.get(connection_name)

    def forget(self, connection_name: str) -> None:
        self._secrets.pop(connection_name, None)


def store_secret(
    connection_name: str, secret: Secret, session: SessionSecrets | None = None
) -> None:
    """Put a connection's secret into the keyring.

    Without a keyring it is stored in ``session``; after that the first call raises
    ``KeyringMissing``, so that the user is informed once. Without ``session`` every call does.
    """
    from keyring.errors import KeyringError

    try:
        body = msgspec.json.encode(secret).decode()
        _system_keyring().set_password(SERVICE, connection_name, body)
    except (KeyringError, KeyringMissing) as error:
        if session is not None:
            session.keep(connection_name, secret)
            if session.has_warned:
                return
            session.has_warned = True
        raise _missing(error) from None
    if session is not None:
        session.forget(connection_name)


def read_secret(connection_name: str, session: SessionSecrets | None = None) -> Secret | None:
    """Return a connection's secret; ``None`` if none is stored or there is no keyring.

    Raises ``KeyringMissing`` if the keyring does not open.
    """
    from keyring.errors import KeyringError

    found = session.find(connection_name) if session else None
    if found:
        return found
    try:
        body = _system_keyring().get_password(SERVICE, connection_name)
        return msgspec.json.decode(body, type=Secret) if body else None
    except KeyringMissing:
        return None
    except (KeyringError, msgspec.MsgspecError) as error:
        raise _missing(error) from None


def forget_secret(connection_name: str, session: SessionSecrets | None = None) -> None:
    from keyring.errors import KeyringError, PasswordDeleteError

    if session:
        session.forget(connection_name)
    try:
        _system_keyring().delete_password(SERVICE, connection_name)
    except (PasswordDeleteError, KeyringMissing):
        return
    except KeyringError as error:
        raise _missing(error) from None


def _system_keyring() -> "KeyringBackend":
    """Return the best backend that keeps secrets safely. Raises ``KeyringMissing``."""
    import keyring
    from keyring.backends.chainer import ChainerBackend

    chosen = keyring.get_keyring()
    for backend in chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]:
        if not f"{type(backend).__module__}.".startswith(_UNSAFE):
            return backend
    raise KeyringMissing("there is none")


def _missing(error: Exception) -> KeyringMissing:
    """Return an error without the original's text, which may quote the secret."""
    if isinstance(error, KeyringMissing):
        return KeyringMissing(error.reason)
    return KeyringMissing(f"it failed with {type(error).__name__}")
