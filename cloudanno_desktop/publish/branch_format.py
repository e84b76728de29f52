"""The model files of a bucket: what a branch serves, what a version is, and under which keys.

::

    models/branches/<branch>.json                 mutable; the only model object ever overwritten
    models/versions/<version>.json                immutable; holds the model card
    models/artifacts/<sha256>/<file name>         immutable
    <bucket name>[-<branch>].mlmodel              compatibility copy for apps that know one key only
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeVar

import msgspec

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.export.model_card import InputRule, Metrics, ModelCard, Task
from cloudanno_desktop.project_keys import ARTIFACTS, VERSIONS
from cloudanno_desktop.publish.client import BRANCH_NAME, BRANCHES, branch_key

MODEL_SCHEMA = 1
MAIN_BRANCH = "main"
T = TypeVar("T", "BranchFile", "VersionFile")


class Rollout(msgspec.Struct, frozen=True):
    """The share of installations that take the model, by hash of the installation's id."""

    percent: int = 100


class GoldenSample(msgspec.Struct, frozen=True):
    """A picture with the scores that the model must give it."""

    key: str
    sha256: str
    expected: tuple[float, ...]


class PublishedArtifact(msgspec.Struct, frozen=True):
    """One model file in the bucket.

    Attributes:
        min_os: oldest system that loads it; empty where the format does not tie it to one.
        quantization: how the weights are stored.
    """

    format: str
    key: str
    bytes: int
    sha256: str
    min_os: str
    quantization: str


class VersionFile(msgspec.Struct, frozen=True, rename={"model_card": "passport"}):
    """One published model; never changed. Its name holds the time and a digest of the rest."""

    schema: int
    version: str
    model_card: ModelCard
    artifacts: tuple[PublishedArtifact, ...]
    golden: tuple[GoldenSample, ...] = ()


class BranchFile(msgspec.Struct, frozen=True):
    """What clients of a branch are served, complete in itself.

    Attributes:
        serial: grows with every change, also when an older version is served again.
        rollback_of: the version that this change took back.
        expires_at: when clients begin to refuse this file.
        min_client: oldest protocol version of a client that may use it.
        labels: names in the order of the outputs.
        aliases: present label name by its former one.
        earlier: versions that the branch served before this one, the last first.
    """

    schema: int
    project: str
    branch: str
    serial: int
    version: str
    published_at: datetime
    rollback_of: str | None
    expires_at: datetime | None
    poll_after_s: int
    min_client: int
    rollout: Rollout
    task: Task
    labels: tuple[str, ...]
    thresholds: tuple[float, ...]
    aliases: dict[str, str]
    input: InputRule
    metrics: Metrics
    golden: tuple[GoldenSample, ...]
    artifacts: tuple[PublishedArtifact, ...]
    earlier: tuple[str, ...] = ()


@dataclass(eq=False)
class BranchNameRefused(CloudAnnoError):
    sentence: ClassVar[str] = (
        "“{name}” cannot be the name of a branch. Use at most 64 lowercase letters, digits, “-”, "
        "“_” and “.”, beginning and ending with a letter or digit."
    )

    name: str


@dataclass(eq=False)
class ModelFileUnreadable(CloudAnnoError):
    sentence: ClassVar[str] = (
        "“{key}” cannot be read ({reason}) and was not changed. A newer version of CloudAnno may "
        "have written it: update CloudAnno, or use another branch."
    )

    key: str
    reason: str


def check_branch_name(name: str) -> None:
    """Raise ``BranchNameRefused`` unless ``name`` is valid in keys and file names everywhere."""
    if not BRANCH_NAME.fullmatch(name):
        raise BranchNameRefused(name)


def branch_of_key(key: str) -> str | None:
    """Return the branch whose file is at ``key``; ``None`` for any other object."""
    name = key.removeprefix(BRANCHES).removesuffix(".json")
    return name if BRANCH_NAME.fullmatch(name) and branch_key(name) == key else None


def version_key(version: str) -> str:
    return f"{VERSIONS}{version}.json"


def artifact_key(sha256: str, file_name: str) -> str:
    return f"{ARTIFACTS}{sha256}/{file_name}"


def compatibility_key(bucket_name: str, branch: str) -> str:
    """Return the one key that apps without branches poll."""
    return f"{bucket_name}.mlmodel" if branch == MAIN_BRANCH else f"{bucket_name}-{branch}.mlmodel"


def encode(value: msgspec.Struct) -> bytes:
    """Return canonical JSON: sorted keys, no spaces, UTF-8, numbers as in Python's ``json``.

    A client that has only a standard library gets the same bytes from the parsed document.
    """
    text = json.dumps(
        msgspec.to_builtins(value), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return text.encode()


def decode(key: str, body: bytes, kind: type[T]) -> T:
    """Read a branch or version file. Raises ``ModelFileUnreadable``."""
    try:
        value = msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ModelFileUnreadable(key, str(error)) from error
    if value.schema != MODEL_SCHEMA:
        raise ModelFileUnreadable(key, f"its schema is {value.schema}")
    return value
