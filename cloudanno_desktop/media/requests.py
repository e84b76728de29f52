"""What the media process does for its project: scan, move and write files, make thumbnails."""

import contextlib
import logging
import os
import threading
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cloudanno_desktop import log, paths
from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.bucket.open_bucket import open_bucket
from cloudanno_desktop.database import Database
from cloudanno_desktop.errors import CloudAnnoError, DiskFull, FileProblem
from cloudanno_desktop.images.cache_eviction import clear_originals
from cloudanno_desktop.images.decode import PictureUnreadable
from cloudanno_desktop.images.offline_originals import OfflineOriginals
from cloudanno_desktop.images.originals import NeededImage, OriginalStore
from cloudanno_desktop.images.thumbnail_cache import ThumbnailCache
from cloudanno_desktop.images.thumbnail_fetcher import ThumbnailFetcher, ThumbnailOutcome
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.index.offline_prefixes import OfflinePrefixes
from cloudanno_desktop.index.scanner import scan
from cloudanno_desktop.labels.moved_outside import compare_content, look_for_gone
from cloudanno_desktop.labels.schema import PROJECT_MIGRATIONS
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.labels.sync import Sync, exchange_lock
from cloudanno_desktop.media.replies import Replies, RequestProgress
from cloudanno_desktop.media.transfers import TransferService
from cloudanno_desktop.media_messages import commands
from cloudanno_desktop.media_messages import replies as messages
from cloudanno_desktop.settings import Settings

_log = logging.getLogger(__name__)

MEGABYTE = 1_000_000
PICTURES_FIRST_S = 1.0  # so long a scan waits for the pictures on screen


@dataclass(frozen=True, slots=True)
class ServedProject:
    bucket: Bucket
    index: ImageIndex
    cache: ThumbnailCache
    fetcher: ThumbnailFetcher
    transfers: TransferService
    kept: OfflineOriginals
    labels: LabelStore
    sync: Sync

    def use_settings(self, settings: Settings) -> None:
        self.labels.author = settings.author_name
        self.cache.limit_bytes = settings.thumbnail_cache_mb * MEGABYTE
        self.transfers.use_settings(settings)
        _clear_originals(settings.originals_cache_mb * MEGABYTE)


def open_project(
    command: commands.OpenProject, settings: Settings, replies: Replies
) -> ServedProject:
    """Open bucket, index and thumbnails; the network is not asked yet."""
    file = Path(os.fsdecode(command.database))
    with contextlib.ExitStack() as opened:
        bucket = opened.enter_context(
            contextlib.closing(open_bucket(command.address, command.secret))
        )
        database = opened.enter_context(contextlib.closing(Database(file, PROJECT_MIGRATIONS)))
        cache = opened.enter_context(
            contextlib.closing(
                ThumbnailCache(paths.thumbnails_file(), settings.thumbnail_cache_mb * MEGABYTE)
            )
        )
        index = ImageIndex(database)
        labels = LabelStore(database, index, settings.author_name)
        sync = Sync(bucket, labels, lock=exchange_lock(file))
        transfers = TransferService(bucket, index, replies)
        kept = OfflineOriginals(file.parent.parent, paths.originals_dir(), bucket)
        fetcher = ThumbnailFetcher(
            bucket, cache, lambda outcome: _report(outcome, index, replies), kept.path
        )  # last: its threads run at once
        opened.pop_all()
    return ServedProject(bucket, index, cache, fetcher, transfers, kept, labels, sync)


def carry_out(
    project: ServedProject, work: commands.Work, running: RequestProgress
) -> messages.Report:
    """Carry out a request. Raises ``Cancelled`` and what the work raises."""
    match work:
        case commands.Scan():
            project.fetcher.wait_idle(PICTURES_FIRST_S)
            report = scan(project.bucket, project.index, running)
            compare_content(project.bucket, project.labels)
            look_for_gone(project.bucket, project.labels)
            return msgspec.convert(report, messages.ScanFinished, from_attributes=True)
        case commands.Upload():
            return project.transfers.upload(work)
        case commands.Download():
            return project.transfers.download(work)
        case commands.FetchOriginals():
            return _fetch_originals(project, work, running)
        case commands.KeepOffline():
            return _keep_offline(project, running)
        case commands.WriteFiles():
            written = project.sync.write_files(closing=work.closing)
            _log.info("annotation files written: %s", written)
            return messages.FilesWritten(written)


def _fetch_originals(
    project: ServedProject, work: commands.FetchOriginals, running: RequestProgress
) -> messages.OriginalsFetched:
    failed: list[messages.ItemFailure] = []

    def on_failure(image: NeededImage, error: CloudAnnoError) -> None:
        failed.append(messages.ItemFailure(image.key, str(error)))

    store = OriginalStore(paths.originals_dir(), project.bucket, project.kept.folder)
    originals = store.fetch(work.images, running, on_failure)
    files = tuple(
        messages.OriginalFile(id_, os.fsencode(original.path), original.digest)
        for id_, original in originals.items()
    )
    return messages.OriginalsFetched(files, tuple(failed))


def _keep_offline(project: ServedProject, running: RequestProgress) -> messages.OfflineStatus:
    database = project.index.database
    images = OfflinePrefixes(database, database.path.parent.parent).images()
    kept = project.kept.update(images, running)
    failed = tuple(messages.ItemFailure(key, reason) for key, reason in kept.failed)
    return messages.OfflineStatus(kept.images, kept.bytes, failed)


def _clear_originals(limit_bytes: int) -> None:
    """Make room beside everything else; a process that ends first leaves it to the next."""
    arguments = (paths.originals_dir(), limit_bytes)
    threading.Thread(target=clear_originals, args=arguments, name="clearing", daemon=True).start()


def _report(outcome: ThumbnailOutcome, index: ImageIndex, replies: Replies) -> None:
    image_id, generation, size_px = outcome.image.id, outcome.generation, outcome.size_px
    made = outcome.thumbnail
    if made is not None:
        source = (made.source_width, made.source_height)
        small = (made.jpeg, made.width, made.height)
        ready = messages.ThumbnailReady(
            image_id,
            generation,
            size_px,
            *small,
            *source,
            is_animated=made.is_animated,
            is_preview=outcome.is_preview,
        )
        replies.send(ready)
        return
    reason, is_unreadable = str(outcome.error), isinstance(outcome.error, PictureUnreadable)
    replies.send(messages.ThumbnailFailed(image_id, generation, size_px, reason, is_unreadable))
    if is_unreadable:
        # On a full disk or beside a long write the next view of the picture notes it again.
        with log.passing_over(DiskFull, FileProblem):
            index.note_problem(image_id, reason)
