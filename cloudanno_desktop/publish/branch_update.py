"""Changing what a branch serves: one object is replaced, by compare-and-swap.

Readers see the old or the new file, never a part, and never a serial that goes back.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from cloudanno_desktop.bucket.atomic import replace
from cloudanno_desktop.bucket.bucket import Bucket, PutOptions
from cloudanno_desktop.bucket.errors import ObjectMissing
from cloudanno_desktop.export.artifact import Format
from cloudanno_desktop.project_keys import ARTIFACTS
from cloudanno_desktop.publish.branch_format import (
    MODEL_SCHEMA,
    BranchFile,
    Rollout,
    VersionFile,
    compatibility_key,
    decode,
    encode,
)
from cloudanno_desktop.publish.client import CLIENT_PROTOCOL, branch_key

POLL_AFTER_S = 300
MOST_EARLIER = 50
_NO_CACHE = PutOptions(content_type="application/json", cache_control="no-cache")


@dataclass(frozen=True, slots=True)
class Change:
    """What a branch serves from now on; a rollback takes back the version that it served."""

    branch: str
    version: VersionFile
    rollout: int = 100
    poll_after_s: int = POLL_AFTER_S
    is_rollback: bool = False


def read_branch(bucket: Bucket, branch: str) -> BranchFile | None:
    """Return what ``branch`` serves, if it exists. Raises ``ModelFileUnreadable``."""
    try:
        body = bucket.get(branch_key(branch)).body
    except ObjectMissing:
        return None
    return decode(branch_key(branch), body, BranchFile)


def serve(bucket: Bucket, change: Change) -> BranchFile:
    """Make the branch serve the change's version, with the next serial, and return its file.

    Raises ``ModelFileUnreadable`` and ``AlwaysChanging``; the branch is then unchanged.
    """
    key = branch_key(change.branch)

    def next_file(body: bytes | None) -> bytes:
        return encode(_next(None if body is None else decode(key, body, BranchFile), change))

    return decode(key, replace(bucket, key, next_file, _NO_CACHE), BranchFile)


def copy_for_old_apps(bucket: Bucket, branch: str) -> str | None:
    """Copy the branch's ``.mlmodel`` to the key that apps without branches poll, and return it.

    Return ``None`` and leave an older copy if the version has no such file. The branch is read
    again afterwards, so that if two users publish at once the later model stays.
    """
    key = compatibility_key(bucket.name, branch)
    copied, needed = None, _network_key(bucket, branch)
    while needed and needed != copied:
        bucket.copy(needed, key)
        copied, needed = needed, _network_key(bucket, branch)
    return key if copied else None


def _next(old: BranchFile | None, change: Change) -> BranchFile:
    version, model_card = change.version, change.version.model_card
    return BranchFile(
        schema=MODEL_SCHEMA,
        project=model_card.project,
        branch=change.branch,
        serial=old.serial + 1 if old else 1,
        version=version.version,
        published_at=datetime.now(UTC).replace(microsecond=0),
        rollback_of=old.version if old and change.is_rollback else None,
        expires_at=None,
        poll_after_s=change.poll_after_s,
        min_client=CLIENT_PROTOCOL,
        rollout=Rollout(change.rollout),
        task=model_card.task,
        labels=model_card.labels,
        thresholds=model_card.thresholds,
        aliases=old.aliases if old else {},
        input=model_card.input,
        metrics=model_card.metrics,
        golden=version.golden,
        artifacts=version.artifacts,
        earlier=_earlier(old, change) if old else (),
    )


def _earlier(old: BranchFile, change: Change) -> tuple[str, ...]:
    """Return what was served before; a rollback takes back what came after its version."""
    known = (old.version, *old.earlier)
    version = change.version.version
    if change.is_rollback and version in known:
        return known[known.index(version) + 1 :]
    return tuple(dict.fromkeys(one for one in known if one != version))[:MOST_EARLIER]


def _network_key(bucket: Bucket, branch: str) -> str | None:
    served = read_branch(bucket, branch)
    artifacts = served.artifacts if served else ()
    keys = (file.key for file in artifacts if file.format == Format.MLMODEL)
    return next((key for key in keys if key.startswith(ARTIFACTS)), None)
