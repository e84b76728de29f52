"""The schema of the queue, in the same file as the index.

A row of ``transfer`` is a file that is not moved yet, or is in the bucket without its labels. A row
of ``transfer_batch`` is what one gesture asked for; it goes with its last file. No number is given
twice, for the window may still show what had it before.
"""

from cloudanno_desktop.database import Migration

TRANSFER_MIGRATIONS = (
    Migration(
        "transfers-1",
        (
            """CREATE TABLE transfer_batch (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                direction TEXT NOT NULL,
                title TEXT NOT NULL,
                existing TEXT NOT NULL,
                is_paused INTEGER NOT NULL DEFAULT 0,
                files INTEGER NOT NULL,
                bytes INTEGER NOT NULL,
                done INTEGER NOT NULL DEFAULT 0,
                skipped INTEGER NOT NULL DEFAULT 0,
                done_bytes INTEGER NOT NULL DEFAULT 0
            )""",
            """CREATE TABLE transfer (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                batch INTEGER NOT NULL,
                path BLOB NOT NULL,
                key TEXT NOT NULL,
                size INTEGER NOT NULL,
                etag TEXT NOT NULL,
                labels TEXT NOT NULL,
                existing TEXT NOT NULL,
                token TEXT NOT NULL,
                state TEXT NOT NULL DEFAULT 'waiting',
                reason TEXT NOT NULL DEFAULT '',
                memory TEXT NOT NULL DEFAULT '',
                image_id INTEGER
            )""",
            "CREATE INDEX transfer_of_batch ON transfer (batch)",
        ),
    ),
)
