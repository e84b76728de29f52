"""The files of a run on their way into the bucket: chosen, judged, stored, and read back."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from cloudanno_desktop import log
from cloudanno_desktop.bucket.atomic import write_if
from cloudanno_desktop.bucket.bucket import Bucket, PutOptions, StoredObject
from cloudanno_desktop.bucket.bulk import exists, find
from cloudanno_desktop.bucket.errors import PreconditionFailed
from cloudanno_desktop.dataset.run_folder import ArtifactResult, RunFolder, RunResult
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.export.artifact import Format, packed
from cloudanno_desktop.files import local_errors, sha256_of
from cloudanno_desktop.progress import Progress
from cloudanno_desktop.publish.branch_format import PublishedArtifact, artifact_key

BLOCK = 4 << 20
FOREVER = "public, max-age=31536000, immutable"
_MIN_OS = {Format.COREML: "iOS 15, macOS 12", Format.MLMODEL: "iOS 11, macOS 10.13"}
_CONTENT_TYPE = {".zip": "application/zip"}


@dataclass(frozen=True, slots=True)
class LocalArtifact:
    """One file to publish: its figures from the run, and where its bytes lie here."""

    result: ArtifactResult
    path: Path

    @property
    def published(self) -> PublishedArtifact:
        file_format = Format(self.result.format)
        return PublishedArtifact(
            format=self.result.format,
            key=artifact_key(self.result.sha256, self.path.name),
            bytes=self.result.bytes,
            sha256=self.result.sha256,
            min_os=_MIN_OS.get(file_format, ""),
            quantization=file_format.quantization,
        )


@dataclass(eq=False)
class PublishBlocked(CloudAnnoError):
    sentence: ClassVar[str] = (
        "Not published: the {format} file is right on {accuracy:.1%} of the validation pictures, "
        "the network itself on {reference:.1%}. At most {max_drop:.1%} may be lost. Leave this "
        "format out, export it again, or raise the limit."
    )

    format: str
    accuracy: float
    reference: float
    max_drop: float


@dataclass(eq=False)
class FormatMissing(CloudAnnoError):
    sentence: ClassVar[str] = "The run has no “{format}” file; it has: {available}."

    format: str
    available: str


@dataclass(eq=False)
class NothingToPublish(CloudAnnoError):
    sentence: ClassVar[str] = (
        "The run in “{path}” has no exported files. Train again with at least one format."
    )

    path: str


@dataclass(eq=False)
class ArtifactDamaged(CloudAnnoError):
    sentence: ClassVar[str] = (
        "“{name}” {where} is not the file that was checked after training. The branch still "
        "serves the old model. Train or export again, then publish."
    )

    name: str
    where: str


def choose(run: RunFolder, result: RunResult, formats: Sequence[str]) -> list[LocalArtifact]:
    """Return the run's files in ``formats``, all if empty, after checking their bytes.

    Raises ``NothingToPublish``, ``FormatMissing``, ``ArtifactDamaged`` and ``FileProblem``.
    """
    by_format = {artifact.format: artifact for artifact in result.artifacts}
    if not by_format:
        raise NothingToPublish(str(run.path))
    for name in formats:
        if name not in by_format:
            raise FormatMissing(name, ", ".join(by_format))
    return [_located(run, by_format[name]) for name in dict.fromkeys(formats or by_format)]


def judge(artifacts: Sequence[LocalArtifact], reference: float, max_drop: float) -> None:
    """Raise ``PublishBlocked`` for a file that lost more accuracy than ``max_drop``."""
    for artifact in artifacts:
        accuracy = artifact.result.val_accuracy
        within = reference - accuracy <= max_drop + 1e-9  # not a number is never within
        if not within:
            raise PublishBlocked(artifact.result.format, accuracy, reference, max_drop)


def store(bucket: Bucket, artifact: LocalArtifact, progress: Progress) -> None:
    """Upload one file under its digest unless it is there, and read it back.

    Raises ``ArtifactDamaged`` if the bucket returns other bytes.
    """
    target = artifact.published
    _upload_if_absent(bucket, artifact, progress)
    if _is_whole(bucket, target, progress):
        return
    bucket.upload(target.key, artifact.path, _put_options(artifact.path), progress)
    if not _is_whole(bucket, target, progress):
        raise ArtifactDamaged(target.key, "in the bucket")


def _located(run: RunFolder, result: ArtifactResult) -> LocalArtifact:
    source = run.path / result.path
    with local_errors(source):
        path = packed(source)
        digest = sha256_of(path)
    if digest != result.sha256:
        raise ArtifactDamaged(str(source), "on this computer")
    return LocalArtifact(result, path)


def _upload_if_absent(bucket: Bucket, artifact: LocalArtifact, progress: Progress) -> None:
    key = artifact.published.key
    if exists(bucket, key):
        return

    def upload(conditional: PutOptions) -> StoredObject:
        return bucket.upload(key, artifact.path, conditional, progress)

    with log.passing_over(PreconditionFailed):  # another program was faster with the same bytes
        write_if(bucket, key, None, _put_options(artifact.path), upload)


def _put_options(path: Path) -> PutOptions:
    kind = _CONTENT_TYPE.get(path.suffix, "application/octet-stream")
    return PutOptions(content_type=kind, cache_control=FOREVER)


def _is_whole(bucket: Bucket, target: PublishedArtifact, progress: Progress) -> bool:
    entry = find(bucket, target.key)
    if entry is None or entry.size != target.bytes:
        return False
    return _stored_digest(bucket, target, progress) == target.sha256


def _stored_digest(bucket: Bucket, target: PublishedArtifact, progress: Progress) -> str:
    digest = hashlib.sha256()
    for start in range(0, target.bytes, BLOCK):
        progress(start, target.bytes)
        digest.update(bucket.get_range(target.key, start, BLOCK))
    return digest.hexdigest()
