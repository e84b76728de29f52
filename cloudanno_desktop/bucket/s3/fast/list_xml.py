"""The response to ListObjectsV2, parsed by expat in one pass.

boto3's parser walks each key through its description of the service, which takes ten times as
long. The result is the same for the fields that are used.
"""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from botocore.compat import unquote_str

from cloudanno_desktop.bucket.s3.botocore_setup import parse_time

ROOT = "ListBucketResult"


def read_listing(body: bytes) -> Mapping[str, Any] | None:
    """Return what boto3 would return; ``None`` for anything but a listing."""
    try:
        root = ElementTree.fromstring(body)
        space = root.tag.removesuffix(ROOT)
        return None if root.tag == space else _read(root, len(space))
    except (ElementTree.ParseError, KeyError, ValueError):
        return None


def _read(root: ElementTree.Element, cut: int) -> Mapping[str, Any]:
    response: dict[str, Any] = {}
    for element in root:
        name = element.tag[cut:]
        if name in {"Contents", "CommonPrefixes"}:
            parts = {part.tag[cut:]: part.text or "" for part in element}
            response.setdefault(name, []).append(parts)
        else:
            response[name] = element.text or ""
    response["IsTruncated"] = response.get("IsTruncated") == "true"
    is_quoted = response.get("EncodingType") == "url"
    for found in response.get("Contents", ()):
        _convert(found, is_quoted=is_quoted)
    for found in response.get("CommonPrefixes", ()):
        found["Prefix"] = unquote_str(found["Prefix"]) if is_quoted else found["Prefix"]
    return response


def _convert(found: dict[str, Any], *, is_quoted: bool) -> None:
    key = found["Key"]
    if is_quoted and ("%" in key or "+" in key):
        found["Key"] = unquote_str(key)
    found["Size"] = int(found.get("Size", 0))
    if "LastModified" in found:
        found["LastModified"] = parse_time(found["LastModified"])
