"""The queue of uploads and downloads in the media process: from messages, and back to messages."""

import os
import traceback
from collections.abc import Sequence
from pathlib import Path

from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.media.replies import Replies
from cloudanno_desktop.media_messages import commands
from cloudanno_desktop.media_messages import replies as messages
from cloudanno_desktop.project_keys import is_image_key
from cloudanno_desktop.settings import Settings
from cloudanno_desktop.transfers.model import (
    BatchStatus,
    Direction,
    Problem,
    Transfer,
    TransferContext,
    TransferLimits,
    TransferSpec,
)
from cloudanno_desktop.transfers.outcomes import CompletedTransfer
from cloudanno_desktop.transfers.plan import (
    NOT_HERE,
    download_specs,
    plan_uploads,
    upload_specs,
)
from cloudanno_desktop.transfers.queue import TransferQueue
from cloudanno_desktop.transfers.result import TransferResult
from cloudanno_desktop.transfers.store import TransferStore


class TransferService:
    def __init__(self, bucket: Bucket, index: ImageIndex, replies: Replies) -> None:
        self._index = index
        self._store = TransferStore(index.database)
        self._terms = TransferLimits()
        ends = TransferContext(bucket, lambda key: bool(index.ids_of([key])))
        self._transfer_queue = TransferQueue(
            self._store, ends, _IndexRecorder(index, replies), self._terms
        )

    def start(self) -> None:
        self._transfer_queue.start()

    def upload(self, request: commands.Upload) -> messages.TransferQueued:
        files = [Path(os.fsdecode(path)) for path in request.paths]
        plan = plan_uploads(files, request.prefix, is_image_key)
        specs = upload_specs(plan.uploads, lambda _: request.labels)
        left_out = [Problem(0, _shown(path), reason) for path, reason in plan.left_out]
        return self._queue(Direction.UP, request, specs, left_out)

    def download(self, request: commands.Download) -> messages.TransferQueued:
        ids = self._index.ids_of(request.keys)
        specs = download_specs(
            self._index.rows(list(ids.values())), Path(os.fsdecode(request.folder))
        )
        left_out = [Problem(0, key, NOT_HERE) for key in request.keys if key not in ids]
        return self._queue(Direction.DOWN, request, specs, left_out)

    def steer(self, request: commands.Steering) -> None:
        match request:
            case commands.ControlBatch():
                self._steer(request)
            case commands.ResolveExisting():
                self._transfer_queue.reply(
                    request.batch, request.transfer, request.existing, for_all=request.for_all
                )

    def use_settings(self, settings: Settings) -> None:
        self._terms.up.change(settings.upload_limit_kb_s * 1000)
        self._terms.down.change(settings.download_limit_kb_s * 1000)
        self._transfer_queue.use_parallel(settings.parallel_transfers)

    def close(self) -> bool:
        """Stop; what is not through stays in the queue. Say whether all threads have ended."""
        return self._transfer_queue.close()

    def _steer(self, request: commands.ControlBatch) -> None:
        batch = request.batch or None
        match request.act:
            case "pause":
                self._transfer_queue.pause(batch)
            case "resume":
                self._transfer_queue.resume(batch)
            case "cancel":
                self._transfer_queue.cancel(batch)
            case "retry":
                self._transfer_queue.retry(request.batch, request.transfer or None)
            case "network":
                self._transfer_queue.note_network()
            case "clear":
                self._transfer_queue.clear()

    def _queue(
        self,
        direction: Direction,
        request: commands.Upload | commands.Download,
        specs: Sequence[TransferSpec],
        left_out: Sequence[Problem],
    ) -> messages.TransferQueued:
        batch, transfers = self._store.add(direction, request.title, request.existing, specs)
        self._transfer_queue.take(batch, transfers, left_out)
        return messages.TransferQueued(batch.id)


class _IndexRecorder:
    """Notes uploads in the index, and reports to the window what changed."""

    labels_later = True  # the window alone writes labels

    def __init__(self, index: ImageIndex, replies: Replies) -> None:
        self._index = index
        self._replies = replies

    def note(self, transfer: Transfer, moved: TransferResult) -> int | None:
        return self._index.record_upload(moved.entry) if moved.entry else None

    def entered(self, through: Sequence[CompletedTransfer]) -> None:
        ids: dict[tuple[int, bool], list[int]] = {}
        for one in through:
            if one.image_id is not None:
                has_labels = bool(one.transfer.spec.labels)
                ids.setdefault((one.transfer.batch, has_labels), []).append(one.image_id)
        for (batch, has_labels), found in ids.items():
            self._replies.send(messages.FilesUploaded(batch, tuple(found), has_labels=has_labels))

    def status_changed(self, statuses: Sequence[BatchStatus]) -> None:
        for status in statuses:
            self._replies.send(messages.TransferChanged(status))

    def broke(self, error: BaseException) -> None:
        trace = "".join(traceback.format_exception(error))
        self._replies.send(messages.TransfersFailed(messages.Failure("bug", trace)))


def _shown(path: Path) -> str:
    return os.fsencode(path).decode(errors="replace")
