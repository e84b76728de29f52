"""Pictures that other programs touched: compared by their bytes, found again under new names."""

import json
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.index.byte_tags import tags_of_content
from cloudanno_desktop.index.image_index import SET_TAG
from cloudanno_desktop.labels.edits.copy_annotations import CopyLabels
from cloudanno_desktop.labels.query import Query
from cloudanno_desktop.labels.store import LabelStore

_log = logging.getLogger(__name__)

MOST = 200  # pictures read at a time: their number is that of one request each
MOST_BYTES = 1 << 28

# Two digests of bytes that differ need no reading, nor do bytes that were read before, nor those
# of which one label says that they are what it was given to.
UNCLEAR = """
SELECT i.id, i.key, i.etag, json_group_array(p.seen) FROM label_changed AS c
CROSS JOIN label_pair AS p ON p.image_id = c.image_id AND p.label_no = c.label_no AND p.shown = 1
CROSS JOIN image AS i ON i.id = c.image_id AND i.present = 1
WHERE i.tag % 4 != 3 AND (i.tag % 4 != 1 OR p.seen % 4 != 1) AND i.size < ?
AND NOT EXISTS (SELECT 1 FROM label_pair AS o WHERE o.image_id = i.id AND o.seen = i.tag)
GROUP BY i.id LIMIT ?
"""
GONE = """
SELECT p.seen, i.id, group_concat(p.label_no) FROM image AS i
CROSS JOIN label_pair AS p ON p.image_id = i.id AND p.shown = 1
WHERE i.present = 0 AND p.seen != 0 GROUP BY i.id
"""
# Pictures without a label that may be what is gone, the likely ones first.
NEW = """
SELECT id, key, etag, ? FROM image WHERE present = 1 AND tag % 4 = 2 AND size < ?
AND NOT EXISTS (SELECT 1 FROM label_pair AS p WHERE p.image_id = image.id AND p.shown = 1)
ORDER BY size IN (SELECT size FROM image WHERE present = 0) DESC LIMIT ?
"""
FOUND = """
SELECT tag, id FROM image WHERE present = 1 AND tag IN (SELECT value FROM json_each(?))
AND NOT EXISTS (SELECT 1 FROM label_pair AS p WHERE p.image_id = image.id AND p.shown = 1)
"""


def compare_content(bucket: Bucket, store: LabelStore) -> int:
    """Read some of what seems changed where only its bytes can tell; return how many were read."""
    rows = store.database.reader().execute(UNCLEAR, (MOST_BYTES, MOST)).fetchall()
    return _read(bucket, store, rows)


def look_for_gone(bucket: Bucket, store: LabelStore) -> None:
    """Read some pictures without a label where labeled ones are gone and only bytes can tell."""
    reader = store.database.reader()
    if gone := [tag for tag, *_ in reader.execute(GONE)]:
        rows = reader.execute(NEW, (json.dumps(gone), MOST_BYTES, MOST)).fetchall()
        _read(bucket, store, rows)


def _read(bucket: Bucket, store: LabelStore, rows: Sequence[tuple[int, str, str, str]]) -> int:
    read = 0
    for image_id, key, etag, seen in rows:
        try:
            found = bucket.get(key)
        except CloudAnnoError as error:
            _log.info("“%s” cannot be compared: %s", key, error)
            continue
        if found.entry.etag != etag:
            continue  # changed once more; the next scan sees it
        tags = tags_of_content(found.body)
        known = [tag for tag in json.loads(seen) if tag in tags]
        read += 1
        with store.taking() as writing:
            writing.connection.execute(SET_TAG, (*(known or tags)[:1], image_id))
    return read


@dataclass(frozen=True, slots=True)
class OutsideChanges:
    """How many labeled pictures other programs replaced, and renamed."""

    changed: int = 0
    renamed: int = 0


def count_outside_changes(store: LabelStore, query: Query) -> OutsideChanges:
    """Count both; renamed pictures only where conflicts are on show, as it takes longer."""
    edit = renamed(store) if query.asks_conflicts else None
    return OutsideChanges(len(store.changed_ids()), len(edit.targets) if edit else 0)


def renamed(store: LabelStore) -> CopyLabels | None:
    """Return the edit that gives pictures under new names the labels that they had.

    Such a picture has no label and the bytes of one that is gone. Where the same bytes had
    different labels nothing is offered.
    """
    reader = store.database.reader()
    gone: dict[int, dict[str, int]] = defaultdict(dict)
    for tag, image_id, labels in reader.execute(GONE):
        gone[tag][labels] = image_id
    clear = {tag: next(iter(found.values())) for tag, found in gone.items() if len(found) == 1}
    rows = reader.execute(FOUND, (json.dumps([*clear]),)).fetchall() if clear else []
    pairs = [(clear[tag], image_id) for tag, image_id in rows]
    if not pairs:
        return None
    sources, targets = np.array(pairs, np.int32).T
    return CopyLabels(sources, targets, "Give labels to renamed pictures")
