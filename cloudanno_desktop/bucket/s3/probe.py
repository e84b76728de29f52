"""Find out what a service does with conditional writes: write, read again and compare.

Source of what is known to differ: https://github.com/slatedb/slatedb/issues/1818 (ETags without
quotes), and the services' own pages.
"""

import logging
import uuid
from collections.abc import Callable
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from cloudanno_desktop import log
from cloudanno_desktop.bucket.errors import (
    ConditionRefused,
    ObjectMissing,
    PreconditionFailed,
    StorageFailed,
)
from cloudanno_desktop.bucket.s3.conversion import etag_of
from cloudanno_desktop.bucket.s3.errors import FailedRequest, reporting
from cloudanno_desktop.bucket.s3.remembered_capabilities import Conditions, ConditionSupport
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.project_keys import CHECKS

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_log = logging.getLogger(__name__)

_ABSENT = {"IfNoneMatch": "*"}


class S3Probe:
    """Tries one bucket with a new object, which is removed again.

    It is written below ``root``: a key may be allowed to write nowhere else.
    """

    def __init__(self, client: "S3Client", name: str, endpoint: str, root: str = "") -> None:
        self._client = client
        self._name = name
        self._endpoint = endpoint
        self._folder = f"{root}{CHECKS}"

    def run(self) -> Conditions:
        key = f"{self._folder}{uuid.uuid4()}"
        try:
            return Conditions(self._create(key), self._replace(key), self._in_parts(key))
        finally:
            with log.passing_over(CloudAnnoError):
                self._delete(key)

    def _create(self, key: str) -> ConditionSupport:
        """Write a free key on the condition that it is free, then again."""
        try:
            self._put(key, b"created", _ABSENT)
        except (ConditionRefused, PreconditionFailed):
            self._put(key, b"created")
            return ConditionSupport.REFUSED
        return self._second(key, lambda: self._put(key, b"created twice", _ABSENT), b"created")

    def _replace(self, key: str) -> ConditionSupport:
        """Replace by the right ETag, then by the one that is no longer right."""
        etag = self._put(key, b"first")
        for response, quoted in (
            (ConditionSupport.HONOURED, f'"{etag}"'),
            (ConditionSupport.UNQUOTED, etag),
        ):
            condition = {"IfMatch": quoted}
            try:
                self._put(key, b"second", condition)
            except ConditionRefused:
                return ConditionSupport.REFUSED
            except PreconditionFailed:
                continue
            again = self._second(key, lambda: self._put(key, b"third", condition), b"second")  # noqa: B023 called at once
            return response if again is ConditionSupport.HONOURED else again
        return ConditionSupport.REFUSED

    def _in_parts(self, key: str) -> ConditionSupport:
        """Complete an upload in parts over an object on the condition that there is none."""
        before = b"before the parts"
        self._put(key, before)
        try:
            return self._second(key, lambda: self.put_in_parts(key, b"parts", _ABSENT), before)
        except StorageFailed as error:
            _log.debug("no condition in parts: %s", error)
            return ConditionSupport.REFUSED

    def _second(self, key: str, write: Callable[[], object], before: bytes) -> ConditionSupport:
        """Try a write that must be refused."""
        try:
            write()
        except ConditionRefused:
            return ConditionSupport.REFUSED
        except PreconditionFailed:
            return (
                ConditionSupport.HONOURED if self._get(key) == before else ConditionSupport.IGNORED
            )
        return ConditionSupport.IGNORED

    def put_in_parts(self, key: str, body: bytes, condition: dict[str, str] | None = None) -> None:
        """Write an object as an upload of one part; leave nothing if that fails."""
        place: dict[str, Any] = {"Bucket": self._name, "Key": key}
        with self._writing(key):
            upload = self._client.create_multipart_upload(**place)["UploadId"]
        try:
            with self._writing(key, condition):
                sent = self._client.upload_part(**place, UploadId=upload, PartNumber=1, Body=body)
                parts = {"Parts": [{"ETag": sent["ETag"], "PartNumber": 1}]}
                end = {**place, **(condition or {}), "MultipartUpload": parts}
                self._client.complete_multipart_upload(**end, UploadId=upload)
        except CloudAnnoError:
            with log.passing_over(CloudAnnoError), self._writing(key):
                self._client.abort_multipart_upload(**place, UploadId=upload)
            raise

    def cors_rules(self) -> list[Any]:
        with reporting(FailedRequest(self._endpoint, self._name, "read the CORS rules")):
            try:
                return list(self._client.get_bucket_cors(Bucket=self._name)["CORSRules"])
            except self._client.exceptions.ClientError as error:
                if error.response["Error"].get("Code") == "NoSuchCORSConfiguration":
                    return []
                raise

    def _put(self, key: str, body: bytes, condition: dict[str, str] | None = None) -> str:
        with self._writing(key, condition):
            params: dict[str, Any] = {"Bucket": self._name, "Key": key, **(condition or {})}
            return etag_of(self._client.put_object(**params, Body=body))

    def _get(self, key: str) -> bytes:
        with reporting(FailedRequest(self._endpoint, self._name, f"read “{key}”", key)):
            response = self._client.get_object(Bucket=self._name, Key=key)
            with closing(response["Body"]) as body:
                return body.read()

    def _delete(self, key: str) -> None:
        with (
            suppress(ObjectMissing),
            reporting(FailedRequest(self._endpoint, self._name, "delete", key)),
        ):
            self._client.delete_object(Bucket=self._name, Key=key)

    def _writing(self, key: str, condition: dict[str, str] | None = None) -> Any:  # noqa: ANN401
        action = f"write “{key}”"
        return reporting(
            FailedRequest(self._endpoint, self._name, action, key, True, bool(condition))
        )
