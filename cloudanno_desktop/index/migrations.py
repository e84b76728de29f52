"""The schema of the index: one row for each image key ever seen.

``id`` is given once and never changes; ``present`` is 0 for a key that labels name but the bucket
does not hold (yet, or any more).
"""

from cloudanno_desktop.index.database import Migration

INDEX_MIGRATIONS = (
    Migration(
        "index-1",
        (
            """CREATE TABLE image (
                id INTEGER PRIMARY KEY,
                key TEXT NOT NULL UNIQUE,
                size INTEGER NOT NULL DEFAULT 0,
                etag TEXT NOT NULL DEFAULT '',
                modified_s REAL NOT NULL DEFAULT 0,
                present INTEGER NOT NULL DEFAULT 0,
                scan INTEGER NOT NULL DEFAULT 0,
                problem TEXT
            )""",
            """CREATE TABLE index_state (name TEXT PRIMARY KEY, value)""",
        ),
    ),
)
