"""What the settings dialog asks for, carried out."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from cloudanno_desktop.bucket.connection import (
    Connection,
    load_connections,
    remove_connection,
    save_connection,
)
from cloudanno_desktop.bucket.connection_check import Check, check_connection
from cloudanno_desktop.bucket.credentials import KeyringMissing, Secret
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.opening import Secrets
from cloudanno_desktop.gui.settings.settings_dialog import SettingsDialog
from cloudanno_desktop.gui.tasks import Task, TaskRunner


class SettingsFlow(QObject):
    """Serves one settings dialog.

    Signals:
        connections_changed: the saved connections are others now; name of the one just saved.
    """

    connections_changed = Signal(str)

    def __init__(self, runner: TaskRunner, secrets: Secrets, dialog: SettingsDialog) -> None:
        super().__init__(dialog)
        self._runner = runner
        self._secrets = secrets
        self._page = dialog.connections
        self._page.save_wanted.connect(self._on_save)
        self._page.test_wanted.connect(self._on_test)
        self._page.removal_wanted.connect(self._on_remove)
        self._page.show_connections(load_connections())

    def _on_save(self, connection: Connection, secret: Secret | None) -> None:
        def work(_task: Task) -> None:
            from cloudanno_desktop.bucket.credentials import store_secret

            save_connection(connection)
            if secret is not None:
                store_secret(connection.name, secret, self._secrets.session)

        def failed(error: CloudAnnoError) -> None:
            if isinstance(error, KeyringMissing):
                self._show(connection.name)
            self._page.show_problem(str(error))

        self._run(work, lambda _nothing: self._show(connection.name), failed)

    def _on_test(self, connection: Connection, secret: Secret | None) -> None:
        def work(_task: Task) -> list[Check]:
            return check_connection(connection, secret or self._secrets.of(connection))

        self._run(work, self._page.show_checks, lambda error: self._page.show_problem(str(error)))

    def _on_remove(self, name: str) -> None:
        def work(_task: Task) -> None:
            from cloudanno_desktop.bucket.credentials import forget_secret

            remove_connection(name)
            forget_secret(name, self._secrets.session)

        self._run(work, lambda _nothing: self._show(""), None)

    def _show(self, name: str) -> None:
        self._page.show_connections(load_connections(), name)
        self.connections_changed.emit(name)

    def _run(
        self,
        work: Callable[[Task], object],
        done: Callable[..., None],
        failed: Callable[[CloudAnnoError], None] | None,
    ) -> None:
        self._runner.run(Task(self, work, done, failed))
