"""A boto3 client that sends its three commonest requests by a shorter way.

A scan lists thousands of keys, an upload or download makes one request for each photo, and boto3
spends two milliseconds of processor time on each: more than the service does. The short way sends
the same request with the same signature or token, and reads the same from an answer that grants it.
Any other answer, or none, is handed to boto3 as that of its own first attempt: it tries again,
waits, renews, and knows what an error means.
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import botocore
import botocore.exceptions as boto
from botocore.awsrequest import AWSRequest, AWSResponse

from cloudanno_desktop.bucket.s3.botocore_setup import parse_time
from cloudanno_desktop.bucket.s3.fast.connections import Answer, Wire, WireRequest
from cloudanno_desktop.bucket.s3.fast.list_xml import read_listing
from cloudanno_desktop.bucket.s3.fast.sigv4 import sign
from cloudanno_desktop.bucket.usage.meter import Meter

Told = Mapping[str, Any]

if TYPE_CHECKING:

    class Boto:
        """What is used of botocore's ``BaseClient``, whose stubs know only half of it."""

        meta: Any
        _request_signer: Any

        def generate_presigned_url(self, operation: str, place: Mapping[str, str]) -> str: ...  # noqa: D102
        def close(self) -> None: ...  # noqa: D102
        def _make_api_call(self, operation_name: str, api_params: dict[str, Any]) -> Told: ...
else:
    Boto = object  # boto3 makes the class, and puts its own base after this one

METHODS = {"GetObject": "GET", "PutObject": "PUT", "ListObjectsV2": "GET"}
# boto3's arguments, and what they are called in a request
HEADERS = {
    "CacheControl": "Cache-Control",
    "ContentType": "Content-Type",
    "IfMatch": "If-Match",
    "IfNoneMatch": "If-None-Match",
    "Range": "Range",
}
QUERY = {"ContinuationToken": "continuation-token", "Delimiter": "delimiter", "Prefix": "prefix"}
KNOWN = {"Bucket", "Key", "Body"} | HEADERS.keys() | QUERY.keys()
LISTING = {"encoding-type": "url", "list-type": "2"}
# headers of an answer, and boto3's names for them
TOLD = {
    "cache-control": "CacheControl",
    "content-range": "ContentRange",
    "content-type": "ContentType",
    "etag": "ETag",
}
_USUAL_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
OF_A_PERSON = "x-amz-meta-"
UNAUTHORIZED = 401


class ShortWay(Boto):
    """What boto3's client of S3 inherits from first; it takes the short way once that is open."""

    _wire: Wire | None = None

    def open_short_way(self, trust: str | bool, meter: Meter) -> None:
        """Take the short way from now on, and count it; ``trust`` as in ``Wire``."""
        config = self.meta.config
        self._wire = Wire(trust, config.connect_timeout, config.read_timeout)
        self._meter = meter
        self._places: dict[str, tuple[str, str]] = {}
        self._first = threading.local()
        self.meta.events.register("before-send.s3", self._hand_over)

    def close(self) -> None:
        """Close all connections."""
        if self._wire:
            self._wire.close()
        super().close()

    def _make_api_call(self, operation_name: str, api_params: dict[str, Any]) -> Told:
        if self._wire is None or not _is_plain(operation_name, api_params):
            return super()._make_api_call(operation_name, api_params)
        request = self._request(operation_name, api_params)
        try:
            answer = self._wire.send(request)
            told = READERS[operation_name](answer)
        except boto.HTTPClientError as error:
            with self._handing_over(request, error):
                return super()._make_api_call(operation_name, api_params)
        if told is None:
            with self._handing_over(request, answer):
                return super()._make_api_call(operation_name, api_params)
        down = len(answer.content) or int(answer.headers.get("content-length", 0))
        self._meter.count_request(operation_name, len(request.body), down)
        return told

    @contextmanager
    def _handing_over(
        self, request: WireRequest, outcome: Answer | boto.HTTPClientError
    ) -> Iterator[None]:
        """Let boto3's first attempt in this thread, which is not sent, end as this one did."""
        self._first.attempt = request, outcome
        try:
            yield
        finally:
            self._first.attempt = None

    def _hand_over(self, request: Any, **_: object) -> AWSResponse | None:  # noqa: ANN401 botocore
        attempt, self._first.attempt = getattr(self._first, "attempt", None), None
        if attempt is None:
            return None
        sent, outcome = attempt
        if isinstance(outcome, boto.HTTPClientError):
            raise outcome
        if outcome.status == UNAUTHORIZED and not _is_by_same_token(sent, request):
            outcome.close()
            raise boto.ConnectionClosedError(endpoint_url=sent.url)  # the fresh one may well do
        return AWSResponse(sent.url, outcome.status, outcome.headers, outcome)

    def _request(self, operation: str, params: dict[str, Any]) -> WireRequest:
        origin, path = self._place_of(params["Bucket"])
        if operation == "ListObjectsV2":
            asked = LISTING | {QUERY[name]: params[name] for name in QUERY if name in params}
            pairs = (f"{name}={quote(asked[name], safe='~')}" for name in sorted(asked))
            target = f"{path.rstrip('/') or '/'}?{'&'.join(pairs)}"
        else:
            target = path + quote(params["Key"], safe="/~")
        headers = {HEADERS[name]: params[name] for name in HEADERS if name in params}
        request = WireRequest(METHODS[operation], origin, target, headers, params.get("Body", b""))
        self._authorize(operation, request)
        return request

    def _place_of(self, bucket: str) -> tuple[str, str]:
        """Return the origin of a bucket and where its keys begin there, as boto3 sees it.

        boto3 takes a tenth of a second to find out, as it compiles its rules for that.
        """
        if bucket not in self._places:
            in_path = self.meta.config.s3["addressing_style"] == "path"
            is_usual = in_path and _USUAL_NAME.fullmatch(bucket)
            place = urlsplit(self._in_path(bucket) if is_usual else self._by_rules(bucket))
            self._places[bucket] = f"{place.scheme}://{place.netloc}", place.path
        return self._places[bucket]

    def _in_path(self, bucket: str) -> str:
        return f"{self.meta.endpoint_url.rstrip('/')}/{bucket}/"

    def _by_rules(self, bucket: str) -> str:
        link = self.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "key"})
        return link.partition("?")[0].removesuffix("key")

    def _authorize(self, operation: str, request: WireRequest) -> None:
        """Add a signature, or a token where the client has one, and what is not signed."""
        headers, signer = request.headers, self._request_signer
        headers["Host"] = urlsplit(request.origin).netloc
        if signer.signature_version is botocore.UNSIGNED:
            carrier = AWSRequest(request.method, request.url, headers)
            event = f"request-created.s3.{operation}"
            self.meta.events.emit(event, request=carrier, operation_name=operation)
            headers |= carrier.headers.items()
        else:
            keys = signer._credentials
            sign(request, keys and keys.get_frozen_credentials(), signer.region_name)
        headers["User-Agent"] = self.meta.config.user_agent
        if request.method == "PUT":
            headers["Content-Length"] = str(len(request.body))


def _is_plain(operation: str, params: dict[str, Any]) -> bool:
    """Say whether a call asks for nothing that only boto3 can do."""
    if operation not in METHODS or not params.keys() <= KNOWN:
        return False
    has_place = params.get("Key") or operation == "ListObjectsV2"
    if not has_place or not isinstance(params.get("Body", b""), bytes):
        return False
    texts = [params[name] for name in HEADERS if name in params]
    return all(text.isascii() and text.isprintable() for text in texts)


def _is_by_same_token(sent: WireRequest, request: Any) -> bool:  # noqa: ANN401 botocore
    token = request.headers.get("Authorization", b"")
    return sent.headers.get("Authorization", "") == (
        token.decode() if isinstance(token, bytes) else token
    )


def _object(answer: Answer) -> Told | None:
    length = answer.headers.get("content-length", "")
    if answer.status not in {200, 206} or not length.isdecimal():
        return None
    return {**_head(answer), "ContentLength": int(length), "Body": answer}


def _written(answer: Answer) -> Told | None:
    return _head(answer) if answer.status == 200 and not answer.load() else None


def _listing(answer: Answer) -> Told | None:
    return read_listing(answer.load()) if answer.status == 200 else None


def _head(answer: Answer) -> dict[str, Any]:
    headers = answer.headers
    told: dict[str, Any] = {name: headers[key] for key, name in TOLD.items() if key in headers}
    if "last-modified" in headers:
        told["LastModified"] = parse_time(headers["last-modified"])
    told["Metadata"] = {
        name.removeprefix(OF_A_PERSON): text
        for name, text in headers.items()
        if name.startswith(OF_A_PERSON)
    }
    told["ResponseMetadata"] = {"HTTPStatusCode": answer.status, "HTTPHeaders": headers}
    return told


READERS: Mapping[str, Callable[[Answer], Told | None]] = {
    "GetObject": _object,
    "ListObjectsV2": _listing,
    "PutObject": _written,
}
