"""Changes that other programs made to an annotation file, taken in as operations.

With a base (the file as we last saw it) the difference between base and file is what happened
outside. Without one, only what our journal has never heard of is taken in: nothing is removed and
nothing that was removed comes back. Ids and, without a base, clocks follow from the content, so
that two computers that take in the same file make the same operations.

A program that holds the file in memory and writes it without rereading may not know the base.
Those of our changes that are newer than all of ours in its file it did not know, so it did not
remove them either, and they stay.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from uuid import uuid5

from cloudanno_desktop.labels.annotations.format import Content
from cloudanno_desktop.labels.annotations.rows import EVER, SHOWN, label_ids_by_key, past_names
from cloudanno_desktop.labels.annotations.stale_writer import StaleWriter, what_they_did_not_know
from cloudanno_desktop.labels.journal import hlc, local_journal
from cloudanno_desktop.labels.journal.operations import (
    Act,
    Assigned,
    Cleared,
    LabelCreated,
    LabelDeleted,
    LabelsSet,
    Operation,
    Unassigned,
)
from cloudanno_desktop.labels.label import NAMESPACE, color_at, id_for_name
from cloudanno_desktop.labels.transaction import Transaction

AUTHOR = "external"

Ids = tuple[str, ...]
Record = Callable[[Act], None]


def take_outside(
    writing: Transaction, base: Content | None, theirs: Content, *, multi_label: bool
) -> None:
    """Record outside changes as operations of the author ``external``."""
    record = _recorder(writing, dated=base is not None)
    ids = _label_ids(writing, base, theirs, record)
    catalog = writing.catalog()
    known = label_ids_by_key(writing.connection, catalog, EVER if base is None else SHOWN)
    unaware = StaleWriter() if base is None else what_they_did_not_know(writing, base, theirs)
    old = base or Content()
    changed = [key for key in theirs.images if theirs.images[key] != old.images.get(key)]
    changed += [key for key in old.images if key not in theirs.images]
    take = _take_many if multi_label else _take_single
    root = writing.catalog().root  # with the labels that were just created
    for act in take(sorted(changed), _Sides(old, theirs, ids, known, unaware), root):
        record(act)
    _delete_labels(writing, old, theirs, record, unaware)


class _Sides:
    """The three sides of one difference, by label id."""

    def __init__(
        self,
        base: Content,
        theirs: Content,
        ids: Mapping[str, str],
        known: Mapping[str, Ids],
        unaware: StaleWriter,
    ) -> None:
        self._base = base
        self._theirs = theirs
        self._ids = ids
        self._known = known
        self._unaware = unaware

    def base(self, key: str) -> Ids:
        return self._named(self._base.images.get(key, ()))

    def theirs(self, key: str) -> Ids:
        """Return the labels in their file; only new ones where they did not know ours."""
        labels = self._named(self._theirs.images.get(key, ()))
        if key not in self._unaware.images:
            return labels
        new = tuple(label for label in labels if label not in self._unaware.images[key])
        return new or self.base(key)

    def known(self, key: str) -> Ids:
        return self._known.get(key, ())

    def _named(self, names: Iterable[str]) -> Ids:
        return tuple(dict.fromkeys(self._ids[name] for name in names if name in self._ids))


def _take_many(keys: list[str], sides: _Sides, root: Callable[[str], str | None]) -> Iterable[Act]:
    added: dict[Ids, list[str]] = defaultdict(list)
    removed: dict[Ids, list[str]] = defaultdict(list)
    for key in keys:
        base, theirs, known = sides.base(key), sides.theirs(key), sides.known(key)
        roots = {root(label) for label in known}
        new = tuple(x for x in theirs if x not in base and x not in roots)
        gone = {x for x in base if x not in theirs}
        added[new].append(key)
        removed[tuple(sorted(x for x in known if root(x) in gone))].append(key)
    yield from (Assigned(labels, tuple(found)) for labels, found in added.items() if labels)
    yield from (Unassigned(labels, tuple(found)) for labels, found in removed.items() if labels)


def _take_single(
    keys: list[str], sides: _Sides, root: Callable[[str], str | None]
) -> Iterable[Act]:
    keys_by_labels: dict[Ids, list[str]] = defaultdict(list)
    for key in keys:
        theirs, known = sides.theirs(key), {root(label) for label in sides.known(key)} - {None}
        is_new = bool(set(theirs) - known)
        is_taken_away = bool(known) and not theirs and known <= set(sides.base(key))
        if is_new or is_taken_away:
            keys_by_labels[theirs].append(key)
    for labels, found in keys_by_labels.items():
        yield LabelsSet(labels, tuple(found)) if labels else Cleared(tuple(found))


def _label_ids(
    writing: Transaction, base: Content | None, theirs: Content, record: Record
) -> dict[str, str]:
    """Return the label id that each name of both files means, creating new labels."""
    catalog = writing.catalog()
    meaning = past_names(writing.connection, catalog)
    place = max((label.position for label in catalog.shown), default=0.0)
    for number, name in enumerate(theirs.labels):
        is_stale = name in meaning and (base is None or name in base.labels)
        if meaning.get(name) or is_stale:
            continue
        label_id = id_for_name(name)
        if label_id in catalog.rows:
            label_id = str(uuid5(NAMESPACE, f"{name} again {len(meaning)}"))
        record(LabelCreated(label_id, name, color_at(number), place + 1 + number))
        meaning[name] = label_id
    return {name: label_id for name, label_id in meaning.items() if label_id}


def _delete_labels(
    writing: Transaction, base: Content, theirs: Content, record: Record, unaware: StaleWriter
) -> None:
    used = {name for names in theirs.images.values() for name in names}
    gone = [
        name
        for name in base.labels
        if name not in theirs.labels and name not in used and name not in unaware.labels
    ]
    if not gone:
        return
    catalog = writing.catalog()
    carried = label_ids_by_key(writing.connection, catalog, SHOWN).values()
    still_used = {catalog.root(label) for labels in carried for label in labels}
    for name in gone:
        label = catalog.named(name)
        if label and label.id not in still_used:
            record(LabelDeleted(label.id))


def _recorder(writing: Transaction, *, dated: bool) -> Record:
    def record_now(act: Act) -> None:
        writing.record(act, author=AUTHOR)

    def record_at_the_beginning(act: Act) -> None:
        identity = str(uuid5(NAMESPACE, repr(act)))
        writing.record_operation(Operation(identity, hlc.ZERO, AUTHOR, act))

    local_journal.close_object(writing.connection)
    return record_now if dated else record_at_the_beginning
