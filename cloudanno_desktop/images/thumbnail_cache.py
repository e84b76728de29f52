"""Thumbnails on disk, by what identifies an original: its ETag and size.

One SQLite file serves all projects and all windows, and may be deleted at any time. It never stands
in the way: a damaged file is replaced as soon as the damage is met, and what cannot be read or
written is simply rendered again. Above its limit, each thumbnail that is added makes room by a few
that were not looked at for the longest time, so that no large cleanup blocks anything.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from cloudanno_desktop.images import thumbnail_cache_schema
from cloudanno_desktop.images.render import Thumbnail

_log = logging.getLogger(__name__)

USED_STEP_S = 600  # how exactly the time of the last look is known
DROPPED_AT_ONCE = 32
STALE_AT_ONCE = 256  # looks that are noted together


class ThumbnailKey(NamedTuple):
    etag: str
    size: int
    size_px: int


class ThumbnailCache:
    """Thumbnails in one file; safe to use from any thread and from several processes.

    Reading never waits for writing: each has a connection of its own.
    """

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._path = path
        self.limit_bytes = limit_bytes
        self._reading, self._writing = threading.Lock(), threading.Lock()
        self._stale: set[int] = set()
        self._reader, self._writer = thumbnail_cache_schema.open_cache(path)

    def get_many(self, keys: Sequence[ThumbnailKey]) -> dict[ThumbnailKey, Thumbnail]:
        """Return the thumbnails that are there; a picture that was not made smaller fits any."""
        found: dict[ThumbnailKey, Thumbnail] = {}
        for key in keys:
            size_px, thumbnail = self._select(key)
            if thumbnail and (size_px == key.size_px or thumbnail.is_whole):
                found[key] = thumbnail
        if len(self._stale) >= STALE_AT_ONCE:
            self._note_looks()
        return found

    def get_larger(self, key: ThumbnailKey) -> Thumbnail | None:
        return self._select(key)[1]

    def put(self, key: ThumbnailKey, thumbnail: Thumbnail) -> None:
        row = (*key, _now(), len(thumbnail.jpeg), *thumbnail.values())
        with self._writing:
            try:
                with self._writer:
                    self._writer.execute("BEGIN IMMEDIATE")
                    self._writer.execute(thumbnail_cache_schema.INSERT, row)
                    self._make_room()
                thumbnail_cache_schema.give_back(self._writer)
            except sqlite3.DatabaseError as error:
                self._heal(error)  # disk full or locked: the picture is shown all the same

    def close(self) -> None:
        self._note_looks()
        with self._reading, self._writing:
            self._close()

    def _select(self, key: ThumbnailKey) -> tuple[int, Thumbnail | None]:
        """Return this size, the next larger, or the picture itself; with the size asked for."""
        with self._reading:
            try:
                row = self._reader.execute(thumbnail_cache_schema.SELECT, key).fetchone()
            except sqlite3.DatabaseError as error:
                damage = error
            else:
                if row is None:
                    return 0, None
                if row[1] != _now():
                    self._stale.add(row[0])
                return row[2], Thumbnail.of(row[3:])
        with self._writing:
            self._heal(damage)
        return 0, None  # render it again

    def _note_looks(self) -> None:
        with self._reading:
            stale, self._stale = self._stale, set()
        if not stale:
            return
        now = _now()
        with self._writing:
            try:
                with self._writer:
                    self._writer.execute("BEGIN IMMEDIATE")
                    self._writer.executemany(
                        thumbnail_cache_schema.TOUCH, [(now, id_) for id_ in stale]
                    )
            except sqlite3.DatabaseError as error:
                self._heal(error)

    def _make_room(self) -> None:
        excess = (
            self._writer.execute(thumbnail_cache_schema.SELECT_TOTAL).fetchone()[0]
            - self.limit_bytes
        )
        ids = []
        if excess > 0:
            for id_, size in self._writer.execute(
                thumbnail_cache_schema.SELECT_OLDEST, (DROPPED_AT_ONCE,)
            ):
                if excess <= 0:
                    break
                excess -= size
                ids.append((id_,))
        self._writer.executemany(thumbnail_cache_schema.DELETE, ids)

    def _heal(self, error: sqlite3.DatabaseError) -> None:
        """Begin a new file where the old one is damaged; the caller holds the writing lock."""
        _log.debug("a thumbnail is not kept or not found", exc_info=error)
        if not thumbnail_cache_schema.is_damage(error):
            return
        with self._reading:
            self._close()
            self._stale.clear()
            self._reader, self._writer = thumbnail_cache_schema.make_anew(self._path)

    def _close(self) -> None:
        for connection in (self._reader, self._writer):
            with suppress(sqlite3.DatabaseError):
                connection.close()


def _now() -> int:
    return int(time.time() // USED_STEP_S)
