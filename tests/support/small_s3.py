"""A small S3 service on loopback whose oddities a test chooses: conditions, and who may ask."""

import hashlib
import http.server
import re
import threading
import uuid
from contextlib import contextmanager
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

TIME = "2026-01-01T00:00:00.000Z"


class SmallS3:
    """What the service holds, and how it behaves.

    Attributes:
        conditions: ``honoured``, ``ignored``, ``refused`` or ``unquoted``.
        allows: takes the Authorization header; tells whether the request is let in.
        denied: operations, such as ``PUT`` or ``list``, that nobody may do.
        objects: bytes by ``bucket/key``.
        seen: method, path and headers of each request.
    """

    def __init__(self, conditions="honoured"):
        self.conditions = conditions
        self.allows = lambda authorization: True
        self.denied = set()
        self.objects = {}
        self.parts = {}
        self.seen = []
        self.lock = threading.Lock()
        self.url = ""

    def etag(self, name):
        return hashlib.md5(self.objects[name]).hexdigest()

    def condition_fails(self, name, headers):
        """Return the status of a refused write, 0 to let it through."""
        absent, match = headers.get("If-None-Match"), headers.get("If-Match")
        if self.conditions == "ignored" or not (absent or match):
            return 0
        if self.conditions == "refused":
            return 501
        if absent:
            return 412 if name in self.objects else 0
        if name not in self.objects:
            return 404
        quote = "" if self.conditions == "unquoted" else '"'
        return 0 if match == f"{quote}{self.etag(name)}{quote}" else 412


@contextmanager
def small_s3(conditions="honoured", tls=None):
    """Serve until the end of the block, with ``tls`` as the context of secure connections."""
    state = SmallS3(conditions)
    handler = type("Handler", (_Handler,), {"state": state})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        state.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, *arguments):
        """Say nothing."""

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        name, query = unquote(parts.path).lstrip("/"), parse_qs(parts.query, keep_blank_values=True)
        state = self.state
        with state.lock:
            state.seen.append((self.command, self.path, dict(self.headers)))
            if not state.allows(self.headers.get("Authorization", "")):
                return self._error(401, "InvalidToken")
            what = self._operation(name, query)
            if what in state.denied:
                return self._error(403, "AccessDenied")
            return getattr(self, f"_{what}")(name, query, body)

    def _operation(self, name, query):
        if not name:
            return "buckets"
        if "uploads" in query or "uploadId" in query:
            return "parts"
        if "delete" in query:
            return "delete"
        if "cors" in query:
            return "cors"
        if "/" not in name.rstrip("/"):
            return "bucket" if self.command == "PUT" else "list"
        return {"PUT": "put", "DELETE": "remove"}.get(self.command, "get")

    def _buckets(self, name, query, body):
        names = "".join(
            f"<Bucket><Name>{found}</Name></Bucket>"
            for found in sorted({found.split("/")[0] for found in self.state.objects})
        )
        self._xml(f"<ListAllMyBucketsResult><Buckets>{names}</Buckets></ListAllMyBucketsResult>")

    def _bucket(self, name, query, body):
        self._response(200)

    def _cors(self, name, query, body):
        self._error(404, "NoSuchCORSConfiguration")

    def _list(self, name, query, body):
        prefix = query.get("prefix", [""])[0]
        bucket = name.rstrip("/")
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.state.objects[full])}</Size>"
            f"<ETag>&quot;{self.state.etag(full)}&quot;</ETag><LastModified>{TIME}</LastModified>"
            "</Contents>"
            for full in sorted(self.state.objects)
            if (key := full.removeprefix(f"{bucket}/")) != full and key.startswith(prefix)
        )
        self._xml(f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>")

    def _put(self, name, query, body):
        status = self.state.condition_fails(name, self.headers)
        if status:
            codes = {404: "NoSuchKey", 501: "NotImplemented"}
            return self._error(status, codes.get(status, "PreconditionFailed"))
        self.state.objects[name] = _decoded(body, self.headers)
        return self._response(200, {"ETag": f'"{self.state.etag(name)}"'})

    def _get(self, name, query, body):
        if name not in self.state.objects:
            return self._error(404, "NoSuchKey")
        stored, etag = self.state.objects[name], f'"{self.state.etag(name)}"'
        head = {"ETag": etag, "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        if self.headers.get("If-Match", etag) != etag:
            return self._error(412, "PreconditionFailed")
        if self.headers.get("If-None-Match") == etag:
            return self._response(304, head)
        if needed := re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            start, end = int(needed[1]), int(needed[2] or len(stored) - 1)
            head["Content-Range"] = f"bytes {start}-{end}/{len(stored)}"
            return self._response(206, head, stored[start : end + 1])
        return self._response(200, head, stored)

    def _remove(self, name, query, body):
        self.state.objects.pop(name, None)
        self._response(204)

    def _delete(self, name, query, body):
        for key in re.findall(r"<Key>(.*?)</Key>", body.decode()):
            self.state.objects.pop(f"{name.rstrip('/')}/{key}", None)
        self._xml("<DeleteResult></DeleteResult>")

    def _parts(self, name, query, body):
        if "uploads" in query:
            upload = uuid.uuid4().hex
            self.state.parts[upload] = {}
            return self._xml(
                f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId>"
                "</InitiateMultipartUploadResult>"
            )
        upload = query["uploadId"][0]
        if self.command == "PUT":
            content = _decoded(body, self.headers)
            self.state.parts[upload][int(query["partNumber"][0])] = content
            return self._response(200, {"ETag": f'"{hashlib.md5(content).hexdigest()}"'})
        if self.command == "DELETE":
            self.state.parts.pop(upload, None)
            return self._response(204)
        if status := self.state.condition_fails(name, self.headers):
            return self._error(status, "PreconditionFailed" if status == 412 else "NotImplemented")
        whole = self.state.parts.pop(upload)
        self.state.objects[name] = b"".join(whole[number] for number in sorted(whole))
        etag = escape(f'"{self.state.etag(name)}"')
        return self._xml(
            f"<CompleteMultipartUploadResult><ETag>{etag}</ETag></CompleteMultipartUploadResult>"
        )

    def _error(self, status, code):
        self._response(status, body=f"<Error><Code>{code}</Code></Error>".encode())

    def _xml(self, document):
        self._response(200, body=document.encode())

    def _response(self, status, headers=(), body=b""):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 304:
            self.wfile.write(body)


def _decoded(body, headers):
    """Undo the chunks of a signed stream."""
    if "aws-chunked" not in headers.get("Content-Encoding", ""):
        return body
    out, rest = b"", body
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        count = int(size.split(b";")[0], 16)
        if not count:
            break
        out, rest = out + rest[:count], rest[count + 2 :]
    return out
