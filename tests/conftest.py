"""Fixtures that several parts of the tests share."""

import logging
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest_plugins = ["tests.support.bucket_fixtures"]

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the program does, before numpy is loaded

SHARED_DATA = Path(
    os.environ.get("CLOUDANNO_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """Keep every file of the program inside a folder of this test."""
    path = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("CLOUDANNO_HOME", str(path))
    return path


class Warned(logging.Handler):
    """Gathers what the program warns of."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.records = []

    def emit(self, record):
        self.records.append(f"{record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def warned(request):
    """Fail a test in which the program logs a warning, unless it says so by ``logs_warning``."""
    program, warned = logging.getLogger("cloudanno_desktop"), Warned()
    program.addHandler(warned)
    yield warned.records
    program.removeHandler(warned)
    is_expected = request.node.get_closest_marker("logs_warning") is not None
    assert bool(warned.records) == is_expected, warned.records


@pytest.fixture(scope="session")
def shared_data():
    """Return the folder of real photos, weights and odd files, or skip."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no real data at {SHARED_DATA}; set CLOUDANNO_TEST_DATA")
    return SHARED_DATA


@pytest.fixture(scope="session")
def s3_endpoint():
    """Serve S3 by moto on loopback and return its address."""
    from moto.moto_server import werkzeug_app
    from moto.server import ThreadedMotoServer

    class AnyText(werkzeug_app.RegexConverter):
        """Let a key hold a newline, as real services do."""

        def __init__(self, url_map, *items):
            super().__init__(url_map, items[0].replace(".", r"[\s\S]"), *items[1:])

    werkzeug_app.RegexConverter = AnyText
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def faulty_always(s3_endpoint):
    """Serve S3 with the faults of whoever asks, in front of the sound service."""
    from tests.support.faulty_service import faulty_service

    with faulty_service(s3_endpoint) as service:
        yield service


@pytest.fixture
def faulty(faulty_always, monkeypatch):
    """Return a service that fails as this test plans; nobody waits before the next try."""
    import botocore.endpoint

    from cloudanno_desktop.bucket.s3.fast import client

    at_once = SimpleNamespace(**vars(time) | {"sleep": lambda seconds: None})
    monkeypatch.setattr(botocore.endpoint, "time", at_once)
    monkeypatch.setattr(client, "PAUSE_S", (0, 0))
    yield faulty_always
    faulty_always.heal()
    faulty_always.failed.clear()


@pytest.fixture
def aws_keys(monkeypatch):
    """Put test credentials into the environment, and keep the user's own out."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
