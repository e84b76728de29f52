"""What moves bytes for an open project: scans, uploads, downloads, offline folders."""

from functools import partial

import msgspec
from PySide6.QtCore import QObject

from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.gui.project.edit_session import EditSession
from cloudanno_desktop.gui.project.offline_controller import OfflineController
from cloudanno_desktop.gui.project.scan_controller import ScanController
from cloudanno_desktop.gui.project.shell import Shell
from cloudanno_desktop.gui.project.transfer_controller import TransferController
from cloudanno_desktop.gui.transfers.taken_question import ExistingQuestion
from cloudanno_desktop.gui.transfers.transfer_list import TransferList
from cloudanno_desktop.transfers.model import BatchState, BatchStatus


class TransferControls(QObject):
    """Makes the controllers of transfers and joins them to the list of transfers."""

    def __init__(self, session: EditSession, media: MediaClient, shell: Shell) -> None:
        super().__init__(session)
        self._session = session
        self._window = shell.window
        self._list: TransferList | None = None
        self.scans = ScanController(media, self)
        self.queue = TransferController(media, shell.settings, self)
        self.offline = OfflineController(session.workspace, media, shell.runner, shell.say, self)

    def show_in(self, transfers: TransferList) -> None:
        self.scans.started.connect(transfers.start)
        self.scans.ended.connect(transfers.finish)
        self.offline.show_in(transfers)
        self.queue.started.connect(transfers.start)
        self.queue.queued.connect(transfers.forget)
        self.queue.ended.connect(transfers.finish)
        self.queue.changed.connect(partial(self._on_transfer_changed, transfers))
        self.queue.asked.connect(self._on_name_taken)
        self.queue.images_changed.connect(self.scans.images_changed)
        transfers.steered.connect(self.queue.steer)
        self._list = transfers

    def _on_transfer_changed(self, transfers: TransferList, batch: BatchStatus) -> None:
        if batch.state is BatchState.FINISHED:
            # an upload is not listed as done before the labels of its pictures are on disk
            transfers.show_batch(msgspec.structs.replace(batch, state=BatchState.RUNNING))
            self._session.after_edits(partial(transfers.show_batch, batch))
        else:
            transfers.show_batch(batch)

    def _on_name_taken(self, batch: BatchStatus) -> None:
        if batch.asked:
            question = ExistingQuestion(batch, batch.asked, self._window)
            question.replied.connect(self.queue.steer)
            question.open()

    def close(self) -> None:
        self.offline.close()
        if self._list is not None:
            self._list.clear()
