"""Whether the storage can be reached; polls it while it cannot."""

from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal

from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.bucket.errors import Unreachable
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.project_keys import PROJECT_FILE

FIRST_WAIT_MS = 5_000
LONGEST_WAIT_MS = 60_000


class Connectivity(QObject):
    """Records since when the storage has been out of reach, and polls it until it answers."""

    changed = Signal(bool)  # whether the storage can be reached now

    def __init__(self, bucket: Bucket, runner: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.offline_since: datetime | None = None
        self._bucket = bucket
        self._runner = runner
        self._is_asking = False
        self._listens = False
        self._timer = QTimer(self, singleShot=True, interval=FIRST_WAIT_MS)
        self._timer.timeout.connect(self.ask)

    @property
    def is_online(self) -> bool:
        return self.offline_since is None

    def note_reply(self) -> None:
        self._timer.stop()
        if self.offline_since is not None:
            self.offline_since = None
            self.changed.emit(True)

    def note_silence(self) -> None:
        if self.offline_since is None:
            self.offline_since = datetime.now().astimezone()
            self._timer.start(FIRST_WAIT_MS)
            self._listen_to_the_system()
            self.changed.emit(False)

    def ask(self) -> None:
        if self.is_online or self._is_asking:
            return
        self._is_asking = True
        self._timer.stop()
        self._runner.run(Task(self, self._look, self._on_reply, self._on_error))

    def close(self) -> None:
        self._timer.stop()
        self._runner.cancel_all(self)

    def _look(self, _task: Task) -> None:
        self._bucket.head(PROJECT_FILE)  # small, and any response will do

    def _on_reply(self, _nothing: object) -> None:
        self._is_asking = False
        self.note_reply()

    def _on_error(self, error: CloudAnnoError) -> None:
        if not isinstance(error, Unreachable):
            self._on_reply(None)
            return
        self._is_asking = False
        wait_ms = min(2 * self._timer.interval(), LONGEST_WAIT_MS)
        self._timer.start(wait_ms)

    def _listen_to_the_system(self) -> None:
        """Ask at once when the system says that the network changed, where it says so."""
        if self._listens:
            return
        self._listens = True
        # needed once the network is lost, so not at the start
        from PySide6.QtNetwork import QNetworkInformation

        if QNetworkInformation.loadDefaultBackend():
            QNetworkInformation.instance().reachabilityChanged.connect(self.ask)
