"""What the index notes when objects were deleted, without another look at the bucket."""

from collections.abc import Sequence

from cloudanno_desktop.index.image_index import NEXT_UPLOAD, ImageIndex, add_to_state, in_chunks

SELECT_PRESENT = "SELECT id, size FROM image WHERE present = 1 AND key IN ({})"
FORGET = "UPDATE image SET present = 0, scan = ? WHERE id = ?"


def record_deletion(index: ImageIndex, keys: Sequence[str]) -> None:
    """Note objects that were just deleted.

    A scan that listed the bucket before that does not bring them back.
    """
    with index.database.transaction() as connection:
        gone = list(in_chunks(connection, SELECT_PRESENT, keys))
        if not gone:
            return
        (number,) = connection.execute(NEXT_UPLOAD).fetchone()
        connection.executemany(FORGET, ((number, image_id) for image_id, _ in gone))
        add_to_state(connection, "images", -len(gone))
        add_to_state(connection, "bytes", -sum(size for _, size in gone))
        add_to_state(connection, "generation", 1)
