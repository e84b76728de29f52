"""Originals that stay on this computer until the user says otherwise.

They lie beside the project's database, not in the cache: nothing clears them to make room.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.images.originals import DIGEST_SUFFIX, NeededImage, OriginalStore
from cloudanno_desktop.progress import Progress, silent

FOLDER = "kept"


@dataclass(slots=True)
class OfflineSelection:
    images: int = 0
    bytes: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


class OfflineOriginals:
    """The kept originals of one project.

    Args:
        project: the project's folder on this computer, shared by all windows on it.
        cache: the folder of originals that may go; what is there need not be fetched.
    """

    def __init__(self, project: Path, cache: Path, bucket: Bucket) -> None:
        self.folder = project / FOLDER
        self._store = OriginalStore(self.folder, bucket)
        self._cache = OriginalStore(cache, bucket)

    def path(self, image: NeededImage) -> Path | None:
        return self._store.path_of(image)

    def update(
        self, images: Sequence[NeededImage], progress: Progress = silent
    ) -> OfflineSelection:
        """Keep exactly the originals of ``images``; ``progress`` counts images.

        Nothing is removed before everything was fetched or found impossible.

        Raises:
            Cancelled: through ``progress``; what is here stays.
            CloudAnnoError: the service does not answer, or the disk is full.
        """
        done = OfflineSelection()
        missing = [image for image in images if not self._is_here(image)]

        def note(image: NeededImage, error: CloudAnnoError) -> None:
            done.failed.append((image.key, str(error)))

        had = len(images) - len(missing)
        self._store.fetch(missing, lambda n, _, text="": progress(had + n, len(images), text), note)
        self._forget_others({self._store.name_of(image) for image in images})
        done.images = len(images) - len(done.failed)
        done.bytes = self.held_bytes()
        return done

    def held_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.glob("??/*"))

    def _is_here(self, image: NeededImage) -> bool:
        if self._store.path_of(image) is not None:
            return True
        cached = self._cache.path_of(image)
        if cached is None:
            return False
        target = self._store.place_of(image)
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy_cheaply(cached, target)
        return True

    def _forget_others(self, names: set[str]) -> None:
        for path in self.folder.glob("??/*"):
            if path.name.removesuffix(DIGEST_SUFFIX) not in names:
                path.unlink(missing_ok=True)


def _copy_cheaply(source: Path, target: Path) -> None:
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        part.hardlink_to(source)
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, part)
    part.replace(target)
