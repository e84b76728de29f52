"""Create an object at most once, whatever the storage service knows of conditional writes."""

from collections.abc import Callable

from cloudanno_desktop.bucket.bucket import Bucket, PutOptions
from cloudanno_desktop.bucket.errors import ConditionRefused, ObjectMissing, PreconditionFailed


def put_once(bucket: Bucket, key: str, body: bytes, content_type: str) -> bytes:
    """Create an object if its key is free; return the bytes that stand there.

    A repeated call after a lost answer finds its own bytes.
    """
    try:
        bucket.put(key, body, PutOptions(content_type, if_absent=True))
    except PreconditionFailed:
        return bucket.get(key).body
    except ConditionRefused:
        return _read_or(bucket, key, lambda: _put_plainly(bucket, key, body, content_type))
    return body


def _read_or(bucket: Bucket, key: str, put: Callable[[], bytes]) -> bytes:
    try:
        return bucket.get(key).body
    except ObjectMissing:
        return put()


def _put_plainly(bucket: Bucket, key: str, body: bytes, content_type: str) -> bytes:
    bucket.put(key, body, PutOptions(content_type))
    return body
