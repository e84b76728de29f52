"""Carries out what the settings dialog requests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from cloudanno_desktop.bucket.connection_check import Check, CheckName, check_connection
from cloudanno_desktop.bucket.connections.address import (
    ProjectAddress,
    is_bucket_address,
    parse_address,
)
from cloudanno_desktop.bucket.connections.connection import (
    Connection,
    load_connections,
    remove_connection,
    save_connection,
)
from cloudanno_desktop.bucket.connections.connection_export import add_shared, read_shared, share
from cloudanno_desktop.bucket.connections.credentials import KeyringMissing, Secret
from cloudanno_desktop.bucket.connections.policy import needed_policy
from cloudanno_desktop.bucket.errors import AccessDenied
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.files import local_errors, write_file
from cloudanno_desktop.gui.app.project_opener import Secrets
from cloudanno_desktop.gui.browser.bucket_dialogs import BucketNameDialog
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.gui.settings.settings_dialog import SettingsDialog


@dataclass(frozen=True, slots=True)
class _Tested:
    checks: list[Check]
    policy: str


class SettingsFlow(QObject):
    connections_changed = Signal(str)  # name of the connection just saved, or empty
    place_chosen = Signal(str, str)  # address of a bucket, name of its connection
    new_bucket_requested = Signal(object)  # its connection

    def __init__(
        self, runner: TaskRunner, secrets: Secrets, dialog: SettingsDialog, current: str = ""
    ) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        self._runner = runner
        self._secrets = secrets
        self._test: Task | None = None
        self._page = dialog.connections
        self._page.save_requested.connect(self._on_save)
        self._page.bucket_requested.connect(self._on_bucket_requested)
        self._page.test_requested.connect(self._on_test)
        self._page.stop_requested.connect(self._on_stop)
        self._page.removal_requested.connect(self._on_remove)
        self._page.export_requested.connect(self._on_export)
        self._page.import_requested.connect(self._on_import)
        self._page.show_connections(load_connections(), current)

    def _on_bucket_requested(self, connection: Connection, secret: Secret | None) -> None:
        """Sign in and list; what works is saved, and the user chooses a bucket."""

        def work(task: Task) -> Sequence[str]:
            from cloudanno_desktop.bucket.level import list_level

            place = ProjectAddress("", connection)
            try:
                return list_level(place, secret or self._secrets.of(connection), task).names
            except AccessDenied as error:
                if error.code not in {"AccessDenied", "403"}:
                    raise
                return ()  # keys that may use one bucket and list none are common

        def done(names: Sequence[str]) -> None:
            self._on_save(connection, secret, partial(self._ask_bucket, connection, names))

        self._run(work, done, self._report)

    def _ask_bucket(self, connection: Connection, names: Sequence[str]) -> None:
        question = BucketNameDialog(self._dialog, names)
        question.place_requested.connect(lambda text: self.place_chosen.emit(text, connection.name))
        question.new_requested.connect(lambda: self.new_bucket_requested.emit(connection))
        question.accepted.connect(self._dialog.accept)
        question.new_requested.connect(self._dialog.accept)
        question.open()

    def _on_save(
        self,
        connection: Connection,
        secret: Secret | None,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        def work(_task: Task) -> None:
            from cloudanno_desktop.bucket.connections.credentials import store_secret

            save_connection(connection)
            if secret is not None:
                store_secret(connection.name, secret, self._secrets.session)

        def failed(error: CloudAnnoError) -> None:
            if isinstance(error, KeyringMissing):
                done(None)
            self._page.show_problem(str(error))

        def done(_nothing: object) -> None:
            self._show(connection.name)
            then()

        self._run(work, done, failed)

    def _on_test(self, connection: Connection, secret: Secret | None, bucket: str) -> None:
        def work(task: Task) -> _Tested:
            address = _address(bucket, connection)
            known = secret or self._secrets.of(connection)
            location = address.location if bucket else ""
            checks = check_connection(connection, known, location, task)
            return _Tested(checks, needed_policy(checks, address))

        def done(tested: _Tested) -> None:
            self._page.show_checks(tested.checks, tested.policy)

        def progressed(_done: int, _total: int | None, text: str) -> None:
            self._page.show_progress(self._page.findings.check_name(CheckName(text)))

        self._test = Task(self, work, done, self._report, progressed)
        self._runner.run(self._test)

    def _on_stop(self) -> None:
        if self._test:
            self._test.cancel()

    def _on_remove(self, name: str) -> None:
        def work(_task: Task) -> None:
            from cloudanno_desktop.bucket.connections.credentials import forget_secret

            remove_connection(name)
            forget_secret(name, self._secrets.session)

        self._run(work, lambda _nothing: self._show(""), None)

    def _on_export(self, path: Path) -> None:
        def work(_task: Task) -> None:
            write_file(path, share(load_connections()))

        text = self.tr("Saved as “%1”, without secrets.").replace("%1", path.name)
        self._run(work, lambda _nothing: self._page.show_done(text), self._report)

    def _on_import(self, path: Path) -> None:
        def work(_task: Task) -> list[Connection]:
            with local_errors(path):
                body = path.read_bytes()
            return add_shared(read_shared(body))

        self._run(work, self._imported, self._report)

    def _imported(self, added: list[Connection]) -> None:
        self._show(added[0].name if added else "")
        names = ", ".join(connection.name for connection in added)
        text = self.tr("Added: %1. Enter their secrets.").replace("%1", names)
        self._page.show_done(text if added else self.tr("You already have all of these."))

    def _report(self, error: CloudAnnoError) -> None:
        self._page.show_problem(str(error))

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


def _address(bucket: str, connection: Connection) -> ProjectAddress:
    if not bucket:
        return ProjectAddress("s3://", connection)
    return parse_address(bucket if is_bucket_address(bucket) else f"s3://{bucket}", connection)
