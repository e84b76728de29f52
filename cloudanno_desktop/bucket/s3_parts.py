"""Uploads in parts, and the ETag that they leave.

An object written in one request has the MD5 of its bytes as ETag; one written in parts has the MD5
of the parts' MD5s and their number. Encrypted objects may have something else entirely.
"""

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import botocore.exceptions as boto

from cloudanno_desktop.bucket.part_file import local_errors

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART_SIZE = 8 << 20
MOST_PARTS = 10_000

_ETAG = re.compile(r"[0-9a-f]{32}(-(?P<parts>[0-9]+))?")


def part_size_of(size: int) -> int:
    """Return the bytes of a part: 8 MiB, in whole MiB more if they would be too many parts."""
    least = -(-size // MOST_PARTS)
    return max(PART_SIZE, -(-least // (1 << 20)) * (1 << 20))


def upload_parts(
    client: "S3Client",
    create: Mapping[str, Any],
    complete: Mapping[str, Any],
    file: BinaryIO,
    progress: Callable[[int], None],
) -> tuple[Mapping[str, Any], int]:
    """Upload an open file part by part; whatever goes wrong, no parts stay behind.

    Args:
        client: boto3's client.
        create: bucket, key and headers.
        complete: bucket, key and conditions.
        file: the open file.
        progress: called with the bytes sent so far; may raise to stop.

    Returns:
        The service's last answer, and the number of bytes sent.
    """
    upload = client.create_multipart_upload(**create)
    which = {"Bucket": create["Bucket"], "Key": create["Key"], "UploadId": upload["UploadId"]}
    try:
        parts, sent = _send(client, which, file, progress)
        answer = client.complete_multipart_upload(
            **complete, UploadId=upload["UploadId"], MultipartUpload={"Parts": parts}
        )
    except BaseException:
        with suppress(boto.BotoCoreError, boto.ClientError):  # the first error is the one to tell
            client.abort_multipart_upload(**which)
        raise
    return answer, sent


def _send(
    client: "S3Client", which: dict[str, str], file: BinaryIO, progress: Callable[[int], None]
) -> "tuple[list[CompletedPartTypeDef], int]":
    size = part_size_of(os.fstat(file.fileno()).st_size)
    parts: list[CompletedPartTypeDef] = []
    sent = 0
    while body := read_local(file, size):
        number = len(parts) + 1
        answer = client.upload_part(
            Bucket=which["Bucket"],
            Key=which["Key"],
            UploadId=which["UploadId"],
            PartNumber=number,
            Body=body,
        )
        parts.append({"ETag": answer["ETag"], "PartNumber": number})
        sent += len(body)
        progress(sent)
    return parts, sent


def read_local(file: BinaryIO, size: int) -> bytes:
    """Read from an open local file. Raises ``FileProblem``."""
    with local_errors(Path(file.name)):
        return file.read(size)


def has_etag(path: Path, etag: str) -> bool:
    """Say whether uploading ``path`` gives ``etag``.

    If not, the bytes may still be the same: encryption and other sizes of parts change the ETag.
    """
    match = _ETAG.fullmatch(etag)
    if match is None:
        return False
    return etag == (_etag_in_parts(path) if match["parts"] else _md5_of(path))


def _md5_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _etag_in_parts(path: Path) -> str:
    size = part_size_of(path.stat().st_size)
    digests = []
    with path.open("rb") as file:
        while body := file.read(size):
            digests.append(hashlib.md5(body, usedforsecurity=False).digest())
    whole = hashlib.md5(b"".join(digests), usedforsecurity=False).hexdigest()
    return f"{whole}-{len(digests)}"
