"""Copies on the server: in one request, or in parts above what one request can copy.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html (at most 5 GiB).
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import botocore.exceptions as boto

from cloudanno_desktop.bucket.s3.errors import error_code
from cloudanno_desktop.bucket.s3.multipart import MOST_PARTS, abort_upload

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

COPIED_WHOLE = 5 << 30  # bytes that one request can copy
PART_SIZE = 512 << 20
PARTS_AT_ONCE = 4
# How services say that an object is too large for one request.
_TOO_LARGE = {"InvalidRequest", "EntityTooLarge", "InvalidArgument"}
_KEPT_HEADERS = (
    *("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType"),
    "Metadata",
)


def copy_object(client: "S3Client", bucket: str, source: str, target: str) -> None:
    try:
        client.copy_object(Bucket=bucket, Key=target, CopySource={"Bucket": bucket, "Key": source})
    except boto.ClientError as error:
        if error_code(error) not in _TOO_LARGE:
            raise
        head = client.head_object(Bucket=bucket, Key=source)
        if head.get("ContentLength", 0) <= COPIED_WHOLE:
            raise
        _copy_in_parts(client, bucket, source, target, head)


def _copy_in_parts(
    client: "S3Client", bucket: str, source: str, target: str, head: Mapping[str, Any]
) -> None:
    """Copy an object with its headers part by part; leave no parts if that fails."""
    place: dict[str, Any] = {"Bucket": bucket, "Key": target}
    headers: dict[str, Any] = {name: head[name] for name in _KEPT_HEADERS if head.get(name)}
    begun = client.create_multipart_upload(**place, **headers)
    size = head["ContentLength"]
    step = max(PART_SIZE, -(-size // MOST_PARTS))

    def send(part: tuple[int, int]) -> "CompletedPartTypeDef":
        number, start = part
        response = client.upload_part_copy(
            **place,
            UploadId=begun["UploadId"],
            PartNumber=number,
            CopySource={"Bucket": bucket, "Key": source},
            CopySourceIfMatch=head["ETag"],
            CopySourceRange=f"bytes={start}-{min(start + step, size) - 1}",
        )
        return {"ETag": response["CopyPartResult"]["ETag"], "PartNumber": number}

    try:
        with ThreadPoolExecutor(PARTS_AT_ONCE, "parts") as pool:
            parts = list(pool.map(send, enumerate(range(0, size, step), start=1)))
        client.complete_multipart_upload(
            **place, UploadId=begun["UploadId"], MultipartUpload={"Parts": parts}
        )
    except BaseException:
        abort_upload(client, place, begun["UploadId"])
        raise
