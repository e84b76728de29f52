"""What the media process does for its project: scan, move files, answer for thumbnails."""

import contextlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cloudanno_desktop import media_messages as messages
from cloudanno_desktop import paths
from cloudanno_desktop.bucket.bucket import Bucket, StoredObject
from cloudanno_desktop.bucket.opening import open_bucket
from cloudanno_desktop.bucket.transfer import (
    PlannedUpload,
    TransferReport,
    download_objects,
    plan_uploads,
    upload_files,
)
from cloudanno_desktop.errors import CloudAnnoError, DiskFull, FileProblem
from cloudanno_desktop.index.database import Database
from cloudanno_desktop.index.image_index import ImageIndex, ImageRow
from cloudanno_desktop.index.image_keys import is_image_key
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS
from cloudanno_desktop.index.scanner import scan
from cloudanno_desktop.labels.schema import LABEL_MIGRATIONS
from cloudanno_desktop.media.answers import Answers, Running
from cloudanno_desktop.thumbnails.cache import ThumbnailCache
from cloudanno_desktop.thumbnails.fetcher import Outcome, ThumbnailFetcher
from cloudanno_desktop.thumbnails.originals import OriginalStore, Wanted
from cloudanno_desktop.thumbnails.picture import PictureUnreadable

CACHE_BYTES = 2_000_000_000

Work = messages.Scan | messages.Upload | messages.Download | messages.FetchOriginals


@dataclass(frozen=True, slots=True)
class Project:
    """What the process serves."""

    bucket: Bucket
    index: ImageIndex
    cache: ThumbnailCache
    fetcher: ThumbnailFetcher


def open_project(request: messages.OpenProject, answers: Answers) -> Project:
    """Open bucket, index and thumbnails; the network is not asked yet."""
    migrations = (*INDEX_MIGRATIONS, *LABEL_MIGRATIONS)
    bucket = open_bucket(request.address, request.secret)
    index = ImageIndex(Database(Path(os.fsdecode(request.database)), migrations))
    cache = ThumbnailCache(paths.cache_dir() / "thumbnails-2.db", CACHE_BYTES)
    fetcher = ThumbnailFetcher(bucket, cache, lambda outcome: _tell(outcome, index, answers))
    return Project(bucket, index, cache, fetcher)


def carry_out(project: Project, request: Work, running: Running) -> messages.Report:
    """Do what one request asks for. Raises ``Cancelled`` and what the work raises."""
    match request:
        case messages.Scan():
            report = scan(project.bucket, project.index, running)
            return messages.ScanFinished(
                report.new, report.changed, report.vanished, report.images, report.seconds
            )
        case messages.Upload():
            return _upload(project, request, running)
        case messages.Download():
            return _download(project, request, running)
        case messages.FetchOriginals():
            return _fetch_originals(project, request, running)


def _upload(
    project: Project, request: messages.Upload, running: Running
) -> messages.TransferFinished:
    def on_done(upload: PlannedUpload, entry: StoredObject, _was_there: bool) -> None:
        image_id = project.index.record_upload(entry)
        written = (entry.key, entry.size, entry.etag, entry.modified.timestamp(), image_id)
        path = os.fsencode(upload.path)
        running.answers.send(messages.FileUploaded(request.request, path, *written))

    files = [Path(os.fsdecode(path)) for path in request.paths]
    plan = plan_uploads(files, request.prefix, is_image_key)
    report = upload_files(project.bucket, plan, progress=running, on_done=on_done)
    return _transferred(report, _no_images(files))


def _no_images(files: list[Path]) -> list[messages.ItemFailure]:
    return [
        messages.ItemFailure(_shown(path), "its name does not end like an image’s")
        for path in files
        if not is_image_key(path.name) and not path.is_dir()
    ]


def _download(
    project: Project, request: messages.Download, running: Running
) -> messages.TransferFinished:
    ids = project.index.ids_of(request.keys)
    entries = [_entry(row) for row in project.index.rows(list(ids.values()))]
    folder = Path(os.fsdecode(request.folder))
    report = download_objects(project.bucket, entries, folder, progress=running)
    unknown = [
        messages.ItemFailure(key, "it is not in this project")
        for key in request.keys
        if key not in ids
    ]
    return _transferred(report, unknown)


def _fetch_originals(
    project: Project, request: messages.FetchOriginals, running: Running
) -> messages.OriginalsFetched:
    failed: list[messages.ItemFailure] = []

    def on_failure(image: Wanted, error: CloudAnnoError) -> None:
        failed.append(messages.ItemFailure(image.key, str(error)))

    store = OriginalStore(paths.originals_dir(), project.bucket)
    originals = store.fetch(request.images, running, on_failure)
    files = tuple(
        messages.OriginalFile(id_, os.fsencode(original.path), original.digest)
        for id_, original in originals.items()
    )
    return messages.OriginalsFetched(files, tuple(failed))


def _transferred(
    report: TransferReport, left_out: list[messages.ItemFailure]
) -> messages.TransferFinished:
    failed = [messages.ItemFailure(_shown(f.path), f.reason) for f in report.failed]
    return messages.TransferFinished(len(report.done), len(report.skipped), (*failed, *left_out))


def _tell(outcome: Outcome, index: ImageIndex, answers: Answers) -> None:
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
        answers.send(ready)
        return
    reason, is_unreadable = str(outcome.error), isinstance(outcome.error, PictureUnreadable)
    answers.send(messages.ThumbnailFailed(image_id, generation, size_px, reason, is_unreadable))
    if is_unreadable:
        # On a full disk or beside a long write the next view of the picture notes it again.
        with contextlib.suppress(DiskFull, FileProblem):
            index.note_problem(image_id, reason)


def _entry(row: ImageRow) -> StoredObject:
    modified = datetime.fromtimestamp(row.modified_s, UTC)
    return StoredObject(row.key, row.size, row.etag, modified)


def _shown(path: Path) -> str:
    return os.fsencode(path).decode(errors="replace")
