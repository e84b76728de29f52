"""Detects programs that write an annotation file without rereading it.

A file that was held in memory contains our labels up to some moment: that of our latest change in
it. What we changed later is missing because it was not known, not because it was removed. Files
older than the journal are known to everyone. When in doubt (only the very latest change is
missing) nothing is removed: a label that comes back is noticed, one that is lost is not.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudanno_desktop.labels.annotations.format import Content
from cloudanno_desktop.labels.annotations.rows import EVER, label_ids_by_key
from cloudanno_desktop.labels.journal import hlc
from cloudanno_desktop.labels.transaction import Transaction

CHANGED = """
SELECT image.key, max(o.stamp), o.id FROM (
    SELECT image_id, operation_id FROM label_pair
    UNION ALL SELECT image_id, operation_id FROM label_clear) AS register
JOIN label_operation AS o ON o.id = register.operation_id
JOIN image ON image.id = register.image_id
GROUP BY register.image_id
"""
# Where the author is not known, the operation is no evidence.
NOT_OURS = """
SELECT id FROM label_operation
WHERE body IS NULL OR instr(body, CAST('"author":"external"' AS BLOB))
"""
NAMED = "SELECT name, name_stamp FROM label"


@dataclass(frozen=True, slots=True)
class StaleWriter:
    """For each key it did not know the label ids that the image ever had; names of labels."""

    images: Mapping[str, frozenset[str]] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()


def what_they_did_not_know(writing: Transaction, base: Content, theirs: Content) -> StaleWriter:
    """Return what changed here after our latest change that is in their file."""
    changed = _changed(writing.connection)
    not_ours = {row[0] for row in writing.connection.execute(NOT_OURS)}
    seen = (
        changed[key][0]
        for key, names in theirs.images.items()
        if names == base.images.get(key) and key in changed and changed[key][1] not in not_ours
    )
    latest = max(seen, default=f"{hlc.ZERO}~")
    later = {key for key, (stamp, _) in changed.items() if stamp > latest}
    named = writing.connection.execute(NAMED).fetchall()
    labels = frozenset(name for name, stamp in named if stamp > latest)
    if not later:
        return StaleWriter({}, labels)
    ever = label_ids_by_key(writing.connection, writing.catalog(), EVER)
    return StaleWriter({key: frozenset(ever.get(key, ())) for key in later}, labels)


def _changed(connection: sqlite3.Connection) -> dict[str, tuple[str, int]]:
    """Return for each image the stamp and id of the operation that changed it last."""
    return {key: (stamp, number) for key, stamp, number in connection.execute(CHANGED)}
