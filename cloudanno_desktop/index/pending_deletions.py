"""Pictures that were deleted here and are still in the bucket: they wait for the network.

They are gone from the index at once, and a scan does not bring them back. A picture that someone
replaced meanwhile is another one, so it stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.bucket.bulk import find
from cloudanno_desktop.bucket.errors import DeleteFailure
from cloudanno_desktop.database import Database
from cloudanno_desktop.index.image_index import NEXT_UPLOAD, ImageIndex, add_to_state, in_chunks

NOTE = """
    INSERT OR REPLACE INTO waiting_deletion (image_id, etag, into_trash)
    SELECT id, etag, ? FROM image WHERE id = ?
"""
SELECT_PRESENT = "SELECT id, size FROM image WHERE present = 1 AND id IN ({})"
SELECT_PRESENT_KEYS = "SELECT id, size FROM image WHERE present = 1 AND key IN ({})"
HIDE = "UPDATE image SET present = 0, scan = ? WHERE id = ?"
SHOW = "UPDATE image SET present = 1, scan = ? WHERE id = ? AND present = 0 RETURNING size"
SELECT_WAITING = """
    SELECT d.image_id, i.key, d.etag, d.into_trash
    FROM waiting_deletion AS d JOIN image AS i ON i.id = d.image_id
"""
FORGET = "DELETE FROM waiting_deletion WHERE image_id = ?"
COUNT = "SELECT count(*) FROM waiting_deletion"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One picture that is still in the bucket; ``etag`` is that of what was deleted."""

    image_id: int
    key: str
    etag: str
    into_trash: bool


Delete = Callable[[Sequence[Waiting]], Sequence[DeleteFailure]]


class Deletions:
    """The queue of one project; safe to use from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __len__(self) -> int:
        (count,) = self._database.reader().execute(COUNT).fetchone()
        return int(count)

    def waiting(self) -> list[Waiting]:
        rows = self._database.reader().execute(SELECT_WAITING)
        return [Waiting(image_id, key, etag, bool(trash)) for image_id, key, etag, trash in rows]

    def add(self, ids: Sequence[int], *, into_trash: bool = False) -> None:
        with self._database.transaction() as connection:
            (number,) = connection.execute(NEXT_UPLOAD).fetchone()
            present = list(in_chunks(connection, SELECT_PRESENT, ids))
            connection.executemany(NOTE, ((into_trash, image_id) for image_id, _ in present))
            connection.executemany(HIDE, ((number, image_id) for image_id, _ in present))
            add_to_state(connection, "images", -len(present))
            add_to_state(connection, "bytes", -sum(size for _, size in present))
            add_to_state(connection, "generation", bool(present))

    def forget(self, ids: Sequence[int]) -> None:
        """Take pictures off the queue: they are deleted, or are others now."""
        with self._database.transaction() as connection:
            connection.executemany(FORGET, ((image_id,) for image_id in ids))

    def give_back(self, ids: Sequence[int]) -> None:
        with self._database.transaction() as connection:
            (number,) = connection.execute(NEXT_UPLOAD).fetchone()
            sizes = [size for i in ids for (size,) in connection.execute(SHOW, (number, i))]
            connection.executemany(FORGET, ((image_id,) for image_id in ids))
            add_to_state(connection, "images", len(sizes))
            add_to_state(connection, "bytes", sum(sizes))
            add_to_state(connection, "generation", bool(sizes))

    def flush(self, bucket: Bucket, delete: Delete) -> list[DeleteFailure]:
        """Delete what waits; return what could not be deleted, which is shown again.

        What was replaced in the bucket meanwhile is left, and the next scan finds it.
        Raises ``CloudAnnoError``: what the bucket and ``delete`` raise; the rest still waits.
        """
        waiting = self.waiting()
        same = [one for one in waiting if (now := find(bucket, one.key)) and now.etag == one.etag]
        failures = list(delete(same)) if same else []
        failed = {failure.key for failure in failures}
        self.give_back([one.image_id for one in same if one.key in failed])
        self.forget([one.image_id for one in waiting if one.key not in failed])
        return failures


def record_deletion(index: ImageIndex, keys: Sequence[str]) -> None:
    """Note objects that were just deleted.

    A scan that listed the bucket before that does not bring them back.
    """
    with index.database.transaction() as connection:
        gone = list(in_chunks(connection, SELECT_PRESENT_KEYS, keys))
        if not gone:
            return
        (number,) = connection.execute(NEXT_UPLOAD).fetchone()
        connection.executemany(HIDE, ((number, image_id) for image_id, _ in gone))
        add_to_state(connection, "images", -len(gone))
        add_to_state(connection, "bytes", -sum(size for _, size in gone))
        add_to_state(connection, "generation", 1)
