"""Publish a finished run to a branch of the bucket.

The order makes it safe to crash after any step: model files, read back and compared; the version;
the branch, by compare-and-swap; last the compatibility copy. Until the branch is replaced, clients
get the old model, and publishing again finishes the rest without sending anything twice.
"""

import hashlib
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar

from msgspec.structs import replace

from cloudanno_desktop.bucket.atomic import create
from cloudanno_desktop.bucket.bucket import Bucket, PutOptions
from cloudanno_desktop.bucket.bulk import objects_below
from cloudanno_desktop.bucket.errors import ObjectMissing
from cloudanno_desktop.dataset.run_folder import RunFolder, RunResult
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.export.artifact import Format
from cloudanno_desktop.export.model_card import ModelCard, model_card_of
from cloudanno_desktop.progress import Progress, silent
from cloudanno_desktop.publish.artifacts import LocalArtifact, choose, judge, store
from cloudanno_desktop.publish.branch_format import (
    MODEL_SCHEMA,
    BranchFile,
    GoldenSample,
    VersionFile,
    branch_of_key,
    check_branch_name,
    decode,
    encode,
    version_key,
)
from cloudanno_desktop.publish.branch_update import (
    POLL_AFTER_S,
    Change,
    copy_for_old_apps,
    read_branch,
    serve,
)
from cloudanno_desktop.publish.client import BRANCHES, branch_key
from cloudanno_desktop.publish.golden import golden_samples

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PublishOptions:
    """How to publish.

    Attributes:
        formats: which of the run's files; empty for all.
        rollout: percent of the installations that take the model.
        max_drop: how much accuracy a file may lose against the network, 0..1.
        poll_after_s: how often clients poll.
    """

    formats: tuple[str, ...] = ()
    rollout: int = 100
    max_drop: float = 0.01
    poll_after_s: int = POLL_AFTER_S


@dataclass(frozen=True, slots=True)
class Published:
    """What a branch serves now; ``keys`` are the objects that belong to it."""

    branch: str
    version: str
    serial: int
    keys: tuple[str, ...]


@dataclass(eq=False)
class BranchMissing(CloudAnnoError):
    sentence: ClassVar[str] = "There is no branch “{name}” in this project."

    name: str


@dataclass(eq=False)
class VersionMissing(CloudAnnoError):
    sentence: ClassVar[str] = "There is no version “{version}” in this project."

    version: str


@dataclass(eq=False)
class NothingEarlier(CloudAnnoError):
    sentence: ClassVar[str] = (
        "“{branch}” has no earlier version to roll back to. Name the version that it should serve."
    )

    branch: str


DEFAULTS = PublishOptions()


def publish(
    bucket: Bucket,
    run: RunFolder,
    branch: str,
    options: PublishOptions = DEFAULTS,
    progress: Progress = silent,
) -> Published:
    """Publish the files of ``run`` to ``branch``; ``progress`` counts files.

    Raises:
        BranchNameRefused, NothingToPublish, FormatMissing, ArtifactDamaged, FileProblem: nothing
            was published.
        PublishBlocked: a file is worse than the network by more than ``options.max_drop``.
        ModelFileUnreadable, AlwaysChanging: the branch is unchanged.
    """
    check_branch_name(branch)
    result = run.read_result()
    artifacts = choose(run, result, options.formats)
    judge(artifacts, result.val_accuracy, options.max_drop)
    read_branch(
        bucket, branch
    )  # a branch file that cannot be read stops this before anything is sent
    golden = _golden(bucket, result, artifacts, progress)
    _store_all(bucket, artifacts, progress)
    version = _version_of(run, artifacts, golden)
    _store_version(bucket, version)
    return _serve(bucket, Change(branch, version, options.rollout, options.poll_after_s))


def list_branches(bucket: Bucket) -> list[BranchFile]:
    """Return what each branch serves, ordered by name. Raises ``ModelFileUnreadable``."""
    found = (branch_of_key(entry.key) for entry in objects_below(bucket, BRANCHES))
    names = sorted(name for name in found if name)
    return [served for name in names if (served := read_branch(bucket, name))]


def promote(bucket: Bucket, source: str, target: str) -> Published:
    """Make the branch ``target`` serve what ``source`` serves. Raises ``BranchMissing``."""
    check_branch_name(target)
    served = _served(bucket, source)
    version = _read_version(bucket, served.version)
    return _serve(bucket, Change(target, version, poll_after_s=served.poll_after_s))


def rollback(bucket: Bucket, branch: str, version: str = "") -> Published:
    """Make ``branch`` serve ``version`` again, or what it served before, with a higher serial.

    Raises ``BranchMissing``, ``VersionMissing`` and ``NothingEarlier``.
    """
    served = _served(bucket, branch)
    if not (version or served.earlier):
        raise NothingEarlier(branch)
    old = _read_version(bucket, version or served.earlier[0])
    change = Change(branch, old, poll_after_s=served.poll_after_s, is_rollback=True)
    return _serve(bucket, change)


def _golden(
    bucket: Bucket, result: RunResult, artifacts: Sequence[LocalArtifact], progress: Progress
) -> tuple[GoldenSample, ...]:
    """Return the golden samples; none without the TensorFlow Lite file, whose scores they hold."""
    if all(artifact.result.format != Format.TFLITE for artifact in artifacts):
        return ()
    return golden_samples(bucket, result.samples, progress)


def _store_all(bucket: Bucket, artifacts: Sequence[LocalArtifact], progress: Progress) -> None:
    for number, artifact in enumerate(artifacts):
        name = artifact.path.name
        store(bucket, artifact, partial(_report_file, progress, (number, len(artifacts), name)))
    progress(len(artifacts), len(artifacts))


def _report_file(
    progress: Progress, place: tuple[int, int, str], done: int, total: int | None, text: str = ""
) -> None:
    """Pass the bytes of one file on as a count of files; also where a user can stop it."""
    number, files, name = place
    progress(number, files, text or name)


def _version_of(
    run: RunFolder, artifacts: Sequence[LocalArtifact], golden: tuple[GoldenSample, ...]
) -> VersionFile:
    """Describe the run as a version; the same run, files and samples give the same version."""
    finished_s = int((run.path / "result.json").stat().st_mtime)
    created = datetime.fromtimestamp(finished_s, UTC)
    model_card = _without_folders(model_card_of(run.read_job(), run.read_result(), created))
    published = tuple(artifact.published for artifact in artifacts)
    unnamed = VersionFile(MODEL_SCHEMA, "", model_card, published, golden)
    digest = hashlib.sha256(encode(unnamed)).hexdigest()[:12]
    return replace(unnamed, version=f"{created:%Y%m%d-%H%M%S}-{digest}")


def _without_folders(model_card: ModelCard) -> ModelCard:
    """Name a weights file without the folders of this computer: a model card may be public."""
    name = re.split(r"[/\\]", model_card.origin.weights)[-1]
    return replace(model_card, origin=replace(model_card.origin, weights=name))


def _store_version(bucket: Bucket, version: VersionFile) -> None:
    key, body = version_key(version.version), encode(version)
    create(bucket, key, body, PutOptions("application/json"))  # its name has the digest of it


def _serve(bucket: Bucket, change: Change) -> Published:
    served = serve(bucket, change)
    _log.info("branch %s serves %s (%d)", served.branch, served.version, served.serial)
    copied = copy_for_old_apps(bucket, change.branch)
    keys = [branch_key(change.branch), version_key(served.version)]
    keys += [artifact.key for artifact in served.artifacts]
    keys += [copied] if copied else []
    return Published(served.branch, served.version, served.serial, tuple(keys))


def _served(bucket: Bucket, branch: str) -> BranchFile:
    check_branch_name(branch)
    served = read_branch(bucket, branch)
    if served is None:
        raise BranchMissing(branch)
    return served


def _read_version(bucket: Bucket, version: str) -> VersionFile:
    key = version_key(version)
    try:
        return decode(key, bucket.get(key).body, VersionFile)
    except ObjectMissing:
        raise VersionMissing(version) from None
