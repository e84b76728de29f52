"""Exchange of the journal with the bucket.

Any step may be the last one of a process, and any response may be lost: an object's bytes never
change, so writing it again is harmless, and taking it in again changes nothing.

New objects are found without listing everything. A writer's sequence has no gaps, so one read of
its next key shows whether there is more; the writers come from a listing that ends at the next
``/``. Starting a listing after a key is not used: services order keys differently (IBM's is not by
bytes), and what lies before the start would be missed. A small journal is listed whole, which is a
single request.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from typing import TypeVar

from cloudanno_desktop.bucket.atomic import create
from cloudanno_desktop.bucket.bucket import Bucket, PutOptions
from cloudanno_desktop.bucket.bulk import exists
from cloudanno_desktop.bucket.errors import ObjectMissing
from cloudanno_desktop.labels.journal import local_journal
from cloudanno_desktop.labels.journal.hlc import moment
from cloudanno_desktop.labels.journal.last_time import is_near
from cloudanno_desktop.labels.journal.operations import (
    JournalObject,
    JournalUnreadable,
    decode_object,
    object_key,
    parse_key,
)
from cloudanno_desktop.labels.journal.skipped import SkippedObject, skipped_objects, store_skipped
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.progress import Progress
from cloudanno_desktop.project_keys import JOURNAL

_log = logging.getLogger(__name__)

JOURNAL_TYPE = "application/x-ndjson"
LISTED_WHOLE = 500  # objects; a listing of so many costs about as much as some reads
AT_ONCE = 8  # reads side by side
IN_TRANSACTION = 64  # objects
GAP = 100  # missing objects in a row, beyond which a writer's sequence ends
MISSING = "it is missing"
FAR = (
    "The clock of {author}’s computer was set to {year} while labeling. Those changes count; "
    "other clocks do not follow it."
)


T = TypeVar("T")


Read = JournalObject | SkippedObject | None


class _WriterTaken(Exception):
    """Another program writes under this database’s writer id."""


class Exchange:
    """Sends own journal objects and takes in those of others; ``far`` warns of wrong clocks."""

    def __init__(self, bucket: Bucket, store: LabelStore, parallel: int = AT_ONCE) -> None:
        self._bucket = bucket
        self._store = store
        self._parallel = parallel
        self._checked_writer = ""
        self.far: dict[str, None] = {}

    def push(self) -> int:
        """Write the operations that are not in the bucket yet; return their number."""
        with self._store.taking() as writing:
            pending = local_journal.pending(writing.connection)
            if not pending:
                return 0
            local_journal.close_object(writing.connection)
        try:
            self._push_objects()
        except _WriterTaken:
            _log.info("a copy of this database has written; it goes on as a new writer")
            with self._store.taking() as writing:
                local_journal.renew_writer(writing.connection)
            self._push_objects()
        return pending

    def pull(self) -> int:
        """Take in what other writers added since the last time; return the number of operations.

        Objects of the own writer id that this database did not write come from a copy of it; it
        goes on as a new writer then. What is missing or unreadable is skipped and retried (see
        ``skipped``).
        """
        taken = local_journal.taken_sequences(self._store.database.reader())
        if sum(taken.values()) < LISTED_WHOLE:
            listed = self._list()
            self._renew_if(lambda own, sequence: max(listed.get(own, {0})) >= sequence)
            news = {writer for writer in listed if max(listed[writer]) > taken.get(writer, 0)}
        else:
            listed = {}
            self._renew_if(self._has)
            news = self._having_more(self._writers() | set(taken), taken)
        news.discard(self._own_writer())
        total = self._retry_skipped()
        for writer in sorted(news):
            first = taken.get(writer, 0) + 1
            last = _reach(first, listed[writer]) if writer in listed else None
            total += sum(self._take_writer(writer, first, last))
        return total

    def fetch_history(self, progress: Progress) -> int:
        """Read the journal objects that a snapshot replaced; return their number.

        Raises:
            JournalBroken: one is damaged; what was read before stays.
        """
        missing = local_journal.missing_objects(self._store.database.reader())
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
                local_journal.note_complete(writing.connection, writer)
        return done

    def _push_objects(self) -> None:
        with self._store.taking() as writing:
            waiting = local_journal.waiting_objects(writing.connection)
        for item in waiting:
            self._deliver(item)
            with self._store.taking() as writing:
                local_journal.mark_flushed(writing.connection, item)

    def _deliver(self, item: local_journal.WaitingObject) -> None:
        """Create one object; first check the writer, as services may ignore conditions."""
        if self._checked_writer != item.writer:
            self._check_writer(item)
            self._checked_writer = item.writer
        key = object_key(item.writer, item.sequence)
        if create(self._bucket, key, item.body, PutOptions(JOURNAL_TYPE)) != item.body:
            raise _WriterTaken

    def _check_writer(self, first: local_journal.WaitingObject) -> None:
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
        if has(local_journal.own_writer(reader), local_journal.open_sequence(reader)):
            with self._store.taking() as writing:
                local_journal.renew_writer(writing.connection)

    def _has(self, writer: str, sequence: int) -> bool:
        return exists(self._bucket, object_key(writer, sequence))

    def _own_writer(self) -> str:
        return local_journal.own_writer(self._store.database.reader())

    def _having_more(self, writers: set[str], taken: dict[str, int]) -> set[str]:
        others = sorted(writers - {self._own_writer()})
        places = [(writer, taken.get(writer, 0) + 1) for writer in others]
        replies = self._side_by_side(self._has, places)
        return {writer for (writer, _), has in zip(places, replies, strict=True) if has}

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

    def _retry_skipped(self) -> int:
        """Retry some of the skipped objects, in turn; return the number of operations."""
        skipped = skipped_objects(self._store.database.reader())
        if not skipped:
            return 0
        looked, rest = skipped[:AT_ONCE], skipped[AT_ONCE:]
        places = [(item.writer, item.sequence) for item in looked]
        found = list(self._side_by_side(self._read, places))
        objects = [item for item in found if isinstance(item, JournalObject)]
        whole = [(item.header.writer, item.header.sequence) for item in objects]
        if objects or rest:
            still = [item for item in looked if (item.writer, item.sequence) not in whole]
            with self._store.taking() as writing:
                store_skipped(writing.connection, (*rest, *still))
        return self._take(objects, ())

    def _take_writer(self, writer: str, sequence: int, last: int | None) -> Iterator[int]:
        """Take in a writer’s objects up to the last that is there; yield counts."""
        size = IN_TRANSACTION if last else 1
        while True:
            end = sequence + size if last is None else min(sequence + size, last + 1)
            numbers = range(sequence, end)
            found = list(self._side_by_side(self._read, [(writer, number) for number in numbers]))
            if last is None:
                found = list(takewhile(lambda item: item is not None, found))
            while found and found[-1] is None:
                found.pop()  # listed but not readable yet: next time
            missing = [
                SkippedObject(writer, number, MISSING)
                for number, item in zip(numbers, found, strict=False)
                if item is None
            ]
            objects = [item for item in found if isinstance(item, JournalObject)]
            yield self._take(
                objects, [*missing, *(x for x in found if isinstance(x, SkippedObject))]
            )
            if len(found) < size:
                return
            sequence, size = sequence + size, min(2 * size, IN_TRANSACTION)

    def _take(self, objects: Sequence[JournalObject], skipped: Sequence[SkippedObject]) -> int:
        if not objects and not skipped:
            return 0
        with self._store.taking() as writing:
            local_journal.close_object(writing.connection)
            if skipped:
                store_skipped(writing.connection, (*skipped_objects(writing.connection), *skipped))
            taken = sum(writing.take(item) for item in objects)
        self.far.update(dict.fromkeys(_far_clocks(objects)))
        return taken

    def _keep_history(self, found: Iterable[Read]) -> None:
        with self._store.taking() as writing:
            for item in found:
                if isinstance(item, SkippedObject):
                    raise item.error()
                if item is not None:
                    local_journal.take(writing.connection, item)

    def _read(self, writer: str, sequence: int) -> Read:
        try:
            body = self._bucket.get(object_key(writer, sequence)).body
            return decode_object(body, writer, sequence)
        except ObjectMissing:
            return None
        except JournalUnreadable as error:
            return SkippedObject(writer, sequence, str(error))

    def _side_by_side(
        self, ask: Callable[[str, int], T], places: Iterable[tuple[str, int]]
    ) -> Iterator[T]:
        """Call ``ask`` for several objects in parallel; results are in the order of places."""
        needed = list(places)
        if self._parallel == 1 or len(needed) < 2:
            yield from (ask(*place) for place in needed)
            return
        with ThreadPoolExecutor(self._parallel, "journal") as pool:
            yield from pool.map(lambda place: ask(*place), needed)


def _reach(first: int, listed: set[int]) -> int:
    """Return the last number of a sequence from ``first`` on, across small gaps."""
    last = first - 1
    for number in sorted(number for number in listed if number >= first):
        if number - last > GAP:
            break
        last = number
    return last


def _far_clocks(objects: Iterable[JournalObject]) -> Iterator[str]:
    for item in objects:
        for operation in item.operations:
            if not is_near(operation.clock):
                year = moment(operation.clock).year
                yield FAR.format(author=operation.author, year=year)
