"""Owns one run on a thread: prepares the run folder, watches the child, emits its events."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal, Slot

from cloudanno_desktop.dataset.readiness import TooFewImages, contradictions
from cloudanno_desktop.dataset.run_folder import RunFolder, TrainOptions
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.project.original_fetcher import Originals
from cloudanno_desktop.images.originals import LocalOriginal
from cloudanno_desktop.index.image_index import ImageRow
from cloudanno_desktop.media_messages.commands import Picture
from cloudanno_desktop.progress import Cancelled, Progress, StopFlag
from cloudanno_desktop.training.events import (
    AnyEvent,
    EpochEnded,
    Evaluated,
    Exported,
    Phase,
    RunFailed,
    RunFinished,
    RunProgressed,
    RunStopped,
    Started,
)
from cloudanno_desktop.training.process import TrainingChild


class RunWriter(Protocol):
    def labeled_rows(self) -> list[ImageRow]: ...

    def write(self, options: TrainOptions, files: Mapping[int, LocalOriginal]) -> RunFolder: ...


class OriginalsSource(Protocol):
    def fetch(self, pictures: Sequence[Picture], progress: Progress) -> Originals: ...


class TrainingWorker(QObject):
    """Lives on a QThread; ``run`` is its one long slot, ``stop`` is safe from any thread."""

    left_out = Signal(object)  # list of ``ItemFailure``, labeled pictures that could not be fetched
    contradicted = Signal(object)  # lists of ``JobImage``: copies with different labels
    started = Signal(object)
    phase_entered = Signal(str)
    progressed = Signal(int, object, str)
    epoch_ended = Signal(object)
    evaluated = Signal(object)
    finished = Signal(object)  # the ``RunFolder`` with its result
    stopped = Signal(object, bool)  # the ``RunFolder``, whether it has a model
    failed = Signal(object)  # ``RunFailed``
    crashed = Signal(object)  # an exception that is a bug
    ended = Signal()  # always the last

    def __init__(
        self,
        runs: RunWriter,
        originals: OriginalsSource,
        options: TrainOptions,
        start_child: Callable[[Path], TrainingChild] = TrainingChild,
    ) -> None:
        super().__init__()
        self._runs = runs
        self._originals = originals
        self._options = options
        self._start_child = start_child
        self._stop = StopFlag()
        self._child: TrainingChild | None = None
        self._run: RunFolder | None = None

    @Slot()
    def run(self) -> None:
        """Train; ends with exactly one of finished, stopped, failed, crashed, and then ended."""
        try:
            self._train()
        except Cancelled:
            self.stopped.emit(self._run, False)
        except TooFewImages as error:
            self.failed.emit(RunFailed("error", str(error), error.names))
        except CloudAnnoError as error:
            self.failed.emit(RunFailed("error", str(error)))
        except Exception as error:  # noqa: BLE001 - a bug must reach the crash dialog
            self.crashed.emit(error)
        finally:
            if self._child is not None:
                self._child.close()
            self.ended.emit()

    def stop(self) -> None:
        self._stop.set()
        if self._child is not None:
            self._child.stop()

    def _train(self) -> None:
        self.phase_entered.emit("prepare")
        self._run = self._prepare()
        self._child = self._start_child(self._run.path)
        if self._stop.is_set:  # between the last progress and the start
            self._child.stop()
        for event in self._child.events():
            self._report(event)

    def _prepare(self) -> RunFolder:
        rows = self._runs.labeled_rows()
        pictures = [Picture(row.id, row.key, row.etag, row.size) for row in rows]
        originals = self._originals.fetch(pictures, self._on_progress)
        if originals.failed:
            self.left_out.emit(originals.failed)
        run = self._runs.write(self._options, originals.files)
        if found := contradictions(run.read_job()):
            self.contradicted.emit(found)
        return run

    def _on_progress(self, done: int, total: int | None, text: str = "") -> None:
        self._stop.check()
        self.progressed.emit(done, total, text)

    def _report(self, event: AnyEvent) -> None:
        match event:
            case Phase():
                self.phase_entered.emit(event.name)
            case RunProgressed():
                self.progressed.emit(event.done, event.total, event.text)
            case RunFinished():
                self.finished.emit(self._run)
            case RunStopped():
                self.stopped.emit(self._run, event.has_model)
            case Exported():
                pass  # its phase is shown
            case _:
                self._report_whole(event)

    def _report_whole(self, event: Started | EpochEnded | Evaluated | RunFailed) -> None:
        signals = {
            Started: self.started,
            EpochEnded: self.epoch_ended,
            Evaluated: self.evaluated,
            RunFailed: self.failed,
        }
        signals[type(event)].emit(event)
