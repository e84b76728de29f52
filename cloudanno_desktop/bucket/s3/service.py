"""One S3 service: ``FastS3`` if it can handle a request, boto3 otherwise."""

from typing import TYPE_CHECKING

from cloudanno_desktop.bucket.s3.fast.client import FastS3, Params, Response

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


class S3Service:
    """The requests of a connection; threads may share it.

    The four commonest are methods here, which take boto3's arguments and return what is used of its
    response. Besides boto3's errors they raise ``ObjectMissing``, ``NotModified`` and
    ``PreconditionFailed``. ``client`` makes every other request.
    """

    def __init__(self, client: "S3Client", fast: FastS3 | None = None) -> None:
        self.client = client
        self._fast = fast

    @property
    def endpoint(self) -> str:
        return self.client.meta.endpoint_url

    def get(self, params: Params) -> Response:
        return (self._fast and self._fast.get(params)) or self.client.get_object(**params)

    def head(self, params: Params) -> Response:
        return (self._fast and self._fast.head(params)) or self.client.head_object(**params)

    def put(self, params: Params) -> Response:
        return (self._fast and self._fast.put(params)) or self.client.put_object(**params)

    def list(self, params: Params) -> Response:
        return (self._fast and self._fast.list(params)) or self.client.list_objects_v2(**params)

    def close(self) -> None:
        if self._fast:
            self._fast.close()
        self.client.close()
