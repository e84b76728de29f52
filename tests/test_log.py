"""The log helps who mends the program, and betrays nothing."""

import logging
import subprocess
import sys

import pytest

from cloudanno_desktop import log, paths

_log = logging.getLogger("cloudanno_desktop.test")
HIDDEN = "abcDEF123"
LINES = """
import logging, sys
from cloudanno_desktop import log
with log.writing(sys.argv[1]):
    for number in range(200):
        logging.getLogger("cloudanno_desktop.test").info("line %d of %s", number, sys.argv[1])
"""


@pytest.mark.parametrize(
    "text",
    [
        f"secret_access_key={HIDDEN}",
        f"X-Amz-Signature={HIDDEN}&x=1",
        f"Authorization: Bearer {HIDDEN}",
        f"{{'Authorization': 'Bearer {HIDDEN}'}}",
        f"Authorization: AWS4-HMAC-SHA256 Credential={HIDDEN}/s3, SignedHeaders=host, Signature=x",
        f"Authorization: AWS4-HMAC-SHA256 Credential=x/s3, SignedHeaders=host, Signature={HIDDEN}",
        f"{{'aws_session_token': '{HIDDEN}'}}",
        f'"apikey": "{HIDDEN}"',
        f"password = {HIDDEN}",
        f"GET https://b.example/cat.jpg?X-Amz-Credential={HIDDEN}&X-Amz-Expires=60",
        f"GET https://b.example/cat.jpg?sv=1&sr={HIDDEN}&sig=x",
        f"sent bearer {HIDDEN}",
        "the key AKIAabcDEF123".replace(HIDDEN, f"{HIDDEN.upper()}9999"),
    ],
)
def test_what_looks_like_a_secret_is_struck(text):
    assert HIDDEN.lower() not in log.without_secrets(text).lower()


def test_names_of_pictures_stay():
    text = "GET http://localhost/photos/token.jpg?versionId=7: 503 SlowDown"
    assert log.without_secrets(text) == text


def test_a_secret_in_memory_stands_in_no_trace(home):
    log.hide("wJalrXUtnFEMI/K7MDENG")
    with log.writing("command"):
        try:
            raise ValueError("the keyring refused wJalrXUtnFEMI/K7MDENG")
        except ValueError:
            _log.info("swallowed", exc_info=True)

    text = paths.log_file().read_text()
    assert "ValueError: the keyring refused •••" in text
    assert "wJalr" not in text


def test_two_processes_write_whole_lines_into_one_log(home):
    commands = [[sys.executable, "-c", LINES, name] for name in ("window", "media")]
    for process in [subprocess.Popen(command) for command in commands]:
        assert process.wait() == 0

    lines = paths.log_file().read_text().splitlines()
    for name in ("window", "media"):
        written = [line for line in lines if f" {name}[" in line and f" of {name}" in line]
        assert [int(line.split("line ")[1].split()[0]) for line in written] == list(range(200))
    assert len(lines) == 2 * (200 + 2)


def test_a_child_writes_as_much_as_its_parent(home, monkeypatch):
    monkeypatch.setenv(log.LEVEL_VARIABLE, "error")  # so that the change is undone after the test
    log.use_level("warning")
    with log.writing("window"):
        subprocess.run([sys.executable, "-c", LINES, "media"], check=True)
    assert not paths.log_file().exists()


def test_a_large_log_is_set_aside_at_start(home):
    paths.log_file().write_bytes(b"x" * (log.LARGEST_BYTES + 1))
    with log.writing("command"):
        pass
    assert sorted(path.name for path in paths.log_dir().iterdir()) == [
        "cloudanno.1.log",
        "cloudanno.log",
    ]
    assert paths.log_file().stat().st_size < 1000


def test_a_log_that_cannot_be_written_stops_nothing(home, capfd):
    paths.log_file().mkdir()
    with log.writing("command"):
        _log.info("something")
    assert capfd.readouterr() == ("", "")


def test_nothing_is_written_after_the_program_has_ended(home):
    with log.writing("command"):
        pass
    before = paths.log_file().read_text()
    _log.info("late")
    assert paths.log_file().read_text() == before
