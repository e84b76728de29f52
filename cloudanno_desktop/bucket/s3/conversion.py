"""Between the values of boto3 and those of the bucket protocol."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.parsers import ResponseParserError

from cloudanno_desktop.bucket.bucket import Page, PutOptions, StoredObject
from cloudanno_desktop.bucket.content_type import guess_content_type
from cloudanno_desktop.bucket.s3.botocore_setup import NO_TIME, parse_time


def page_of(page: Mapping[str, Any]) -> Page:
    objects = [
        _entry(found["Key"], found.get("Size", 0), found) for found in page.get("Contents", [])
    ]
    return Page(objects, [found["Prefix"] for found in page.get("CommonPrefixes", [])])


def entry_of(key: str, response: Mapping[str, Any]) -> StoredObject:
    return _entry(key, _length_of(response), response)


def whole_entry_of(key: str, response: Mapping[str, Any]) -> StoredObject:
    """Describe the whole object by the response to GET of a part."""
    whole = str(response.get("ContentRange", "")).rpartition("/")[2]
    return _entry(key, int(whole) if whole.isdecimal() else _length_of(response), response)


def _length_of(response: Mapping[str, Any]) -> int:
    if "ContentLength" not in response:
        raise ResponseParserError("no Content-Length")
    return int(response["ContentLength"])


def _entry(key: str, size: int, response: Mapping[str, Any]) -> StoredObject:
    modified = response.get("LastModified", NO_TIME)
    return StoredObject(
        key, size, etag_of(response) or _instead_of_etag(key, size, modified), modified
    )


def _instead_of_etag(key: str, size: int, modified: datetime) -> str:
    """Return the best validator there is without an ETag: no other object has it."""
    identity = f"{key}\0{size}\0{int(modified.timestamp())}".encode("utf-8", "replace")
    return f"none-{hashlib.blake2b(identity, digest_size=16).hexdigest()}"


def etag_of(response: Mapping[str, Any]) -> str:
    return str(response.get("ETag", "")).strip('"')


def responded_at(response: Mapping[str, Any]) -> datetime:
    """Return the server's time of a write: its response contains no other."""
    date = response["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parse_time(date) if date else datetime.now(UTC)


def headers_of(key: str, options: PutOptions) -> dict[str, Any]:
    headers = {"ContentType": options.content_type or guess_content_type(key)}
    if options.cache_control is not None:
        headers["CacheControl"] = options.cache_control
    return headers


def has_condition(options: PutOptions) -> bool:
    return options.if_absent or options.if_match is not None
