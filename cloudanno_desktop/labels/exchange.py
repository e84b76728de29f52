"""The journal's way to the bucket and back.

Any step may be the last one of a process, and any answer may be lost: an object's bytes never
change, so writing it again is harmless, and taking it in again changes nothing.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import ClassVar

from cloudanno_desktop.bucket.bucket import Bucket, ObjectMissing
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.labels import ledger
from cloudanno_desktop.labels.journal import (
    PREFIX,
    JournalObject,
    JournalUnreadable,
    decode_object,
    object_key,
    parse_key,
)
from cloudanno_desktop.labels.once import put_once
from cloudanno_desktop.labels.store import LabelStore

JOURNAL_TYPE = "application/x-ndjson"


@dataclass(eq=False)
class JournalBroken(CloudAnnoError):
    """Another writer's journal cannot be read any further."""

    sentence: ClassVar[str] = (
        "The journal object “{key}” cannot be used: {reason}. Your own labels are safe; "
        "update CloudAnno, or restore the object from a backup."
    )

    key: str
    reason: str


class _WriterTaken(Exception):
    """Another program writes under this database's writer id."""


class Exchange:
    """Sends own journal objects and takes in those of others."""

    def __init__(self, bucket: Bucket, store: LabelStore) -> None:
        self._bucket = bucket
        self._store = store
        self._checked_writer = ""

    def push(self) -> int:
        """Write the operations that are not in the bucket yet; return their number."""
        with self._store.taking() as writing:
            count = ledger.pending(writing.connection)
            if not count:
                return 0
            ledger.close_object(writing.connection)
        try:
            self._push_objects()
        except _WriterTaken:
            with self._store.taking() as writing:
                ledger.renew_writer(writing.connection)
            self._push_objects()
        return count

    def pull(self) -> int:
        """Take in what other writers added since the last time; return the number of operations.

        Raises:
            JournalBroken: one writer's journal is damaged; all others were taken in.
        """
        listed = self._list()
        with self._store.taking() as writing:
            own = ledger.own_writer(writing.connection)
            known = int(ledger.get_state(writing.connection, "open_sequence"))
            if max(listed.get(own, {0})) >= known:  # only what is before is sent
                ledger.renew_writer(writing.connection)
            else:
                listed.pop(own, None)
            taken = ledger.taken_sequences(writing.connection)
        count, broken = 0, None
        for writer, sequences in sorted(listed.items()):
            try:
                count += self._take_writer(writer, taken.get(writer, 0), sequences)
            except JournalBroken as error:
                broken = error
        if broken:
            raise broken
        return count

    def _push_objects(self) -> None:
        with self._store.taking() as writing:
            waiting = ledger.waiting_objects(writing.connection)
        for item in waiting:
            self._deliver(item)
            with self._store.taking() as writing:
                ledger.mark_flushed(writing.connection, item)

    def _deliver(self, item: ledger.WaitingObject) -> None:
        """Put one object where services may ignore the condition, so look once before."""
        if self._checked_writer != item.writer:
            self._check_writer(item)
            self._checked_writer = item.writer
        key = object_key(item.writer, item.sequence)
        if put_once(self._bucket, key, item.body, JOURNAL_TYPE) != item.body:
            raise _WriterTaken

    def _check_writer(self, first: ledger.WaitingObject) -> None:
        sequences = self._list(f"{PREFIX}{first.writer}/").get(first.writer, set())
        later = {sequence for sequence in sequences if sequence > first.sequence}
        if later:
            raise _WriterTaken
        if first.sequence in sequences:
            key = object_key(first.writer, first.sequence)
            if self._bucket.get(key).body != first.body:
                raise _WriterTaken

    def _list(self, prefix: str = PREFIX) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for page in self._bucket.list_pages(prefix):
            for place in (parse_key(entry.key) for entry in page.objects):
                if place:
                    found[place[0]].add(place[1])
        return found

    def _take_writer(self, writer: str, taken: int, listed: set[int]) -> int:
        count, sequence = 0, taken + 1
        while sequence in listed:
            found = self._read(writer, sequence)
            if found is None:
                break
            with self._store.taking() as writing:
                ledger.close_object(writing.connection)
                count += writing.take(found)
            sequence += 1
        return count

    def _read(self, writer: str, sequence: int) -> JournalObject | None:
        key = object_key(writer, sequence)
        try:
            return decode_object(self._bucket.get(key).body, writer, sequence)
        except ObjectMissing:
            return None  # listed but not readable yet: next time
        except JournalUnreadable as error:
            raise JournalBroken(key, str(error)) from error
