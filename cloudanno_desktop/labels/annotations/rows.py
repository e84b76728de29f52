"""The content of the annotation files: the labels of the database by name.

Images that are not in the bucket (yet) are written too, so that nothing of an old file is lost;
only those marked as deleted are left out, and those whose bytes changed since they were labeled.
"""

import sqlite3
from collections.abc import Iterator
from functools import cache

from cloudanno_desktop.labels.catalog import Catalog
from cloudanno_desktop.labels.journal.sql_registers import DELETED_MARK

ASSIGNED = f"""
SELECT image.key, p.labels FROM (
    SELECT image_id, group_concat(label_no) AS labels FROM label_pair
    WHERE {{condition}} GROUP BY image_id) AS p
JOIN image ON image.id = p.image_id
WHERE NOT EXISTS (
    SELECT 1 FROM label_mark AS m
    WHERE m.image_id = p.image_id AND m.name = '{DELETED_MARK}' AND m.value != '')
"""
IN_ORDER = f"""
SELECT i.key, group_concat(p.label_no)
FROM image AS i INDEXED BY sqlite_autoindex_image_1
CROSS JOIN label_pair AS p ON p.image_id = i.id AND p.shown = 1
WHERE NOT EXISTS (
    SELECT 1 FROM label_mark AS m
    WHERE m.image_id = i.id AND m.name = '{DELETED_MARK}' AND m.value != '')
AND NOT EXISTS (
    SELECT 1 FROM label_changed AS c
    WHERE c.image_id = i.id AND c.label_no = p.label_no AND i.present = 1)
GROUP BY i.key ORDER BY i.key
"""
SHOWN = ASSIGNED.format(condition="shown = 1")
EVER = ASSIGNED.format(condition="1")
NAMES = "SELECT name, label_no FROM label_name"


def current_rows(
    connection: sqlite3.Connection, catalog: Catalog
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield image keys with their label names, sorted by key."""
    names = {label.id: label.name for label in catalog.shown}

    @cache
    def named(labels: str) -> tuple[str, ...]:
        ids = catalog.in_order(catalog.id_of(int(no)) for no in labels.split(","))
        return tuple(dict.fromkeys(names[label_id] for label_id in ids))

    for key, labels in connection.execute(IN_ORDER):
        if found := named(labels):
            yield key, found


def current_names(catalog: Catalog) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label.name for label in catalog.shown))


def label_ids_by_key(
    connection: sqlite3.Connection, catalog: Catalog, statement: str
) -> dict[str, tuple[str, ...]]:
    """Return the raw label ids of each image: those that show, or all it ``EVER`` had."""

    @cache
    def ids(labels: str) -> tuple[str, ...]:
        return tuple(catalog.id_of(int(no)) for no in labels.split(","))

    return {key: ids(labels) for key, labels in connection.execute(statement)}


def past_names(connection: sqlite3.Connection, catalog: Catalog) -> dict[str, str | None]:
    """Return the shown label each name ever used means now; ``None`` if all are deleted."""
    meaning: dict[str, str | None] = {}
    for name, no in connection.execute(NAMES):
        meaning[name] = catalog.root(catalog.id_of(no)) or meaning.get(name)
    return meaning | {label.name: label.id for label in reversed(catalog.shown)}
