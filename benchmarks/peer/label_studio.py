"""A Label Studio of its own, run on loopback with SQLite, and used through its real API."""

import json
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from peer.tools import ACCESS_KEY, REGION, SECRET_KEY, await_answer, free_ports, running

TOKEN = "0123456789abcdef0123456789abcdef01234567"  # of a server that lives for minutes
CONFIG = (
    '<View><Image name="image" value="$image"/><Choices name="label" toName="image">{}</Choices>'
    "</View>"
)
QUIET = {
    "SSRF_PROTECTION_ENABLED": "0",  # the service is on loopback
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "1",
    "COLLECT_ANALYTICS": "0",
    "LATEST_VERSION_CHECK": "0",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
}


class LabelStudio:
    """One running server, as one of its users sees it.

    Args:
        address: of the server.
        token: of the user.
    """

    def __init__(self, address: str, token: str = TOKEN) -> None:
        self.address = address
        self.token = token

    def call(self, method: str, path: str, document: object = None) -> Any:  # noqa: ANN401 JSON
        """Send one request and return the answer's document. Raises ``HTTPError``."""
        request = urllib.request.Request(
            f"{self.address}/api/{path}",
            method=method,
            data=None if document is None else json.dumps(document).encode(),
            headers={"Authorization": f"Token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=600) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def new_project(self, labels: tuple[str, ...]) -> int:
        """Make a project where an image carries one of ``labels``; return its id."""
        choices = "".join(f'<Choice value="{label}"/>' for label in labels)
        asked = {"title": "peers", "label_config": CONFIG.format(choices)}
        return int(self.call("POST", "projects/", asked)["id"])

    def new_s3_storage(self, project: int, endpoint: str, bucket: str) -> int:
        """Connect a project to a bucket whose objects become tasks; return the storage's id."""
        asked = {
            "project": project,
            "bucket": bucket,
            "s3_endpoint": endpoint,
            "region_name": REGION,
            "aws_access_key_id": ACCESS_KEY,
            "aws_secret_access_key": SECRET_KEY,
            "use_blob_urls": True,
            "recursive_scan": True,
            "regex_filter": r".*\.jpg",
        }
        return int(self.call("POST", "storages/s3/", asked)["id"])

    def sync(self, storage: int) -> int:
        """Synchronise a storage; return the number of tasks that it has made."""
        return int(self.call("POST", f"storages/s3/{storage}/sync")["last_sync_count"])


@contextmanager
def label_studio(program: str) -> Iterator[LabelStudio]:
    """Run a fresh server; the database and everything else of it lie in a folder that goes away."""
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="label-studio-") as folder:
        command = [program, "start", "--no-browser", "--internal-host", "127.0.0.1"]
        command += ["--port", str(port), "--data-dir", folder, "--user-token", TOKEN]
        command += ["--username", "one@example.com", "--password", "a password of a benchmark"]
        with running(command, Path(folder), HOME=folder, **QUIET) as server:
            await_answer(f"http://127.0.0.1:{port}/health", server)
            yield LabelStudio(f"http://127.0.0.1:{port}")
