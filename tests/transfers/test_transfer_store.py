"""The queue of transfers on disk."""

from pathlib import Path

from cloudanno_desktop.database import Database
from cloudanno_desktop.transfers.model import Direction, Existing, TransferSpec
from cloudanno_desktop.transfers.schema import TRANSFER_MIGRATIONS
from cloudanno_desktop.transfers.store import TransferStore


def test_a_number_is_not_given_again_to_what_comes_after_it_is_through(tmp_path):
    database = Database(tmp_path / "project.db", TRANSFER_MIGRATIONS)
    store = TransferStore(database)
    spec = TransferSpec(Path("/photos/a.jpg"), "a.jpg", 10)
    seen = set()
    for _ in range(3):
        batch, (transfer,) = store.add(Direction.UP, "Upload", Existing.RENAME, [spec])
        seen.add((batch.id, transfer.id))
        store.forget([transfer.id])
    assert len({batch for batch, _ in seen}) == 3
    assert len({transfer for _, transfer in seen}) == 3
    database.close()
