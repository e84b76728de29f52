"""Bring the index up to date with the bucket, by listings alone.

The listing's order is never trusted: each page is compared with the rows of its own keys, and what
vanished is what no page named, known only when the whole chain of pages has ended. New and changed
rows are written as they come, a few pages in a transaction, so that the first images can be seen
after the first page and a process that dies loses nothing but time. An unchanged bucket writes
nothing.
"""

import logging
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cloudanno_desktop.bucket.bucket import Bucket, Page, StoredObject
from cloudanno_desktop.index.byte_tags import tag_of
from cloudanno_desktop.index.image_index import (
    Ids,
    ImageIndex,
    add_to_state,
    in_chunks,
    read_number,
    select_order,
    stored_order,
)
from cloudanno_desktop.index.pending_deletions import Deletions, Waiting
from cloudanno_desktop.progress import Progress, silent
from cloudanno_desktop.project_keys import is_image_key

_log = logging.getLogger(__name__)

MOST_PAGES = 16  # in one transaction, or …
LONGEST_WAIT_S = 0.5  # … what came in that time; the first page is always written alone

SELECT_KNOWN = "SELECT key, id, size, etag, present, scan FROM image WHERE key IN ({})"
SELECT_UNSEEN = "SELECT id, size, scan FROM image WHERE present = 1 AND id IN ({})"
UPSERT = """
    INSERT INTO image (key, size, etag, modified_s, present, tag) VALUES (?, ?, ?, ?, 1, ?)
    ON CONFLICT (key) DO UPDATE SET
        tag = CASE WHEN etag = excluded.etag AND tag THEN tag ELSE excluded.tag END,
        size = excluded.size, modified_s = excluded.modified_s, present = 1,
        problem = CASE WHEN etag = excluded.etag THEN problem END, etag = excluded.etag
"""
FORGET = "UPDATE image SET present = 0 WHERE id = ?"
STORE_ORDER = "INSERT OR REPLACE INTO index_state VALUES ('order', ?)"

Entries = dict[str, StoredObject]


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a scan found; ``images`` is the number now in the index."""

    new: int
    changed: int
    vanished: int
    images: int
    seconds: float


def scan(bucket: Bucket, index: ImageIndex, progress: Progress = silent) -> ScanReport:
    """List the whole bucket and write what is new, changed and vanished.

    ``progress`` counts images; the total is unknown. A scan that raises has removed nothing.

    Raises:
        Cancelled: through ``progress``.
        CloudAnnoError: what ``Bucket.list_pages`` raises.
    """
    started = time.monotonic()
    running = _Scan(index)
    for entries in _batches(bucket.list_pages()):
        running.take(entries)
        progress(running.images, None)
    vanished = running.forget_unseen()
    running.store_order()
    _log.info("scan: %d images, %d vanished", running.images, vanished)
    return ScanReport(
        new=running.new,
        changed=running.changed,
        vanished=vanished,
        images=index.counts().images,
        seconds=time.monotonic() - started,
    )


class _Known(NamedTuple):
    id: int
    size: int
    etag: str
    present: int
    upload: int


@dataclass(slots=True)
class _Scan:
    """One scan under way: what the index held at its start, and what was listed since."""

    index: ImageIndex
    images: int = 0
    new: int = 0
    changed: int = 0
    at_start: Ids = field(init=False)
    uploads_at_start: int = field(init=False)
    seen: NDArray[np.bool_] = field(init=False)
    deleted: dict[str, Waiting] = field(init=False)

    def __post_init__(self) -> None:
        self.deleted = {one.key: one for one in Deletions(self.index.database).waiting()}
        self.uploads_at_start = read_number(self.index.database.reader(), "uploads")
        self.at_start = self.index.all_ids()
        self.seen = np.zeros(int(self.at_start.max(initial=0)) + 1, np.bool_)

    def take(self, entries: Entries) -> None:
        if self.deleted:
            entries = self._without_deleted(entries)
        self.images += len(entries)
        reader = self.index.database.reader()
        known = _known(reader, entries) if self.at_start.size else {}
        listed = np.fromiter((row.id for row in known.values()), np.int64, len(known))
        self.seen[listed[listed < len(self.seen)]] = True
        different = {key: e for key, e in entries.items() if self._differs(e, known.get(key))}
        if different:
            with self.index.database.transaction() as connection:
                self._write(connection, different)

    def forget_unseen(self) -> int:
        """Mark as gone what was there at the start and was neither listed nor uploaded since."""
        unseen = self.at_start[~self.seen[self.at_start]].tolist()
        if not unseen:
            return 0
        with self.index.database.transaction() as connection:
            rows = list(in_chunks(connection, SELECT_UNSEEN, unseen))
            gone = [(id_, size) for id_, size, upload in rows if upload <= self.uploads_at_start]
            connection.executemany(FORGET, [(id_,) for id_, _ in gone])
            _count(connection, -len(gone), -sum(size for _, size in gone))
        return len(gone)

    def store_order(self) -> None:
        generation = self.index.generation
        if stored_order(self.index.database.reader(), generation) is None:
            with self.index.database.transaction() as connection:
                generation = read_number(connection, "generation")
                ids = select_order(connection)
                connection.execute(STORE_ORDER, (generation.to_bytes(8) + ids.tobytes(),))

    def _without_deleted(self, entries: Entries) -> Entries:
        met = {key: self.deleted[key] for key in entries if key in self.deleted}
        others = [one for key, one in met.items() if entries[key].etag != one.etag]
        Deletions(self.index.database).forget([one.image_id for one in others])
        gone = met.keys() - {one.key for one in others}
        return {key: entry for key, entry in entries.items() if key not in gone}

    def _write(self, connection: sqlite3.Connection, entries: Entries) -> None:
        # Read again under the lock: an upload may have written the same rows in the meantime.
        known = _known(connection, entries)
        written = [e for key, e in entries.items() if self._differs(e, known.get(key))]
        old = [known.get(entry.key) for entry in written]
        connection.executemany(
            UPSERT,
            (
                (e.key, e.size, e.etag, e.modified.timestamp(), tag_of(e.size, e.etag))
                for e in written
            ),
        )
        changed = sum(row is not None and row.present for row in old)
        self.changed += changed
        self.new += len(written) - changed
        old_bytes = sum(row.size for row in old if row is not None and row.present)
        _count(connection, len(written) - changed, sum(e.size for e in written) - old_bytes)

    def _differs(self, entry: StoredObject, row: _Known | None) -> bool:
        if row is None:
            return True
        if row.upload > self.uploads_at_start:
            return False  # written after this listing began, so the row knows better
        return not row.present or row.size != entry.size or row.etag != entry.etag


def _known(connection: sqlite3.Connection, entries: Entries) -> dict[str, _Known]:
    rows = in_chunks(connection, SELECT_KNOWN, list(entries))
    return {row[0]: _Known._make(row[1:]) for row in rows}


def _count(connection: sqlite3.Connection, images: int, size: int) -> None:
    add_to_state(connection, "images", images)
    add_to_state(connection, "bytes", size)
    if images:
        add_to_state(connection, "generation", 1)


def _batches(pages: Iterator[Page]) -> Iterator[Entries]:
    """Gather the images of a few pages at a time; a key that is listed twice counts once."""
    entries: Entries = {}
    gathered, written_at = 0, 0.0
    for page in pages:
        entries |= {e.key: e for e in page.objects if e.size and is_image_key(e.key)}
        gathered += 1
        if gathered == MOST_PAGES or time.monotonic() - written_at > LONGEST_WAIT_S:
            yield _in_order(entries)
            entries, gathered, written_at = {}, 0, time.monotonic()
    yield _in_order(entries)


def _in_order(entries: Entries) -> Entries:
    return dict(sorted(entries.items()))
