"""A service on loopback that gives one answer, whatever it is asked."""

import socketserver
import threading
from contextlib import contextmanager

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.s3.bucket import S3Bucket
from cloudanno_desktop.bucket.s3.client import make_service

ACCESS_KEY = "AKIDEXAMPLEKEY"
SECRET_KEY = "wJalrXUtnFEMIsecret"


@contextmanager
def canned_bucket(response):
    """Yield a bucket whose service answers once a connection, and the requests that it got.

    ``response`` is bytes, or makes them from the head of a request.
    """
    requests = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = self.rfile.readline()
                if not line:
                    return
                head += line
            requests.append(head)
            self.wfile.write(response(head) if callable(response) else response)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        bucket = bucket_at(f"http://127.0.0.1:{server.server_address[1]}")
        try:
            yield bucket, requests
        finally:
            bucket.close()
            server.shutdown()
            thread.join()


def bucket_at(endpoint, attempts=1):
    """Return a bucket of the service at ``endpoint``."""
    connection = Connection(name="canned", endpoint_url=endpoint, access_key_id=ACCESS_KEY)
    return S3Bucket(make_service(connection, Secret(SECRET_KEY), attempts), "photos")


def xml_error(status, code):
    """Return an answer with S3's error document."""
    return xml(status, f"<Error><Code>{code}</Code><Message>told</Message></Error>")


def xml(status, document):
    """Return an answer with an XML document."""
    body = document.encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def listing(first, count, token):
    """Return a page of a listing with url-encoded keys ``0000000 +.jpg`` in falling order."""
    found = "".join(
        f"<Contents><Key>{number:07}+%2B.jpg</Key><Size>1</Size><ETag>&quot;{number:032x}&quot;"
        "</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
        for number in reversed(range(first, first + count))
    )
    more = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>"
    head = "<ListBucketResult><EncodingType>url</EncodingType>"
    return xml(200, f"{head}{more if token else ''}{found}</ListBucketResult>")
