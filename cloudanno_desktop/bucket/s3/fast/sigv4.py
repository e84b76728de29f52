"""Signature Version 4 of plain requests to S3.

botocore's signer gives the same (a test compares them) but takes a tenth of a millisecond longer,
a fifth of what a request costs.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import hmac
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from time import gmtime, strftime

from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import NoCredentialsError

ALGORITHM = "AWS4-HMAC-SHA256"
OF_NOTHING = sha256().hexdigest()


@dataclass(frozen=True, slots=True)
class FastRequest:
    """A request that goes past boto3; ``target`` is the encoded path and query."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def sign(request: FastRequest, credentials: ReadOnlyCredentials | None, region: str) -> None:
    """Sign a request with all its headers, ``Host`` among them. Raises ``NoCredentialsError``."""
    if credentials is None:
        raise NoCredentialsError
    now = strftime("%Y%m%dT%H%M%SZ", gmtime())
    digest = sha256(request.body).hexdigest() if request.body else OF_NOTHING
    headers = request.headers
    headers |= {"X-Amz-Date": now, "X-Amz-Content-SHA256": digest}
    if credentials.token:
        headers["X-Amz-Security-Token"] = credentials.token
    lower = sorted((name.lower(), value.strip()) for name, value in headers.items())
    path, _, query = request.target.partition("?")
    lines = [request.method, path, query, *(f"{name}:{value}" for name, value in lower), ""]
    signed = ";".join(name for name, _ in lower)
    canonical = "\n".join([*lines, signed, digest])
    scope = f"{now[:8]}/{region}/s3/aws4_request"
    text = "\n".join([ALGORITHM, now, scope, sha256(canonical.encode()).hexdigest()])
    signature = hmac.digest(_key(credentials.secret_key, scope), text.encode(), "sha256").hex()
    headers["Authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={signed}, Signature={signature}"
    )


@lru_cache(maxsize=8)
def _key(secret: str, scope: str) -> bytes:
    """Return the key of one day; it is made from the secret and the parts of ``scope``."""
    key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
