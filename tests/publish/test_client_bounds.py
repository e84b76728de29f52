"""What a device takes from a server: no drip, no detour, no odd descriptions, no exploding zips."""

import http.server
import json
import socket
import threading
import zipfile

import pytest

from cloudanno_desktop.publish import client
from cloudanno_desktop.publish.client import (
    PullFailed,
    check_loads,
    open_source,
    parse_branch_file,
    pull,
    read_current,
)
from cloudanno_desktop.publish.publisher import publish
from tests.support.device import fetch, zipped

KEY = "models/branches/dev.json"
HEADER = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
DRIPS = {"body": (HEADER, b" "), "header": (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x")}
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
DRIPS["chunk size"] = (CHUNKED, b"0")


@pytest.fixture
def device(tmp_path):
    return tmp_path / "device"


class Dripping:
    """Answers with ``start`` and then one byte at a time, until nobody listens."""

    def __init__(self, start, byte):
        self._start, self._byte, self._over = start, byte, threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self._over.set()
        self._thread.join()
        self._listener.close()

    def _serve(self):
        connection, _ = self._listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(self._start)
            try:
                while not self._over.wait(0.02):
                    connection.sendall(self._byte)
            except OSError:
                return


@pytest.mark.parametrize("place", DRIPS)
def test_a_server_that_drips_is_given_up(device, monkeypatch, place):
    monkeypatch.setattr(client, "GRACE_S", 0.3)
    with Dripping(*DRIPS[place]) as server, pytest.raises(PullFailed, match=r"too slow|timed out"):
        pull(server.address, "dev", device)


@pytest.fixture
def start_server():
    servers = []

    def start(respond):
        class Asked(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                respond(self)

            def log_message(self, *_given):
                """Be silent."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return server

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def sends_to(place):
    def respond(self):
        is_first = "moved" not in self.path
        self.send_response(302 if is_first else 200)
        self.send_header("Location", place.format(port=self.server.server_port))
        self.send_header("Content-Length", "0" if is_first else "5")
        self.end_headers()
        if not is_first:
            self.wfile.write(b"found")

    return respond


@pytest.mark.parametrize(
    "place",
    [
        "http://localhost:{port}/moved",
        "http://127.0.0.1:1/moved",
        "ftp://127.0.0.1/moved",
        "file:///etc/hostname",
        "//elsewhere.example/moved",
    ],
)
def test_a_server_that_sends_to_another_place_is_not_followed(start_server, device, place):
    server = start_server(sends_to(place))
    with pytest.raises(PullFailed, match=r"another place|302"):
        pull(f"http://127.0.0.1:{server.server_port}", "dev", device)


def test_a_server_may_send_to_another_address_of_its_own(start_server):
    server = start_server(sends_to("/moved"))
    reply = open_source(f"http://127.0.0.1:{server.server_port}").get(KEY)
    assert b"".join(reply.blocks) == b"found"


@pytest.fixture
def served(bucket, make_run):
    publish(bucket, make_run(), "dev")
    return json.loads(bucket.get(KEY).body)


@pytest.mark.parametrize(
    "change",
    [
        {"labels": "ab"},
        {"labels": ["leaf", "leaf"]},
        {"labels": ["leaf", ""]},
        {"labels": ["leaf", 3]},
        {"serial": 10**4000},
        {"serial": -1},
        {"serial": True},
        {"serial": "3"},
        {"serial": 3.5},
        {"version": ["v1"]},
        {"version": ""},
        {"poll_after_s": 1e300},
        {"rollout": {"percent": 101}},
        {"rollout": []},
        {"artifacts": {"tflite": 1}},
        {"artifacts": ["tflite"]},
        {"schema": "1"},
        {"min_client": None},
        {"expires_at": 7},
    ],
)
def test_an_odd_branch_file_is_refused_in_one_sentence(served, change):
    with pytest.raises(PullFailed, match="dev") as refusal:
        parse_branch_file(json.dumps(served | change).encode(), "dev")
    assert len(str(refusal.value)) < 400


ODD_MODELS = {
    "nothing": b"",
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "an unknown field": b'{"surplus": 1}',
    "no text": b"\xff\xfe",
}


@pytest.mark.parametrize("body", ODD_MODELS.values(), ids=ODD_MODELS)
def test_an_odd_current_file_is_no_model_yet(bucket, folder, make_run, device, body):
    publish(bucket, make_run(), "dev")
    first = fetch(folder, "dev", device)
    (device / "current.json").write_bytes(body)
    assert read_current(device) is None

    assert fetch(folder, "dev", device).model == first.model


@pytest.mark.parametrize(
    "change",
    [
        {"serial": "1"},
        {"serial": 10**4000},
        {"served": {}},
        {"served": None},
        {"files": {"tflite": "../../outside"}},
        {"files": []},
        {"files": {}},
        {"etag": "a\nb"},
        {"etag": None},
        {"branch": 3},
    ],
)
def test_a_current_file_that_contradicts_itself_is_no_model_yet(
    bucket, folder, make_run, device, change
):
    publish(bucket, make_run(), "dev")
    first = fetch(folder, "dev", device)
    path = device / "current.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | change))
    assert read_current(device) is None

    assert fetch(folder, "dev", device).model == first.model


@pytest.mark.parametrize("name", ["keras", "coreml", "tflite", "mlmodel"])
def test_a_file_of_words_is_no_model(tmp_path, name):
    (tmp_path / "model").write_bytes(b"hello")
    with pytest.raises(PullFailed, match=name):
        check_loads(tmp_path / "model", name, ["leaf"])


@pytest.mark.parametrize("name", ["keras", "coreml"])
def test_a_zip_without_a_model_is_refused(tmp_path, name):
    (tmp_path / "model").write_bytes(zipped(readme="hello"))
    with pytest.raises(PullFailed, match="it has no"):
        check_loads(tmp_path / "model", name, ["leaf"])


def test_a_zip_that_explodes_is_refused_before_it_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "model", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", bytes(90 << 20))
    with pytest.raises(PullFailed, match="unpacks to 94 MB"):
        check_loads(tmp_path / "model", "keras", ["leaf"])
