"""One S3 service: ``FastS3`` if it can handle a request, boto3 otherwise."""

import hashlib
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cloudanno_desktop.bucket.s3.fast.client import FastS3, Params, Response
from cloudanno_desktop.files import BLOCK

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


DIGEST = "content-md5"


class S3Service:
    """The requests of a connection; threads may share it.

    The four commonest are methods here, which take boto3's arguments and return what is used of its
    response. Besides boto3's errors they raise ``ObjectMissing``, ``NotModified`` and
    ``PreconditionFailed``. ``client`` makes every other request.
    """

    def __init__(self, client: "S3Client", fast: FastS3 | None = None) -> None:
        self.client = client
        self._fast = fast
        self._needs_digest = False

    @property
    def endpoint(self) -> str:
        return self.client.meta.endpoint_url

    def get(self, params: Params) -> Response:
        return (self._fast and self._fast.get(params)) or self.client.get_object(**params)

    def head(self, params: Params) -> Response:
        return (self._fast and self._fast.head(params)) or self.client.head_object(**params)

    def put(self, params: Params) -> Response:
        """Write an object; where retention is locked a service may ask for a digest of the body."""
        if self._needs_digest:
            params = _with_digest(params)
        try:
            return (self._fast and self._fast.put(params)) or self.client.put_object(**params)
        except ClientError as error:
            if "ContentMD5" in params or DIGEST not in str(error.response.get("Error")).casefold():
                raise
        self._needs_digest = True
        return self.put(params)

    def list(self, params: Params) -> Response:
        return (self._fast and self._fast.list(params)) or self.client.list_objects_v2(**params)

    def close(self) -> None:
        if self._fast:
            self._fast.close()
        self.client.close()


def _with_digest(params: Params) -> Params:
    body: Any = params["Body"]
    digest = hashlib.md5(body if isinstance(body, bytes) else b"", usedforsecurity=False)
    if not isinstance(body, bytes):
        body.seek(0)
        for block in iter(lambda: body.read(BLOCK), b""):
            digest.update(block)
        body.seek(0)
    return {**params, "ContentMD5": b64encode(digest.digest()).decode()}
