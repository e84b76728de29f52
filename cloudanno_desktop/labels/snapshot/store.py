"""Snapshots in the bucket: a shortcut to the current state; the journal stays authoritative.

Anyone may write one, under a key of its own. A reader takes the newest that it can use and then
only the journal after it; one that is damaged, foreign or newer is skipped. Each writer deletes
only its own superseded ones, a day later, when they are no longer read.
"""

import logging
from dataclasses import dataclass

import msgspec

from cloudanno_desktop.bucket.atomic import create
from cloudanno_desktop.bucket.bucket import Bucket, PutOptions
from cloudanno_desktop.bucket.bulk import exists, objects_below
from cloudanno_desktop.bucket.errors import ObjectMissing
from cloudanno_desktop.labels.journal import hlc, local_journal
from cloudanno_desktop.labels.journal.last_time import is_near
from cloudanno_desktop.labels.journal.operations import object_key
from cloudanno_desktop.labels.snapshot.format import (
    SnapshotHeader,
    SnapshotUnusable,
    parse_key,
    read_header,
    snapshot_key,
)
from cloudanno_desktop.labels.snapshot.write import NotAllSent, pack_snapshot
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.project_keys import SNAPSHOTS

_log = logging.getLogger(__name__)

SNAPSHOT_TYPE = "application/zstd"
HEADER_BYTES = 1 << 16
GRACE_MS = 24 * 3600 * 1000
TRIED = 5  # of those that cannot be used

BYTES_SINCE = """
SELECT coalesce(sum(length(body)), 0) FROM label_operation WHERE writer_no = ? AND sequence > ?
"""
WRITERS = "SELECT no, id, taken FROM label_writer WHERE taken > 0"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a snapshot is worth writing or reading."""

    objects: int = 500  # that a newcomer would read besides the last snapshot
    bytes: int = 1_000_000
    read: int = 20  # objects that reading it must save; a newcomer always reads

    def at_close(self) -> "Thresholds":
        """Return the limits at the end of a session, when the user does not wait."""
        return Thresholds(self.objects // 5, self.bytes // 5, self.read)


USUAL = Thresholds()


class Known(msgspec.Struct, frozen=True):
    """The newest snapshot that this database knows of."""

    clock: str = hlc.ZERO
    size: int = 0
    included: dict[str, int] = {}  # sequence of each writer that is in it
    own: tuple[str, ...] = ()  # clocks of own snapshots that still exist


class Snapshots:
    def __init__(self, bucket: Bucket, store: LabelStore, thresholds: Thresholds = USUAL) -> None:
        self._bucket = bucket
        self._store = store
        self._thresholds = thresholds

    def take_newest(self) -> bool:
        """Join the newest usable snapshot if it saves reading; say whether one was joined."""
        for time in self._listed()[:TRIED]:
            if time <= self._known().clock:
                return False
            try:
                return self._take(time)
            except (SnapshotUnusable, ObjectMissing) as error:
                _log.info("snapshot %s is skipped: %s", time, error)
        return False

    def write_if_due(self, *, closing: bool = False) -> bool:
        """Write a snapshot if the journal grew enough since the last; say whether it did."""
        limits = self._thresholds.at_close() if closing else self._thresholds
        if self._store.read_only_reason or not self._is_due(limits):
            return False
        self._note_newer()
        return self._is_due(limits) and self._write()

    def _take(self, time: str) -> bool:
        size, header = self._begin(time)
        if not self._is_worth_reading(header):
            self._remember(time, size, header)
            return False
        self._check(header)
        self._leave_a_copied_writer(header)
        body = self._bucket.get(snapshot_key(time)).body
        with self._store.taking() as writing:
            local_journal.close_object(writing.connection)
            writing.join(body)
        _log.info("snapshot %s is taken in", time)
        self._remember(time, size, header)
        return True

    def _begin(self, time: str) -> tuple[int, SnapshotHeader]:
        size = self._bucket.head(snapshot_key(time)).size
        start = self._bucket.get_range(snapshot_key(time), 0, min(size, HEADER_BYTES))
        return size, read_header(start)

    def _is_worth_reading(self, header: SnapshotHeader) -> bool:
        """Say whether a snapshot saves much reading, as it does in an empty database."""
        taken = local_journal.taken_sequences(self._store.database.reader())
        saved = sum(max(0, one.sequence - taken.get(one.id, 0)) for one in header.writers)
        return saved >= self._thresholds.read or not any(taken.values())

    def _check(self, header: SnapshotHeader) -> None:
        """Refuse a snapshot that goes further than the journal beside it, as after a restore."""
        for writer in header.writers:
            if not exists(self._bucket, object_key(writer.id, writer.sequence)):
                raise SnapshotUnusable("it is not of this journal")

    def _leave_a_copied_writer(self, header: SnapshotHeader) -> None:
        """Go on as a new writer where a copy of this database got ahead of it."""
        with self._store.taking() as writing:
            own = local_journal.own_writer(writing.connection)
            further = {writer.id: writer.sequence for writer in header.writers}.get(own, 0)
            if further >= local_journal.open_sequence(writing.connection):
                local_journal.renew_writer(writing.connection)

    def _is_due(self, limits: Thresholds) -> bool:
        known, objects, size = self._known(), 0, 0
        reader = self._store.database.reader()
        for no, writer, taken in reader.execute(WRITERS).fetchall():
            since = known.included.get(writer, 0)
            if taken > since:
                objects += taken - since
                size += reader.execute(BYTES_SINCE, (no, since)).fetchone()[0]
        return objects >= limits.objects or size >= max(limits.bytes, known.size // 2)

    def _note_newer(self) -> None:
        """Note a snapshot that another program wrote."""
        for time in self._listed()[:TRIED]:
            if time <= self._known().clock:
                return
            try:
                size, header = self._begin(time)
            except (SnapshotUnusable, ObjectMissing) as error:
                _log.info("snapshot %s is skipped: %s", time, error)
                continue
            self._remember(time, size, header)
            return

    def _write(self) -> bool:
        time = hlc.next_time(self._known().clock)
        try:
            header, body = pack_snapshot(self._store.database.reader(), time)
        except NotAllSent:
            _log.debug("no snapshot yet, as operations wait to be sent")
            return False
        if create(self._bucket, snapshot_key(time), body, PutOptions(SNAPSHOT_TYPE)) != body:
            return False
        _log.info("snapshot %s of %d bytes is written", time, len(body))
        self._remember(time, len(body), header, own=True)
        self._prune()
        return True

    def _prune(self) -> None:
        known = self._known()
        limit = hlc.next_time(hlc.ZERO, hlc.wall_ms() - GRACE_MS)
        old = [time for time in known.own if time < min(limit, known.clock)]
        if old:
            failed = {failure.key for failure in self._bucket.delete([*map(snapshot_key, old)])}
            own = tuple(x for x in known.own if x not in old or snapshot_key(x) in failed)
            self._save(msgspec.structs.replace(known, own=own))

    def _listed(self) -> list[str]:
        """Return the clocks of the snapshots, the newest first; none of the far future."""
        keys = (entry.key for entry in objects_below(self._bucket, SNAPSHOTS))
        return sorted((x for x in map(parse_key, keys) if x and is_near(x)), reverse=True)

    def _remember(self, time: str, size: int, header: SnapshotHeader, *, own: bool = False) -> None:
        known = self._known()
        included = {writer.id: writer.sequence for writer in header.writers}
        self._save(Known(time, size, included, (*known.own, time) if own else known.own))

    def _known(self) -> Known:
        packed = local_journal.get_state(self._store.database.reader(), "snapshot")
        return msgspec.json.decode(packed, type=Known) if packed else Known()

    def _save(self, known: Known) -> None:
        with self._store.taking() as writing:
            local_journal.set_state(writing.connection, "snapshot", msgspec.json.encode(known))
