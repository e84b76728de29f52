"""The four commonest requests to S3, with a third of the work that boto3 does for them.

A scan lists thousands of keys and an upload or download makes one request for each photo, on which
boto3 spends two milliseconds of processor time. ``FastS3`` sends the same request with the same
signature over urllib3, and reads the common responses. It retries nothing and explains no error:
for anything else, the caller makes the request with boto3.
"""

import logging
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from botocore.httpsession import create_urllib3_context, get_cert_path
from botocore.response import StreamingBody
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, PoolManager, Timeout
from urllib3.exceptions import HTTPError, ProtocolError

from cloudanno_desktop.bucket.errors import NotModified, ObjectMissing, PreconditionFailed
from cloudanno_desktop.bucket.s3.botocore_setup import parse_time
from cloudanno_desktop.bucket.s3.fast.list_xml import read_listing
from cloudanno_desktop.bucket.s3.fast.sigv4 import FastRequest
from cloudanno_desktop.bucket.usage.meter import METER, Meter
from cloudanno_desktop.bucket.usage.usage import RequestKind, Tally

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

Params = Mapping[str, Any]
Response = Mapping[str, Any]
Authorize = Callable[[FastRequest], None]

PAUSE_S = (0.1, 0.5)
MAX_IDLE = 32
UNAVAILABLE = 503
LISTING = {"encoding-type": "url", "list-type": "2"}
METHODS = {"GetObject": "GET", "HeadObject": "HEAD", "ListObjectsV2": "GET", "PutObject": "PUT"}
# boto3's arguments, and what they are called in a request
HEADERS = {
    "CacheControl": "Cache-Control",
    "ContentMD5": "Content-MD5",
    "ContentType": "Content-Type",
    "IfMatch": "If-Match",
    "IfNoneMatch": "If-None-Match",
    "Range": "Range",
}
QUERY = {"ContinuationToken": "continuation-token", "Delimiter": "delimiter", "Prefix": "prefix"}
KNOWN = {"Bucket", "Key", "Body"} | HEADERS.keys() | QUERY.keys()
CONDITIONS = {"IfMatch", "IfNoneMatch"}
# response headers, and boto3's names for them
RESULTS = {"content-range": "ContentRange", "content-type": "ContentType", "etag": "ETag"}

NO_SUCH_KEY = b"<Code>NoSuchKey</Code>"
_USUAL_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a bucket is: connections to its host, and the path above all keys."""

    pool: HTTPConnectionPool
    host: str
    path: str


class FastS3:
    """Sends requests past boto3; safe to use from several threads.

    Each request takes boto3's arguments and returns what the program uses of boto3's response, or
    ``None`` if boto3 has to make the request.

    Args:
        client: knows where buckets are, and the time-outs.
        authorize: adds a signature or a token to the headers of a request.
        trust: a file of certificates, ``False`` for any certificate, ``True`` for the default.
        sleep: waits for some seconds, after a service was unavailable or broke a connection.
    """

    def __init__(
        self,
        client: "S3Client",
        authorize: Authorize,
        trust: str | bool,
        meter: Meter = METER,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        config: Any = client.meta.config
        self._client = client
        self._authorize = authorize
        self._meter = meter
        self._sleep = sleep
        self._user_agent = config.user_agent
        self._places: dict[str, _Place] = {}
        self._connections = PoolManager(
            maxsize=MAX_IDLE,
            timeout=Timeout(connect=config.connect_timeout, read=config.read_timeout),
            retries=False,
            **_tls(trust) if client.meta.endpoint_url.startswith("https:") else {},
        )

    def get(self, params: Params) -> Response | None:
        """Read an object. Raises ``ObjectMissing``, ``NotModified``, ``PreconditionFailed``."""
        response = self._granted("GetObject", params)
        if response is None:
            return None
        length = _length(response)
        if length is None:
            response.close()  # only boto3 reads a body of unknown length
            return None
        return {**_result(response), "Body": StreamingBody(response, length)}  # type: ignore[arg-type]  # as in botocore

    def head(self, params: Params) -> Response | None:
        """Describe an object. Raises ``ObjectMissing``."""
        response = self._granted("HeadObject", params)
        if response is None or self._read(response) is None or _length(response) is None:
            return None
        return _result(response)

    def put(self, params: Params) -> Response | None:
        """Write an object from bytes. Raises ``PreconditionFailed``."""
        response = self._granted("PutObject", params)
        if response is None or self._read(response) != b"":
            return None
        return _result(response)

    def list(self, params: Params) -> Response | None:
        response = self._granted("ListObjectsV2", params)
        body = self._read(response) if response else None
        if response is None or body is None:
            return None
        if _length(response) is None:
            self._meter.count(RequestKind.LIST, Tally(bytes_down=len(body)))
        return read_listing(body)

    def close(self) -> None:
        self._connections.clear()

    def _granted(self, operation: str, params: Params) -> BaseHTTPResponse | None:
        """Return a successful response; ``None`` if boto3 has to make the request."""
        response = self._send(operation, params) if _is_plain(params) else None
        if response is None or response.status in {200, 206}:
            return response
        status, body = response.status, b""
        if status < 300:
            response.close()  # there is no telling how much would be read
        else:
            body = self._read(response) or b""
        is_missing = status == 404 and (operation == "HeadObject" or NO_SUCH_KEY in body)
        if status == 304:
            raise NotModified(params["Key"])
        if (is_missing and "IfMatch" in params) or (status == 412 and CONDITIONS & params.keys()):
            raise PreconditionFailed(params["Key"])
        if is_missing and operation != "PutObject":
            raise ObjectMissing(params["Key"])
        self._give_up(status)
        return None

    def _send(self, operation: str, params: Params) -> BaseHTTPResponse | None:
        """Return the head of a response; ``None`` if none comes."""
        place = self._place_of(params["Bucket"])
        method, body = METHODS[operation], params.get("Body", b"")
        headers = {HEADERS[name]: params[name] for name in HEADERS if name in params}
        headers["Host"] = place.host
        request = FastRequest(method, _target(place.path, params), headers, body)
        self._authorize(request)
        headers["User-Agent"] = self._user_agent
        try:
            response = place.pool.urlopen(
                method,
                request.target,
                body if method == "PUT" else None,
                headers,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
            )
        except HTTPError as error:
            self._meter.count_request(operation, len(body), 0)
            self._give_up(error)
            return None
        down = 0 if method == "HEAD" else _length(response) or 0
        self._meter.count_request(operation, len(body), down)
        return response

    def _read(self, response: BaseHTTPResponse) -> bytes | None:
        """Read a body to its end, which frees the connection."""
        try:
            return response.read()
        except HTTPError as error:
            self._give_up(error)
            return None

    def _give_up(self, reason: HTTPError | int) -> None:
        """Leave a request to boto3, after a pause if the service needs one."""
        _log.info("boto3 repeats a request: %s", reason)
        if reason == UNAVAILABLE or isinstance(reason, ProtocolError):
            self._sleep(random.uniform(*PAUSE_S))

    def _place_of(self, bucket: str) -> _Place:
        """Return where a bucket is according to boto3."""
        if bucket not in self._places:
            url = urlsplit(self._url_of(bucket))
            pool = self._connections.connection_from_url(f"{url.scheme}://{url.netloc}")
            self._places[bucket] = _Place(pool, url.netloc, url.path)
        return self._places[bucket]

    def _url_of(self, bucket: str) -> str:
        """Return the address above a bucket's keys.

        boto3 takes a tenth of a second to find out, as it compiles its rules for that.
        """
        meta: Any = self._client.meta
        if meta.config.s3["addressing_style"] == "path" and _USUAL_NAME.fullmatch(bucket):
            return f"{meta.endpoint_url.rstrip('/')}/{bucket}/"
        link = self._client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "key"})
        return link.partition("?")[0].removesuffix("key")


def _tls(trust: str | bool) -> dict[str, Any]:
    """Return the TLS settings: boto3's, with urllib3's check of host names."""
    context = create_urllib3_context()
    if trust:
        context.load_verify_locations(get_cert_path(trust))  # type: ignore[arg-type]  # a file, too
    return {"ssl_context": context, "cert_reqs": "CERT_REQUIRED" if trust else "CERT_NONE"}


def _is_plain(params: Params) -> bool:
    """Return whether a request needs nothing that only boto3 supports."""
    if not params.keys() <= KNOWN or not params.get("Key", "-"):
        return False
    texts = [params[name] for name in HEADERS if name in params]
    is_in_memory = isinstance(params.get("Body", b""), bytes)
    return is_in_memory and all(text.isascii() and text.isprintable() for text in texts)


def _target(path: str, params: Params) -> str:
    if "Key" in params:
        return path + quote(params["Key"], safe="/~")
    query = LISTING | {QUERY[name]: params[name] for name in QUERY if name in params}
    pairs = (f"{name}={quote(query[name], safe='~')}" for name in sorted(query))
    return f"{path.rstrip('/') or '/'}?{'&'.join(pairs)}"


def _length(response: BaseHTTPResponse) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _result(response: BaseHTTPResponse) -> dict[str, Any]:
    headers = response.headers
    result: dict[str, Any] = {name: headers[key] for key, name in RESULTS.items() if key in headers}
    if "last-modified" in headers:
        result["LastModified"] = parse_time(headers["last-modified"])
    result["ContentLength"] = _length(response)
    result["ResponseMetadata"] = {"HTTPStatusCode": response.status, "HTTPHeaders": headers}
    return result
