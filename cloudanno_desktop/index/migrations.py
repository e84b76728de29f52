"""The schema of the index: one row for each image key ever seen.

``id`` is given once and never changes; ``present`` is 0 for a key that labels name but the bucket
does not hold (yet, or any more). ``scan`` is the number of the upload that last wrote the row, 0
for a row that came from a listing. ``index_state`` keeps what would otherwise be counted again and
again: ``images`` and ``bytes`` of the present rows, ``generation`` and ``uploads`` counters, and
``order``, all ids in key order. ``waiting_deletion`` names what was deleted here and is still in
the bucket, ``image_pixels`` the sizes of the pictures that were decoded. ``tag`` names the
bytes of an image, 0 where none were seen (see ``byte_tags.py``). ``kept_prefix`` is read only where
no window has written the choice of ``offline_prefixes.py`` yet.
"""

from cloudanno_desktop.database import Migration

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
    Migration(
        "index-2",
        (
            # Covers the list of all ids in order and the search in keys.
            "CREATE INDEX image_present ON image (key) WHERE present = 1",
            """INSERT INTO index_state VALUES
                ('images', 0), ('bytes', 0), ('generation', 0), ('uploads', 0)""",
        ),
    ),
    Migration(
        "index-offline",
        (
            """CREATE TABLE waiting_deletion (
                image_id INTEGER PRIMARY KEY,
                etag TEXT NOT NULL,
                into_trash INTEGER NOT NULL
            )""",
            "CREATE TABLE kept_prefix (prefix TEXT PRIMARY KEY) WITHOUT ROWID",
        ),
    ),
    Migration(
        "index-pixels",
        (
            """CREATE TABLE image_pixels (
                image_id INTEGER PRIMARY KEY, width INTEGER NOT NULL, height INTEGER NOT NULL
            )""",
            """CREATE TRIGGER image_changed AFTER UPDATE OF etag ON image
                WHEN old.etag != new.etag
                BEGIN DELETE FROM image_pixels WHERE image_id = old.id; END""",
        ),
    ),
    Migration("index-tags", ("ALTER TABLE image ADD COLUMN tag INTEGER NOT NULL DEFAULT 0",)),
)
