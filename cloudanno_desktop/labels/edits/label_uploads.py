"""Labels for uploads: what was dropped on a label carries it, even after a restart."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from cloudanno_desktop.labels.edits.assign import Applied, Assign, CompositeEdit
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.transfers.model import Transfer
from cloudanno_desktop.transfers.store import TransferStore


@dataclass(frozen=True, slots=True, eq=False)
class LabelUploads:
    """Give finished uploads their labels and take them off the queue, in one transaction.

    Labels that are no longer known are left out. The queue shares the database of the labels.
    """

    transfers: Sequence[Transfer]
    queue: TransferStore
    text: str = "Assign label"

    def apply(self, store: LabelStore) -> Applied:
        known = store.catalog.rows
        images: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for transfer in self.transfers:
            labels = tuple(label for label in transfer.spec.labels if label in known)
            if labels and transfer.image_id is not None:
                images[labels].append(transfer.image_id)
        edits = tuple(Assign(labels, ids, self.text) for labels, ids in images.items())
        with self.queue.together():
            applied = CompositeEdit(edits, self.text).apply(store)
            self.queue.forget(transfer.id for transfer in self.transfers)
        return applied
