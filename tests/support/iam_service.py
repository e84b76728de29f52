"""A service on loopback that exchanges API keys for tokens, as IBM's does."""

import http.server
import json
import threading
from contextlib import contextmanager
from urllib.parse import parse_qs

API_KEY = "an-API-key-0viPHOY7LbLN"


class Iam:
    """What the service does.

    Attributes:
        life_s: how long its tokens live.
        is_down: it answers 503.
        gate: each answer waits for it.
        forms: what was asked.
        given: the tokens, in order.
    """

    def __init__(self):
        self.life_s = 3600
        self.is_down = False
        self.gate = threading.Event()
        self.gate.set()
        self.forms = []
        self.given = []
        self.url = ""

    def response(self, form):
        self.forms.append(form)
        self.gate.wait(10)
        if self.is_down:
            return 503, {}
        if form.get("apikey") != API_KEY:
            return 400, {"errorCode": "BXNIM0415E", "errorMessage": f"{form.get('apikey')} unknown"}
        self.given.append(f"eyJ-token-{len(self.given)}")
        return 200, {
            "access_token": self.given[-1],
            "token_type": "Bearer",
            "expires_in": self.life_s,
            "expiration": 1,
        }


@contextmanager
def iam_service():
    """Serve until the end of the block."""
    iam = Iam()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, reported = iam.response(
                {name: values[0] for name, values in parse_qs(body).items()}
            )
            sent = json.dumps(reported).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *arguments):
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        iam.url = f"http://127.0.0.1:{server.server_port}/identity/token"
        try:
            yield iam
        finally:
            iam.gate.set()
            server.shutdown()
            thread.join()
