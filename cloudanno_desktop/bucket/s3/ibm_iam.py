"""S3 requests with an IBM token instead of a signature.

Source: https://cloud.ibm.com/docs/cloud-object-storage?topic=cloud-object-storage-compatibility-api
and https://cloud.ibm.com/apidocs/iam-identity-token-api#gettoken-apikey
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from cloudanno_desktop import log
from cloudanno_desktop.bucket.connections.connection import IAM_URL, Connection
from cloudanno_desktop.bucket.errors import AccessDenied, StorageFailed
from cloudanno_desktop.bucket.s3.errors import FailedRequest, reporting
from cloudanno_desktop.bucket.s3.fast.sigv4 import FastRequest
from cloudanno_desktop.errors import CloudAnnoError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_log = logging.getLogger(__name__)

RENEW_BELOW = 0.25
WAIT_BELOW = 0.17
PAUSE_S = 10  # between failed attempts, while a token is valid

GRANT = "urn:ibm:params:oauth:grant-type:apikey"
_OF_AN_INSTANCE = {"ListBuckets", "CreateBucket"}
_SENT, _RENEWED = "cloudanno_token", "cloudanno_renewed"
_ACTION = "exchange the API key for a token"
CLIENTS_WITH_TOKENS = 16


class _TokenReply(msgspec.Struct):
    access_token: str
    expires_in: float


class _Refusal(msgspec.Struct):
    error_code: str = msgspec.field(name="errorCode", default="")


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token, never shown; ``life_s`` counts from its issue."""

    text: str = field(repr=False)
    life_s: float

    def __post_init__(self) -> None:
        log.hide(self.text)


class Tokens:
    """Gives threads a valid token.

    ``buy`` fetches a new token; its errors reach those who need one. ``clock`` is ``time.time``.
    """

    def __init__(self, buy: Callable[[], Token], clock: Callable[[], float] = time.time) -> None:
        self._buy = buy
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._ends_s = 0.0
        self._token_request: Future[str] | None = None
        self._pause_until_s = 0.0

    def current(self) -> str:
        """Return a token. Raises what ``buy`` raises if none is valid."""
        now_s = self._clock()
        with self._lock:
            token = self._token
            left = (self._ends_s - now_s) / token.life_s if token else 0.0
            if token and (left > RENEW_BELOW or (left > 0 and now_s < self._pause_until_s)):
                return token.text
            under_way, mine = self._token_request, Future[str]()
            if under_way is None:
                self._token_request = mine
        if under_way is None:
            self._carry_out(mine)
        elif token and left > WAIT_BELOW:
            return token.text
        return (under_way or mine).result()

    def drop(self, text: str) -> None:
        """Forget a token that the service refused, unless it was renewed already."""
        with self._lock:
            if self._token and self._token.text == text:
                self._token = None

    def _carry_out(self, token_request: "Future[str]") -> None:
        """Fetch a token and resolve ``token_request`` for all who wait."""
        try:
            token = self._buy()
        except CloudAnnoError as error:
            self._resolve_failed(token_request, error)
        except BaseException as error:
            with self._lock:
                self._token_request = None
            token_request.set_exception(error)
            raise
        else:
            with self._lock:
                self._token, self._ends_s = token, self._clock() + token.life_s
                self._token_request = None
            _log.info("a new token is valid for %d s", token.life_s)
            token_request.set_result(token.text)

    def _resolve_failed(self, token_request: "Future[str]", error: CloudAnnoError) -> None:
        with self._lock:
            now_s, token = self._clock(), self._token
            is_valid = now_s < self._ends_s
            self._token_request = None
            self._pause_until_s = now_s + PAUSE_S
        _log.info("no new token: %s", error)
        if token and is_valid:
            token_request.set_result(token.text)
        else:
            token_request.set_exception(error)


class BearerAuth:
    """Adds a token to every attempt of a request, and renews it once if it is refused.

    ``tokens`` are shared by all clients of one API key.
    """

    def __init__(self, tokens: Tokens, instance: str) -> None:
        self._tokens = tokens
        self._instance = instance

    def watch(self, client: "S3Client") -> None:
        client.meta.events.register("request-created.s3", self._on_created)
        client.meta.events.register_first("needs-retry.s3", self._on_responded)  # type: ignore[arg-type]  # its stubs expect no return value

    def add_token(self, request: FastRequest) -> None:
        request.headers["Authorization"] = f"Bearer {self._tokens.current()}"

    def _on_created(self, request: AWSRequest, operation_name: str, **_: object) -> None:
        token = self._tokens.current()
        request.context[_SENT] = token
        request.headers["Authorization"] = f"Bearer {token}"
        if self._instance and operation_name in _OF_AN_INSTANCE:
            request.headers["ibm-service-instance-id"] = self._instance

    def _on_responded(
        self, response: tuple[AWSResponse, object] | None, request_dict: dict[str, Any], **_: object
    ) -> int | None:
        context = request_dict["context"]
        if response is None or response[0].status_code != 401 or context.get(_RENEWED):
            return None
        context[_RENEWED] = True
        _log.info("the token was refused; the request is sent again with a new one")
        self._tokens.drop(context[_SENT])
        return 0


@lru_cache(maxsize=CLIENTS_WITH_TOKENS)
def tokens_of(connection: Connection, api_key: str) -> Tokens:
    """Return the tokens of an API key, the same for every client of a connection."""
    url = connection.iam_url or IAM_URL
    session = URLLib3Session(
        verify=True if (trusted := trusted_by(connection)) is None else trusted,  # type: ignore[arg-type]  # a file, too
        proxies=proxies_of(connection) or get_environ_proxies(url),
        timeout=(connection.connect_timeout_s, connection.read_timeout_s),  # type: ignore[arg-type]  # two, too
    )
    return Tokens(lambda: _fetched_token(session, url, api_key))


def proxies_of(connection: Connection) -> dict[str, str] | None:
    """Return a connection's own proxy; ``None`` for the environment's."""
    return {"http": connection.proxy, "https": connection.proxy} if connection.proxy else None


def trusted_by(connection: Connection) -> str | bool | None:
    """Return the file of certificates to trust, ``False`` for any, ``None`` for the default."""
    if connection.insecure:
        return False
    named = (os.environ.get(name) for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"))
    return connection.ca_file or next(filter(None, named), None)


def _fetched_token(session: URLLib3Session, url: str, api_key: str) -> Token:
    form = urlencode({"grant_type": GRANT, "response_type": "cloud_iam", "apikey": api_key})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    with reporting(FailedRequest(url, "", _ACTION)):
        response = session.send(AWSRequest("POST", url, headers, form).prepare())
    if response.status_code in {400, 401, 403}:
        raise AccessDenied(url, _ACTION, _code_in(response.content) or str(response.status_code))
    if response.status_code != 200:
        raise StorageFailed(url, _ACTION, str(response.status_code))
    return _token_in(url, response.content)


def _token_in(url: str, body: bytes) -> Token:
    with log.passing_over(msgspec.MsgspecError):
        reply = msgspec.json.decode(body, type=_TokenReply)
        if reply.access_token.isprintable() and reply.expires_in > 0:
            return Token(reply.access_token, reply.expires_in)
    raise StorageFailed(url, _ACTION, "its response holds no token")


def _code_in(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Refusal).error_code
    except msgspec.MsgspecError:
        return ""
