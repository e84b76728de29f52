"""Between the values of boto3 and those of the bucket protocol."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from cloudanno_desktop.bucket.bucket import Page, PutOptions, StoredObject
from cloudanno_desktop.bucket.content_type import guess_content_type

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ListObjectsV2OutputTypeDef


def page_of(page: "ListObjectsV2OutputTypeDef") -> Page:
    """Read one answer of a listing."""
    objects = [
        StoredObject(found["Key"], found["Size"], found["ETag"].strip('"'), found["LastModified"])
        for found in page.get("Contents", [])
    ]
    return Page(objects, [found["Prefix"] for found in page.get("CommonPrefixes", [])])


def entry_of(key: str, answer: Mapping[str, Any]) -> StoredObject:
    """Read the answer to GET or HEAD."""
    return StoredObject(key, answer["ContentLength"], etag_of(answer), answer["LastModified"])


def etag_of(answer: Mapping[str, Any]) -> str:
    """Return the ETag of an answer without its quotes."""
    return str(answer.get("ETag", "")).strip('"')


def answered_at(answer: Mapping[str, Any]) -> datetime:
    """Return the server's time of a write: its answer tells no other."""
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(date).astimezone(UTC) if date else datetime.now(UTC)


def headers_of(key: str, options: PutOptions) -> dict[str, Any]:
    """Return the headers of a write."""
    headers = {"ContentType": options.content_type or guess_content_type(key)}
    if options.cache_control is not None:
        headers["CacheControl"] = options.cache_control
    return headers


def has_condition(options: PutOptions) -> bool:
    """Say whether a write has a condition."""
    return options.if_absent or options.if_match is not None


def condition_of(options: PutOptions) -> dict[str, Any]:
    """Return the condition of a write."""
    condition = {}
    if options.if_absent:
        condition["IfNoneMatch"] = "*"
    if options.if_match is not None:
        condition["IfMatch"] = f'"{options.if_match}"'
    return condition
