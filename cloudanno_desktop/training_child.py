"""What the training process does: carry out the job of one run folder and report on it.

A second, short-lived process makes what every run on this computer needs once: the backbone.

Both see the run folder, the cache of features, and nothing of a bucket.
"""

import errno
import logging
import os
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from cloudanno_desktop.dataset.readiness import TooFewImages
from cloudanno_desktop.dataset.run_folder import (
    ArtifactResult,
    JobImage,
    RunFolder,
    RunResult,
    ScoredPicture,
)
from cloudanno_desktop.dataset.split import spread_over_labels
from cloudanno_desktop.errors import CloudAnnoError, DiskFull
from cloudanno_desktop.progress import Cancelled
from cloudanno_desktop.training.backbone_spec import WeightsUnavailable
from cloudanno_desktop.training.events import (
    BUG,
    WEIGHTS_UNAVAILABLE,
    AnyEvent,
    Exported,
    RunFailed,
    RunFinished,
    RunStopped,
    encode_event,
)
from cloudanno_desktop.training.run_control import (
    EventWriter,
    RunControl,
    end_with_parent,
    own_stdout,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudanno_desktop.export.artifact import ExportedFile, Format, ModelSpec
    from cloudanno_desktop.export.parity import ParityReport, PictureBatch
    from cloudanno_desktop.training.pipeline import Trained

_log = logging.getLogger(__name__)

DONE, FAILED, STOPPED = 0, 1, 3
TRACE_CHARACTERS = 8000
SAMPLES = 20  # publishing names a few of them; some may be gone by then


def main(run: Path, *, events: bool) -> int:
    """Carry out the job in ``run`` and return the exit code: 0 done, 1 failed, 3 stopped.

    With ``events``, print events on standard output too, and obey ``stop`` or the end of standard
    input; otherwise they go to ``events.jsonl`` only.
    """
    began = time.monotonic()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    folder = RunFolder(run)
    with EventWriter(folder.events_path, to_stdout=events) as event_writer:
        run_control = RunControl(event_writer)
        run_control.obey_signals()
        if events:
            run_control.obey_stdin()
        closing = _carry_out(folder, run_control, began)
        run_control.report(closing)
    if isinstance(closing, RunFailed):
        sys.stderr.write(closing.message + "\n")
        return FAILED
    return STOPPED if isinstance(closing, RunStopped) else DONE


def prepare(run: Path) -> int:
    """Make the weights and the converted backbone that the job in ``run`` lacks.

    Standard output carries why that failed, as the event of a failed run.
    """
    from cloudanno_desktop.training.backbone_process import make

    folder = RunFolder(run)
    end_with_parent()
    with own_stdout() as pipe:
        try:
            make(folder.read_job())
        except Exception as error:  # noqa: BLE001  # a bug becomes an event here too
            os.write(pipe, encode_event(_failure(error, folder)))
            return FAILED
    return DONE


def _carry_out(folder: RunFolder, run_control: RunControl, began: float) -> AnyEvent:
    try:
        _train_and_export(folder, run_control, began)
    except Cancelled:
        return RunStopped(folder.has_result)
    except Exception as error:  # noqa: BLE001  # the one place that turns a bug into an event
        return _failure(error, folder)
    return RunFinished(time.monotonic() - began)


def _failure(error: Exception, folder: RunFolder) -> RunFailed:
    is_bug = not isinstance(error, CloudAnnoError | OSError)
    _log.log(logging.ERROR if is_bug else logging.INFO, "%s failed", folder.path, exc_info=error)
    if isinstance(error, WeightsUnavailable):
        return RunFailed(WEIGHTS_UNAVAILABLE, str(error))
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        error = DiskFull(str(folder.path))
    if isinstance(error, TooFewImages):
        return RunFailed("error", str(error), error.names)
    if isinstance(error, CloudAnnoError):
        return RunFailed("error", str(error))
    return RunFailed(BUG, "".join(traceback.format_exception(error))[-TRACE_CHARACTERS:])


def _train_and_export(folder: RunFolder, run_control: RunControl, began: float) -> None:
    from cloudanno_desktop.training.pipeline import train

    trained = train(folder, run_control, began)
    folder.write_result(trained.result)
    if trained.stopped:
        raise Cancelled
    _Exports(folder, trained, run_control, began).write()


class _Exports:
    """Writes the formats one by one; what is done stays, whatever the next one does."""

    def __init__(
        self, folder: RunFolder, trained: "Trained", run_control: RunControl, began: float
    ) -> None:
        self._folder = folder
        self._trained = trained
        self._run_control = run_control
        self._run_began = began
        self._began = time.monotonic()

    def write(self) -> None:
        from cloudanno_desktop.export.artifact import ExportBroken, Format, FormatUnavailable

        result = self._trained.result
        for name in self._trained.job.options.formats:
            try:
                file, report = self._export(Format(name))
            except (ExportBroken, FormatUnavailable) as error:
                _log.info("%s is left out: %s", name, error)
                problems = {**result.export_problems, name: str(error)}
                result = _changed(result, export_problems=problems)
            else:
                result = self._added(result, file, report)
            result = _changed(result, seconds=self._seconds(result))
            self._folder.write_result(result)

    def _export(self, file_format: "Format") -> "tuple[ExportedFile, ParityReport]":
        from cloudanno_desktop.export.artifact import ExportBroken
        from cloudanno_desktop.export.export import discard, export_model
        from cloudanno_desktop.export.parity import check_parity

        spec, progress = self._spec(), self._run_control.progress
        exports = self._folder.exports_dir
        (file,) = export_model(self._trained.model, spec, exports, [file_format], progress)
        keys = [image.key for image in self._samples()]
        report = check_parity(file, spec, self._batches(), progress, keys)
        if not report.is_faithful:
            discard(file)
            reason = f"it labels {len(report.flipped)} of {report.images} pictures differently"
            raise ExportBroken(file_format.caption, reason)
        return file, report

    def _added(self, result: RunResult, file: "ExportedFile", report: "ParityReport") -> RunResult:
        from cloudanno_desktop.export.artifact import Format

        artifact = self._artifact(file, report)
        self._run_control.report(
            Exported(
                artifact.format,
                artifact.path,
                artifact.bytes,
                artifact.sha256,
                artifact.val_accuracy,
                artifact.agreement,
            )
        )
        result = _changed(result, artifacts=(*result.artifacts, artifact))
        if file.format is not Format.TFLITE:
            return result
        scored = (ScoredPicture(i.key, i.digest, report.scores[i.key]) for i in self._samples())
        return _changed(result, samples=tuple(scored))

    def _artifact(self, file: "ExportedFile", report: "ParityReport") -> ArtifactResult:
        return ArtifactResult(
            format=file.format.value,
            path=file.path.relative_to(self._folder.path).as_posix(),
            bytes=file.bytes,
            sha256=file.sha256,
            val_accuracy=report.accuracy,
            agreement=report.agreement,
            largest_difference=report.largest_difference,
            flipped=report.flipped,
        )

    def _samples(self) -> list[JobImage]:
        return spread_over_labels(self._trained.validation, SAMPLES)

    def _spec(self) -> "ModelSpec":
        from cloudanno_desktop.export.artifact import ModelSpec
        from cloudanno_desktop.export.model_card import weights_licence

        job, result = self._trained.job, self._trained.result
        return ModelSpec(
            labels=job.labels,
            multi_label=job.multi_label,
            resize=job.options.resize,
            thresholds=result.thresholds,
            project=job.project,
            licence=weights_licence(result.backbone, result.weights),
        )

    def _batches(self) -> "Iterator[PictureBatch]":
        from cloudanno_desktop.export.parity import PictureBatch

        for batch in self._trained.validation_batches():
            yield PictureBatch(*batch)

    def _seconds(self, result: RunResult) -> dict[str, float]:
        now = time.monotonic()
        return {**result.seconds, "export": now - self._began, "total": now - self._run_began}


def _changed(result: RunResult, **fields: object) -> RunResult:
    import msgspec

    return msgspec.structs.replace(result, **fields)
