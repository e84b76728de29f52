"""Signature Version 4 of plain requests to S3.

boto3's own signer gives the same in three times the time, as it asks many questions whose answers
are the same for each of them.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import hmac
from functools import lru_cache
from hashlib import sha256
from time import gmtime, strftime

from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import NoCredentialsError

from cloudanno_desktop.bucket.s3.fast.connections import WireRequest

ALGORITHM = "AWS4-HMAC-SHA256"
OF_NOTHING = sha256().hexdigest()


def sign(request: WireRequest, credentials: ReadOnlyCredentials | None, region: str) -> None:
    """Add what signs a request and all its headers. Raises ``NoCredentialsError``."""
    if credentials is None:
        raise NoCredentialsError
    now = strftime("%Y%m%dT%H%M%SZ", gmtime())
    digest = sha256(request.body).hexdigest() if request.body else OF_NOTHING
    headers = request.headers
    headers |= {"X-Amz-Date": now, "X-Amz-Content-SHA256": digest}
    if credentials.token:
        headers["X-Amz-Security-Token"] = credentials.token
    told = sorted((name.lower(), value.strip()) for name, value in headers.items())
    path, _, query = request.target.partition("?")
    lines = [request.method, path, query, *(f"{name}:{value}" for name, value in told), ""]
    signed = ";".join(name for name, _ in told)
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
