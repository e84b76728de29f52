"""A service on loopback that takes only links that are rightly signed and still valid.

moto looks at neither. Source:
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

import hashlib
import hmac
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit

BODY = b"the picture"


def is_valid(target, host, secret):
    """Say whether a signed address is right and has not run out."""
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    reported = query.pop("X-Amz-Signature")
    scope = query["X-Amz-Credential"].partition("/")[2]
    text = "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(query.items()))
    request = f"GET\n{parts.path}\n{text}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for word in scope.split("/"):
        key = hmac.digest(key, word.encode(), "sha256")
    signed = f"AWS4-HMAC-SHA256\n{query['X-Amz-Date']}\n{scope}\n{digest}".encode()
    began = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    ends = began + timedelta(seconds=int(query["X-Amz-Expires"]))
    return hmac.digest(key, signed, "sha256").hex() == reported and datetime.now(UTC) < ends


@contextmanager
def presigned_service(secret):
    """Serve until the block ends; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            is_right = is_valid(self.path, self.headers["Host"], secret)
            self.send_response(200 if is_right else 403)
            self.send_header("Content-Length", str(len(BODY) * is_right))
            self.end_headers()
            self.wfile.write(BODY * is_right)

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
