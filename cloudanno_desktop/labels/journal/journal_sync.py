"""The journal's way to the bucket and back.

Any step may be the last one of a process, and any answer may be lost: an object's bytes never
change, so writing it again is harmless, and taking it in again changes nothing.

What is new is found without listing everything. A writer's sequence has no gaps, so one read of its
next key tells whether there is more; which writers there are tells a listing that ends at the next
``/``. Starting a listing after a key is not used: services order keys differently (IBM's is not by
bytes), and what lies before the start would be missed. A small journal is listed whole, which is a
single request.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import takewhile
from typing import ClassVar, TypeVar

from cloudanno_desktop.bucket.atomic import create
from cloudanno_desktop.bucket.bucket import Bucket, PutOptions
from cloudanno_desktop.bucket.bulk import exists
from cloudanno_desktop.bucket.errors import ObjectMissing
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.labels.journal import local_journal as ledger
from cloudanno_desktop.labels.journal.operations import (
    JournalObject,
    JournalUnreadable,
    decode_object,
    object_key,
    parse_key,
)
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.progress import Progress
from cloudanno_desktop.project_keys import JOURNAL

_log = logging.getLogger(__name__)

JOURNAL_TYPE = "application/x-ndjson"
LISTED_WHOLE = 500  # objects; a listing of so many costs about as much as some reads
AT_ONCE = 8  # reads side by side
IN_TRANSACTION = 64  # objects


T = TypeVar("T")


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
    """Sends own journal objects and takes in those of others.

    Args:
        parallel: how many objects are read side by side.
    """

    def __init__(self, bucket: Bucket, store: LabelStore, parallel: int = AT_ONCE) -> None:
        self._bucket = bucket
        self._store = store
        self._parallel = parallel
        self._checked_writer = ""

    def push(self) -> int:
        """Write the operations that are not in the bucket yet; return their number."""
        with self._store.taking() as writing:
            pending = ledger.pending(writing.connection)
            if not pending:
                return 0
            ledger.close_object(writing.connection)
        try:
            self._push_objects()
        except _WriterTaken:
            _log.info("a copy of this database has written; it goes on as a new writer")
            with self._store.taking() as writing:
                ledger.renew_writer(writing.connection)
            self._push_objects()
        return pending

    def pull(self) -> int:
        """Take in what other writers added since the last time; return the number of operations.

        Objects of this database's own writer that it did not write come from a copy of it; it goes
        on as a new writer then.

        Raises:
            JournalBroken: one writer's journal is damaged; all others were taken in.
        """
        taken = ledger.taken_sequences(self._store.database.reader())
        if sum(taken.values()) < LISTED_WHOLE:
            listed = self._list()
            self._renew_if(lambda own, sequence: max(listed.get(own, {0})) >= sequence)
            news = {writer for writer in listed if taken.get(writer, 0) + 1 in listed[writer]}
        else:
            listed = None
            self._renew_if(self._has)
            news = self._having_more(self._writers() | set(taken), taken)
        news.discard(self._own_writer())
        total, broken = 0, None
        for writer in sorted(news):
            known = listed[writer] if listed is not None else None
            try:
                for count in self._take_writer(writer, taken.get(writer, 0) + 1, known):
                    total += count
            except JournalBroken as error:
                _log.info("the journal of %s: %s", writer, error)
                broken = error
        if broken:
            raise broken
        return total

    def fetch_history(self, progress: Progress) -> int:
        """Read the journal objects that a snapshot stood for; return their number.

        Raises:
            JournalBroken: one is damaged; what was read before stays.
        """
        missing = ledger.missing_objects(self._store.database.reader())
        total = sum(map(len, missing.values()))
        done = 0
        for writer, sequences in missing.items():
            for start in range(0, len(sequences), IN_TRANSACTION):
                part = sequences[start : start + IN_TRANSACTION]
                found = self._side_by_side(self._read, [(writer, number) for number in part])
                self._keep_history(found)
                done += len(part)
                progress(done, total)
            with self._store.taking() as writing:
                ledger.note_complete(writing.connection, writer)
        return done

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
        if create(self._bucket, key, item.body, PutOptions(JOURNAL_TYPE)) != item.body:
            raise _WriterTaken

    def _check_writer(self, first: ledger.WaitingObject) -> None:
        if self._has(first.writer, first.sequence + 1):
            raise _WriterTaken
        try:
            stands = self._bucket.get(object_key(first.writer, first.sequence)).body
        except ObjectMissing:
            return
        if stands != first.body:
            raise _WriterTaken

    def _renew_if(self, has: Callable[[str, int], bool]) -> None:
        """Go on as a new writer if the bucket has what only the open object may become."""
        reader = self._store.database.reader()
        if has(ledger.own_writer(reader), ledger.open_sequence(reader)):
            with self._store.taking() as writing:
                ledger.renew_writer(writing.connection)

    def _has(self, writer: str, sequence: int) -> bool:
        return exists(self._bucket, object_key(writer, sequence))

    def _own_writer(self) -> str:
        return ledger.own_writer(self._store.database.reader())

    def _having_more(self, writers: set[str], taken: dict[str, int]) -> set[str]:
        others = sorted(writers - {self._own_writer()})
        places = [(writer, taken.get(writer, 0) + 1) for writer in others]
        answers = self._side_by_side(self._has, places)
        return {writer for (writer, _), has in zip(places, answers, strict=True) if has}

    def _list(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for page in self._bucket.list_pages(JOURNAL):
            for place in (parse_key(entry.key) for entry in page.objects):
                if place:
                    found.setdefault(place[0], set()).add(place[1])
        return found

    def _writers(self) -> set[str]:
        pages = self._bucket.list_pages(JOURNAL, "/")
        prefixes = (prefix for page in pages for prefix in page.prefixes)
        places = (parse_key(f"{prefix}{1:010d}.jsonl") for prefix in prefixes)
        return {place[0] for place in places if place}

    def _take_writer(self, writer: str, sequence: int, listed: set[int] | None) -> Iterator[int]:
        """Take in a writer's objects in turn, to the first that is missing; yield counts."""
        size = IN_TRANSACTION if listed else 1
        while True:
            numbers = range(sequence, sequence + size)
            there = takewhile(lambda number: listed is None or number in listed, numbers)
            found = list(self._side_by_side(self._read, [(writer, number) for number in there]))
            whole = takewhile(lambda item: isinstance(item, JournalObject), found)
            objects = [item for item in whole if isinstance(item, JournalObject)]
            yield self._take(objects)
            if len(objects) < size:
                rest = found[len(objects) :]
                if rest and isinstance(rest[0], JournalBroken):
                    raise rest[0]
                return
            sequence, size = sequence + size, min(2 * size, IN_TRANSACTION)

    def _take(self, objects: list[JournalObject]) -> int:
        if not objects:
            return 0
        with self._store.taking() as writing:
            ledger.close_object(writing.connection)
            return sum(writing.take(item) for item in objects)

    def _keep_history(self, found: Iterable["JournalObject | JournalBroken | None"]) -> None:
        with self._store.taking() as writing:
            for item in found:
                if isinstance(item, JournalBroken):
                    raise item
                if item is not None:
                    ledger.take(writing.connection, item)

    def _read(self, writer: str, sequence: int) -> "JournalObject | JournalBroken | None":
        key = object_key(writer, sequence)
        try:
            return decode_object(self._bucket.get(key).body, writer, sequence)
        except ObjectMissing:
            return None  # listed but not readable yet: next time
        except JournalUnreadable as error:
            return JournalBroken(key, str(error))

    def _side_by_side(
        self, ask: Callable[[str, int], T], places: Iterable[tuple[str, int]]
    ) -> Iterator[T]:
        """Ask for several objects at once; the answers come in the order of the places."""
        wanted = list(places)
        if self._parallel == 1 or len(wanted) < 2:
            yield from (ask(*place) for place in wanted)
            return
        with ThreadPoolExecutor(self._parallel, "journal") as pool:
            yield from pool.map(lambda place: ask(*place), wanted)
