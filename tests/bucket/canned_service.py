"""A service on loopback that gives one answer, whatever it is asked."""

import socketserver
import threading
from contextlib import contextmanager

from cloudanno_desktop.bucket.connection import Connection
from cloudanno_desktop.bucket.credentials import Secret
from cloudanno_desktop.bucket.s3_bucket import S3Bucket
from cloudanno_desktop.bucket.s3_client import make_client

ACCESS_KEY = "AKIDEXAMPLEKEY"
SECRET_KEY = "wJalrXUtnFEMIsecret"


@contextmanager
def canned_bucket(answer):
    """Yield a bucket whose service sends ``answer`` (bytes) and closes, and the requests it got."""
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
            self.wfile.write(answer)

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


def bucket_at(endpoint):
    """Return a bucket of the service at ``endpoint`` that tries once."""
    connection = Connection(name="canned", endpoint_url=endpoint, access_key_id=ACCESS_KEY)
    return S3Bucket(make_client(connection, Secret(SECRET_KEY), 1), "photos", endpoint)


def xml_error(status, code):
    """Return an answer with S3's error document."""
    body = f"<Error><Code>{code}</Code><Message>told</Message></Error>".encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body
