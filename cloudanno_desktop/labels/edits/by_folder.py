"""Labels from folder names: each image gets the name of its folder."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.labels.edits.relabel import AssignNamed
from cloudanno_desktop.labels.ids import IdArray
from cloudanno_desktop.labels.naming_rules import LabelNameRefused, check_name
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.natural_order import natural_key

CHUNK = 50_000  # rows read at a time


@dataclass(frozen=True, slots=True)
class FolderLabel:
    """A label that comes from folders, with its images."""

    name: str
    images: IdArray
    is_new: bool
    problem: str = ""  # why the name cannot be a label


def plan_folders(index: ImageIndex, store: LabelStore, image_ids: IdArray) -> list[FolderLabel]:
    """Return one label for each folder name, sorted by name; images in no folder are left out."""
    found: dict[str, list[int]] = defaultdict(list)
    for start in range(0, len(image_ids), CHUNK):
        for row in index.rows(image_ids[start : start + CHUNK]):
            folder = row.key.rpartition("/")[0].rpartition("/")[2].strip()
            if folder:
                found[folder].append(row.id)
    names = sorted(found, key=natural_key)
    return [_planned(store, name, np.array(found[name], np.int32)) for name in names]


def label_by_folder(plan: Sequence[FolderLabel]) -> AssignNamed:
    """Return the edit that carries out a plan, without the names that cannot be labels."""
    images = {part.name: part.images for part in plan if not part.problem}
    return AssignNamed(images, "Label by folder")


def _planned(store: LabelStore, name: str, images: IdArray) -> FolderLabel:
    is_new = store.catalog.named(name) is None
    problem = ""
    if is_new:
        rules = store.project
        try:
            check_name(name, rules.profile, rules.pattern)
        except LabelNameRefused as refused:
            problem = refused.reason
    return FolderLabel(name, images, is_new, problem)
