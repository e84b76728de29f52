"""A project that an older version kept on this computer."""

from cloudanno_desktop.database import Database
from cloudanno_desktop.labels.schema import LABEL_MIGRATIONS, PROJECT_MIGRATIONS

NEW_STEPS = {migration.name for migration in LABEL_MIGRATIONS[3:]}
BEFORE = tuple(migration for migration in PROJECT_MIGRATIONS if migration.name not in NEW_STEPS)


def test_labels_that_an_older_version_kept_here_stay(tmp_path):
    old = Database(tmp_path / "project.db", BEFORE)
    with old.transaction() as connection:
        columns = "(image_id, label_no, is_on, operation_id, shown)"
        connection.execute(f"INSERT INTO label_pair {columns} VALUES (1, 2, 1, 7, 0)")
        connection.execute(f"INSERT INTO label_pair {columns} VALUES (3, 2, 1, 9, 1)")
    old.close()

    database = Database(tmp_path / "project.db", PROJECT_MIGRATIONS)

    kept = "SELECT image_id, label_no, is_on, operation_id, shown FROM label_pair ORDER BY image_id"
    assert database.reader().execute(kept).fetchall() == [(1, 2, 1, 7, 0), (3, 2, 1, 9, 1)]
    database.close()
