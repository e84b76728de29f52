"""Create an object once, or replace the one that was read: conditional writes.

Where a service does not support them, the key is looked up right before it is written.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace as replaced
from typing import ClassVar

from cloudanno_desktop.bucket.bucket import Bucket, PutOptions, StoredObject
from cloudanno_desktop.bucket.bulk import find
from cloudanno_desktop.bucket.errors import ConditionRefused, ObjectMissing, PreconditionFailed
from cloudanno_desktop.errors import CloudAnnoError

ATTEMPTS = 20  # each lost attempt means that another writer came first

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class AlwaysChanging(CloudAnnoError):
    sentence: ClassVar[str] = "“{key}” is being changed by others right now. Try again."
    key: str


def create(bucket: Bucket, key: str, body: bytes, options: PutOptions) -> bytes:
    """Create an object if its key is free; return the bytes that are there now.

    A call repeated after a lost response finds its own bytes.
    """
    try:
        write_if(bucket, key, None, options, lambda conditional: bucket.put(key, body, conditional))
    except PreconditionFailed:
        return bucket.get(key).body
    return body


def replace(
    bucket: Bucket, key: str, change: Callable[[bytes | None], bytes], options: PutOptions
) -> bytes:
    """Write what ``change`` makes of an object's bytes (``None`` if absent), and return that.

    If another writer comes between, the object is read and changed again. Nothing is written if
    nothing changes. Raises ``AlwaysChanging``.
    """
    for _ in range(ATTEMPTS):
        try:
            return _replace_once(bucket, key, change, options)
        except PreconditionFailed:
            _log.info("%s was changed meanwhile; it is read and written again", key)
    raise AlwaysChanging(key)


def write_if(
    bucket: Bucket,
    key: str,
    etag: str | None,
    options: PutOptions,
    write: Callable[[PutOptions], StoredObject],
) -> StoredObject:
    """Write an object with ``write`` if it still has an ETag; ``None``: if its key is free.

    Raises ``PreconditionFailed``.
    """
    try:
        return write(replaced(options, if_match=etag, if_absent=etag is None))
    except ObjectMissing:
        raise PreconditionFailed(key) from None
    except ConditionRefused:
        _log.debug("%s is written without a condition", key)
        now = find(bucket, key)
        if (now.etag if now else None) != etag:
            raise PreconditionFailed(key) from None
        return write(options)


def _replace_once(
    bucket: Bucket, key: str, change: Callable[[bytes | None], bytes], options: PutOptions
) -> bytes:
    try:
        old = bucket.get(key)
    except ObjectMissing:
        old = None
    body = change(old.body if old else None)
    if old is None or body != old.body:
        etag = old.entry.etag if old else None
        write_if(bucket, key, etag, options, lambda condition: bucket.put(key, body, condition))
    return body
