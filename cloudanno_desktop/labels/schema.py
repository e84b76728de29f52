"""The schema of the labels, in the same file as the index.

``label_operation`` is the local copy of all journals; the other tables are the registers that it
adds up to. A register names the operation that wrote it last, so stamps are stored once. Rows of
``label_object`` with ``flushed = 0`` are not in the bucket yet.

``LabelIndex`` knows which images carry a label and reads the pairs in their own order; so they
need no index by label, which would double the time of writing them.

What came from a snapshot has operations without ``body``: only those that registers name are here.
``label_writer.base`` is the last sequence of a writer whose objects are known that way.
"""

from cloudanno_desktop.database import Migration
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS
from cloudanno_desktop.transfers.schema import TRANSFER_MIGRATIONS

NOTE_CHANGED = """
    INSERT OR IGNORE INTO label_changed SELECT new.image_id, new.label_no FROM image
        WHERE id = new.image_id AND tag NOT IN (0, new.seen) AND new.seen != 0;
"""

LABEL_MIGRATIONS = (
    Migration(
        "labels-1",
        (
            """CREATE TABLE label_writer (
                no INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                taken INTEGER NOT NULL DEFAULT 0,
                seen INTEGER NOT NULL DEFAULT 0
            )""",
            """CREATE TABLE label_object (
                writer_no INTEGER NOT NULL,
                sequence INTEGER NOT NULL,
                seen TEXT NOT NULL,
                flushed INTEGER NOT NULL,
                PRIMARY KEY (writer_no, sequence)
            ) WITHOUT ROWID""",
            "CREATE INDEX label_object_waiting ON label_object (sequence) WHERE flushed = 0",
            """CREATE TABLE label_operation (
                id INTEGER PRIMARY KEY,
                stamp TEXT NOT NULL UNIQUE,
                writer_no INTEGER NOT NULL,
                sequence INTEGER NOT NULL,
                position INTEGER NOT NULL,
                body BLOB NOT NULL,
                UNIQUE (writer_no, sequence, position)
            )""",
            """CREATE TABLE label (
                no INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                created INTEGER NOT NULL DEFAULT 0,
                name TEXT NOT NULL DEFAULT '', name_stamp TEXT NOT NULL DEFAULT '',
                color TEXT NOT NULL DEFAULT '', color_stamp TEXT NOT NULL DEFAULT '',
                position REAL NOT NULL DEFAULT 0, position_stamp TEXT NOT NULL DEFAULT '',
                deleted INTEGER NOT NULL DEFAULT 0, deleted_stamp TEXT NOT NULL DEFAULT '',
                merged_into TEXT NOT NULL DEFAULT '', merged_into_stamp TEXT NOT NULL DEFAULT ''
            )""",
            """CREATE TABLE label_name (
                name TEXT NOT NULL,
                label_no INTEGER NOT NULL,
                PRIMARY KEY (name, label_no)
            ) WITHOUT ROWID""",
            """CREATE TABLE label_pair (
                image_id INTEGER NOT NULL,
                label_no INTEGER NOT NULL,
                is_on INTEGER NOT NULL,
                operation_id INTEGER NOT NULL,
                shown INTEGER NOT NULL,
                PRIMARY KEY (image_id, label_no)
            ) WITHOUT ROWID""",
            "CREATE INDEX label_pair_shown ON label_pair (label_no, image_id) WHERE shown = 1",
            """CREATE INDEX label_pair_beaten ON label_pair (image_id)
                WHERE is_on = 1 AND shown = 0""",
            """CREATE TABLE label_clear (
                image_id INTEGER NOT NULL,
                writer_no INTEGER NOT NULL,
                operation_id INTEGER NOT NULL,
                PRIMARY KEY (image_id, writer_no)
            ) WITHOUT ROWID""",
            """CREATE TABLE label_mark (
                image_id INTEGER NOT NULL,
                name TEXT NOT NULL,
                value TEXT NOT NULL,
                operation_id INTEGER NOT NULL,
                PRIMARY KEY (image_id, name)
            ) WITHOUT ROWID""",
            "CREATE TABLE label_state (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
        ),
    ),
    Migration(
        "labels-2",
        (
            "ALTER TABLE label_writer ADD COLUMN base INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE label_writer ADD COLUMN author TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE label_writer ADD COLUMN clock TEXT NOT NULL DEFAULT ''",
            """CREATE TABLE label_operation_2 (
                id INTEGER PRIMARY KEY,
                stamp TEXT NOT NULL,
                writer_no INTEGER NOT NULL,
                sequence INTEGER NOT NULL,
                position INTEGER NOT NULL,
                body BLOB,
                UNIQUE (writer_no, sequence, position)
            )""",
            """INSERT INTO label_operation_2 SELECT id, stamp, writer_no, sequence, position, body
                FROM label_operation""",
            "DROP TABLE label_operation",
            "ALTER TABLE label_operation_2 RENAME TO label_operation",
        ),
    ),
    Migration(
        "labels-3",
        (
            "ALTER TABLE label ADD COLUMN negative INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE label ADD COLUMN negative_stamp TEXT NOT NULL DEFAULT ''",
            """CREATE INDEX label_mark_set ON label_mark (name, value, image_id)
                WHERE value != ''""",
        ),
    ),
    Migration(
        "labels-4",
        (
            "DROP INDEX label_pair_shown",
            """CREATE TABLE label_pair_2 (
                image_id INTEGER NOT NULL,
                label_no INTEGER NOT NULL,
                operation_id INTEGER NOT NULL,
                is_on INTEGER NOT NULL DEFAULT 1,
                shown INTEGER NOT NULL DEFAULT 1,
                PRIMARY KEY (image_id, label_no)
            ) WITHOUT ROWID""",
            """INSERT INTO label_pair_2
                SELECT image_id, label_no, operation_id, is_on, shown FROM label_pair""",
            "DROP TABLE label_pair",
            "ALTER TABLE label_pair_2 RENAME TO label_pair",
            """CREATE INDEX label_pair_beaten ON label_pair (image_id)
                WHERE is_on = 1 AND shown = 0""",
        ),
    ),
    Migration(
        "labels-5",
        (
            "ALTER TABLE label_pair ADD COLUMN seen INTEGER NOT NULL DEFAULT 0",
            """CREATE TABLE label_changed (
                image_id INTEGER NOT NULL,
                label_no INTEGER NOT NULL,
                PRIMARY KEY (image_id, label_no)
            ) WITHOUT ROWID""",
            f"""CREATE TRIGGER label_pair_added AFTER INSERT ON label_pair WHEN new.seen != 0
                BEGIN {NOTE_CHANGED} END""",
            f"""CREATE TRIGGER label_pair_seen AFTER UPDATE OF seen ON label_pair
                BEGIN
                    DELETE FROM label_changed
                        WHERE image_id = new.image_id AND label_no = new.label_no;
                    {NOTE_CHANGED}
                END""",
            """CREATE TRIGGER image_tag AFTER UPDATE OF tag ON image WHEN old.tag != new.tag
                BEGIN
                    DELETE FROM label_changed WHERE image_id = new.id;
                    INSERT INTO label_changed SELECT image_id, label_no FROM label_pair
                        WHERE new.tag != 0 AND image_id = new.id AND seen NOT IN (0, new.tag);
                    UPDATE label_state SET value = value + 1 WHERE name = 'revision'
                        AND EXISTS (SELECT 1 FROM label_pair WHERE image_id = new.id);
                END""",
        ),
    ),
)

# Everything that ``project.db`` holds, for whoever opens it.
PROJECT_MIGRATIONS = (*INDEX_MIGRATIONS, *LABEL_MIGRATIONS, *TRANSFER_MIGRATIONS)
