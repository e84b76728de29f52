"""Training runs of a project: which images go in, what is to be fetched, the run folder."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cloudanno_desktop import paths
from cloudanno_desktop.bucket.cost import estimate_download
from cloudanno_desktop.bucket.usage.usage import Usage
from cloudanno_desktop.dataset.run_folder import RunFolder, Split, TrainOptions
from cloudanno_desktop.dataset.snapshot import LabeledImage, build_job
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.images.offline_originals import FOLDER as KEPT_FOLDER
from cloudanno_desktop.images.originals import LocalOriginal, NeededImage, OriginalStore
from cloudanno_desktop.index.image_index import ImageRow
from cloudanno_desktop.labels.image_states import NO_MARKS, Part
from cloudanno_desktop.progress import Progress, silent
from cloudanno_desktop.projects.workspace import Workspace

PINS: dict[Part | None, Split] = {Part.TRAIN: "train", Part.VAL: "val", Part.TEST: "test"}


@dataclass(frozen=True, slots=True)
class Runs:
    workspace: Workspace

    @property
    def folder(self) -> Path:
        return self.workspace.folder.parent / "runs"

    def labeled_rows(self) -> list[ImageRow]:
        rows = self.workspace.index.rows(self.workspace.labels.training_ids().tolist())
        return sorted(rows, key=lambda row: row.key)

    def estimate_originals(self) -> Usage:
        """Return what it takes to fetch the labeled originals that are not on this computer."""
        if self.workspace.address.is_folder:
            return Usage()
        originals = self._originals()
        missing = [row.size for row in self.labeled_rows() if originals.path_of(row) is None]
        return estimate_download(len(missing), sum(missing))

    def prepare(
        self,
        options: TrainOptions,
        path: Path | None = None,
        progress: Progress = silent,
        on_failure: Callable[[NeededImage, CloudAnnoError], None] | None = None,
    ) -> RunFolder:
        """Freeze the labeled images into a new run folder; fetch what is not here yet.

        ``on_failure`` gets each image that could not be fetched and is left out.

        Raises:
            NotReady: fewer than two labels, or too few images of one.
            JournalBroken: it is not known what all people labeled.
        """
        self.workspace.sync.check_whole()
        files = self._originals().fetch(self.labeled_rows(), progress, on_failure)
        return self.write(options, files, path)

    def write(
        self, options: TrainOptions, files: Mapping[int, LocalOriginal], path: Path | None = None
    ) -> RunFolder:
        """Write the run folder for originals that are already on this machine.

        Raises what ``prepare`` raises.
        """
        self.workspace.sync.check_whole()
        labels = self.workspace.labels
        counts = labels.labels()
        position = {count.label.id: i for i, count in enumerate(counts)}
        rows = [row for row in self.labeled_rows() if row.id in files]
        carried = labels.labels_of([row.id for row in rows])
        marks = labels.marks_of([row.id for row in rows])
        images = [
            LabeledImage(
                key=row.key,
                path=str(files[row.id].path),
                digest=files[row.id].digest,
                labels=tuple(sorted(position[label] for label in carried[row.id])),
                pin=PINS.get(marks.get(row.id, NO_MARKS).part),
            )
            for row in rows
        ]
        names = [count.label.name for count in counts]
        run = RunFolder(path or self._new_path())
        multi_label, title = labels.project.multi_label, self.workspace.title
        run.write_job(build_job(title, names, images, options, multi_label=multi_label))
        return run

    def _originals(self) -> OriginalStore:
        kept = self.workspace.folder.parent / KEPT_FOLDER
        return OriginalStore(paths.originals_dir(), self.workspace.bucket, kept)

    def _new_path(self) -> Path:
        return self.folder / datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
