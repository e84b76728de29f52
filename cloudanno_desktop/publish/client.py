"""Keep a folder up to date with the model of a branch. Standard library only; runs alone.

Copy this one file to a device (Python 3.11) and run
``python client.py ADDRESS BRANCH FOLDER --watch``, or call ``pull`` or ``watch``. ADDRESS is the
http(s) address of the project, or a folder. Being one file, it is longer than other modules.

``FOLDER/current.json`` names the model in use. It is replaced atomically, after size, digest and a
first load of every file were right; on any failure the old model stays. One client at a time works
on a folder. ``branch_format.py`` describes the files in the bucket.
"""

import argparse
import errno
import hashlib
import http.client
import importlib
import json
import os
import random
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

CLIENT_PROTOCOL = 1
SCHEMA = 1
BRANCHES = "models/branches/"
BRANCH_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
BRANCH_FILE_LIMIT = 1 << 20
TIMEOUT_S = 30
BLOCK = 1 << 18
POLL_RANGE_S = (5, 86_400)
BACK_OFF_LIMIT_S = 6 * 3600
_DIGEST = re.compile("[0-9a-f]{64}")
_BAD_IN_KEY = re.compile(r"[\\:\x00-\x1f\x7f]")


class PullFailed(Exception):
    """Nothing was changed; the text says why. The next try may succeed."""


class Unchanged(Exception):
    """The object still has the ETag that the caller holds."""


@dataclass(frozen=True)
class Reply:
    """One object from ``start`` on; ``start`` is 0 where the source cannot begin elsewhere."""

    etag: str
    start: int
    blocks: Iterable[bytes]


class Source(Protocol):
    """Where the bucket is read from."""

    def get(self, key: str, etag: str | None = None, start: int = 0) -> Reply:
        """Read ``key`` from byte ``start``. Raises ``Unchanged``, ``PullFailed``."""


@dataclass(frozen=True)
class Artifact:
    """One model file that a branch offers."""

    format: str
    key: str
    bytes: int
    sha256: str

    @property
    def path(self) -> str:
        """Where the file stands in the client's folder."""
        return f"models/{self.sha256}/{self.key.rpartition('/')[2]}"


@dataclass(frozen=True)
class Model:
    """The content of ``current.json``.

    Attributes:
        files: path in the folder by format.
        served: the whole branch file: labels, thresholds, input rule, metrics.
    """

    branch: str
    version: str
    serial: int
    poll_after_s: int
    etag: str
    files: dict[str, str]
    served: dict[str, Any]


@dataclass(frozen=True)
class Pulled:
    """The outcome of one poll; ``changed`` says whether it brought another model."""

    model: Model
    changed: bool


Check = Callable[[Path, str, Sequence[str]], None]


def check_loads(path: Path, file_format: str, labels: Sequence[str]) -> None:
    """Load a model file once, as far as this device can. Raises ``PullFailed``."""
    try:
        if zipfile.is_zipfile(path) and file_format in {"coreml", "keras"}:
            with zipfile.ZipFile(path) as archive:
                broken = archive.testzip()
        else:
            broken = _load_tflite(path, labels) if file_format == "tflite" else None
    except Exception as error:  # a damaged file fails a library in any way
        raise PullFailed(f"the {file_format} file does not load: {error}") from error
    if broken:
        raise PullFailed(f"the {file_format} file does not load: {broken}")


def pull(
    source: Source | str | Path,
    branch: str,
    folder: Path,
    formats: Sequence[str] = (),
    check: Check = check_loads,
) -> Pulled:
    """Poll once, and bring ``folder`` to the model that ``branch`` serves.

    Args:
        source: an http(s) address of the project, a folder, or anything with ``get``.
        branch: such as ``main``.
        folder: belongs to this client; made if missing.
        formats: which files to fetch; empty for all that the branch offers.
        check: loads a file once, raises ``PullFailed`` if that does not work.
    """
    if not BRANCH_NAME.fullmatch(branch):
        raise PullFailed(f"“{branch}” is not a valid branch name")
    origin = open_source(source) if isinstance(source, str | Path) else source
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _Puller(origin, branch, folder, tuple(formats), check).pull()
    except OSError as error:
        raise PullFailed(_why_unusable(folder, error)) from error


def _why_unusable(folder: Path, error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"the disk that holds “{folder}” is full"
    return f"“{folder}” cannot be used: {error.strerror or error}"


def watch(
    source: Source | str | Path,
    branch: str,
    folder: Path,
    formats: Sequence[str] = (),
    pause: Callable[[float], object] = time.sleep,
) -> Iterator[Pulled | PullFailed]:
    """Poll forever and yield each outcome; after a failure it waits longer."""
    failures, poll_after_s = 0, 60
    while True:
        try:
            pulled = pull(source, branch, folder, formats)
        except PullFailed as error:
            failures += 1
            yield error
        else:
            failures, poll_after_s = 0, pulled.model.poll_after_s
            yield pulled
        pause(next_pause_s(poll_after_s, failures, random.uniform(0.9, 1.1)))


def next_pause_s(poll_after_s: float, failures: int, jitter: float) -> float:
    """Return how long to wait: doubled with each failure in a row, spread by ``jitter``."""
    low, high = POLL_RANGE_S
    calm = min(max(poll_after_s, low), high)
    return min(calm * 2.0 ** min(failures, 20), max(calm, BACK_OFF_LIMIT_S)) * jitter


def read_current(folder: Path) -> Model | None:
    """Return the model in use, ``None`` before the first."""
    try:
        return Model(**json.loads((folder / "current.json").read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def branch_key(branch: str) -> str:
    """Return the key of what a branch serves."""
    return f"{BRANCHES}{branch}.json"


def open_source(address: str | Path) -> Source:
    """Return the source at an http(s) address or in a folder."""
    is_http = isinstance(address, str) and address.startswith(("http://", "https://"))
    return HttpSource(str(address)) if is_http else FolderSource(Path(address))


@dataclass(frozen=True)
class FolderSource:
    """A project in a local or mounted folder."""

    root: Path

    def get(self, key: str, etag: str | None = None, start: int = 0) -> Reply:
        """Read a file; the ETag is its time, size and inode."""
        try:
            file = (self.root / key).open("rb")
        except OSError as error:
            raise PullFailed(f"“{key}” cannot be read: {error.strerror}") from error
        stat = os.fstat(file.fileno())
        found = f"{stat.st_mtime_ns:x}-{stat.st_size:x}-{stat.st_ino:x}"
        if found == etag:
            file.close()
            raise Unchanged
        file.seek(start)
        return Reply(found, start, _blocks(file, key))


@dataclass(frozen=True)
class HttpSource:
    """A project behind an http(s) address; its query (a signature) is sent for each object too."""

    address: str

    def get(self, key: str, etag: str | None = None, start: int = 0) -> Reply:
        """GET with If-None-Match and Range."""
        headers = {"If-None-Match": etag} if etag else {}
        headers |= {"Range": f"bytes={start}-"} if start else {}
        try:
            request = urllib.request.Request(self._url(key), headers=headers)
            response = urllib.request.urlopen(request, timeout=TIMEOUT_S)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 304:
                raise Unchanged from None
            raise PullFailed(f"“{key}” cannot be read: the server says {error.code}") from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise PullFailed(f"“{key}” cannot be reached: {error}") from error
        begins = start if response.status == 206 else 0
        return Reply(response.headers.get("ETag", ""), begins, _blocks(response, key))

    def _url(self, key: str) -> str:
        parts = urllib.parse.urlsplit(self.address)
        path = f"{parts.path.rstrip('/')}/{urllib.parse.quote(key)}"
        return parts._replace(path=path).geturl()


def _blocks(stream: Any, key: str) -> Iterator[bytes]:  # noqa: ANN401  a file or a response
    with stream:
        try:
            while block := stream.read(BLOCK):
                yield block
        except (OSError, http.client.HTTPException) as error:
            raise PullFailed(f"reading “{key}” broke off: {error}") from error


@dataclass(frozen=True)
class _Offer:
    """A branch file that was found valid."""

    serial: int
    version: str
    poll_after_s: int
    percent: int
    artifacts: tuple[Artifact, ...]
    served: dict[str, Any]


@dataclass(frozen=True)
class _Puller:
    source: Source
    branch: str
    folder: Path
    formats: tuple[str, ...]
    check: Check

    def pull(self) -> Pulled:
        old = read_current(self.folder)
        old = old if old and old.branch == self.branch else None
        known = old if old and self._has_files(old) else None
        try:
            reply = self.source.get(branch_key(self.branch), known.etag or None if known else None)
        except Unchanged:
            if known is None:
                raise PullFailed("the source reported “unchanged” without a known model") from None
            return Pulled(known, changed=False)
        offer = parse_branch_file(_read_small(reply), self.branch)
        self._refuse_older(offer, old)
        if known and not self._takes_part(offer):
            return Pulled(known, changed=False)
        model = self._fetch_all(offer, reply.etag)
        _write_aside(self.folder / "current.json", json.dumps(asdict(model), indent=1).encode())
        self._remove_old_files({*model.files.values(), *(old.files.values() if old else ())})
        return Pulled(model, changed=known is None or known.version != model.version)

    def _has_files(self, model: Model) -> bool:
        needed = set(self.formats or (a["format"] for a in model.served["artifacts"]))
        there = all((self.folder / path).is_file() for path in model.files.values())
        return there and needed == set(model.files)

    def _refuse_older(self, offer: _Offer, old: Model | None) -> None:
        if old and offer.serial < old.serial:
            raise PullFailed(f"serial {offer.serial} is older than {old.serial}, which is in use")
        if old and offer.serial == old.serial and offer.version != old.version:
            raise PullFailed(f"serial {offer.serial} was “{old.version}” before; it is refused")

    def _takes_part(self, offer: _Offer) -> bool:
        """Return whether a rollout has reached this installation."""
        path = self.folder / "installation.txt"
        if not path.is_file():
            _write_aside(path, uuid.uuid4().hex.encode())
        digest = hashlib.sha256(path.read_bytes()).digest()
        return int.from_bytes(digest[:4], "big") % 100 < offer.percent

    def _fetch_all(self, offer: _Offer, etag: str) -> Model:
        chosen = [a for a in offer.artifacts if not self.formats or a.format in self.formats]
        missing = set(self.formats) - {a.format for a in chosen}
        if missing or not chosen:
            raise PullFailed(f"the branch has no file of format {', '.join(sorted(missing))}")
        for artifact in chosen:
            self._fetch(artifact, offer.served["labels"])
        return Model(
            branch=self.branch,
            version=offer.version,
            serial=offer.serial,
            poll_after_s=offer.poll_after_s,
            etag=etag,
            files={a.format: a.path for a in chosen},
            served=offer.served,
        )

    def _fetch(self, artifact: Artifact, labels: Sequence[str]) -> None:
        target = self.folder / artifact.path
        if target.is_file() and _is_whole(target, artifact):
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        with _removed_after(OSError, part):  # a full disk; what a server broke off stays
            is_whole = self._download(artifact, part)
        with _removed_after(PullFailed, part):
            if not is_whole:
                raise PullFailed(f"“{artifact.key}” does not have the promised size and digest")
            self.check(part, artifact.format, labels)
        part.replace(target)

    def _download(self, artifact: Artifact, part: Path) -> bool:
        """Continue ``part``; a part that turns out wrong is fetched once more from the start."""
        was_begun = part.is_file() and part.stat().st_size > 0
        if was_begun and part.stat().st_size > artifact.bytes:
            part.unlink()
        self._append(artifact, part)
        if _is_whole(part, artifact):
            return True
        if was_begun:
            part.unlink()
            self._append(artifact, part)
        return _is_whole(part, artifact)

    def _append(self, artifact: Artifact, part: Path) -> None:
        with part.open("ab") as file:
            begun = file.tell()
            if begun == artifact.bytes:
                return
            reply = self.source.get(artifact.key, start=begun)
            file.truncate(reply.start)
            size = reply.start
            for block in reply.blocks:
                size += len(block)
                if size > artifact.bytes:
                    break  # more than promised: the digest will not fit either
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        if size < artifact.bytes:
            raise PullFailed(f"“{artifact.key}” broke off after {size} of {artifact.bytes} bytes")

    def _remove_old_files(self, used: set[str]) -> None:
        """Remove files of models before the last one, which a program may still have open."""
        for path in (self.folder / "models").glob("*/*"):
            if path.relative_to(self.folder).as_posix() not in used:
                path.unlink(missing_ok=True)
                if not any(path.parent.iterdir()):
                    path.parent.rmdir()


def parse_branch_file(body: bytes, branch: str) -> _Offer:
    """Read and check what a branch serves. Raises ``PullFailed``."""
    try:
        served = json.loads(body)
        json.dumps(served, ensure_ascii=False).encode()  # half a surrogate is no text
        offer = _Offer(
            serial=int(served["serial"]),
            version=str(served["version"]),
            poll_after_s=int(served["poll_after_s"]),
            percent=int(served["rollout"]["percent"]),
            artifacts=tuple(_artifact(entry) for entry in served["artifacts"]),
            served=served,
        )
        reason = _reason_against(served, branch)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise PullFailed(f"the file of branch “{branch}” is not valid: {error!r}") from error
    if reason:
        raise PullFailed(f"the file of branch “{branch}” is refused: {reason}")
    return offer


def _reason_against(served: dict[str, Any], branch: str) -> str | None:
    if served["schema"] != SCHEMA or int(served["min_client"]) > CLIENT_PROTOCOL:
        return "it needs a newer client"
    if served["branch"] != branch:
        return f"it belongs to “{served['branch']}”"
    expires = served["expires_at"]
    if expires and datetime.fromisoformat(expires) <= datetime.now(UTC):
        return f"it expired at {expires}"
    names = served["labels"]
    if not names or not all(isinstance(name, str) for name in names):
        return "it has no labels"
    return None


def _artifact(entry: dict[str, Any]) -> Artifact:
    found = Artifact(
        str(entry["format"]), str(entry["key"]), int(entry["bytes"]), str(entry["sha256"])
    )
    parts = found.key.split("/")
    if parts[0] != "models" or len(parts) < 2 or {"", ".", ".."} & set(parts):
        raise ValueError(f"the key {found.key!r} leads outside of models/")
    if _BAD_IN_KEY.search(found.key) or not _DIGEST.fullmatch(found.sha256) or found.bytes < 1:
        raise ValueError(f"the file {found.key!r} is described wrongly")
    return found


def _read_small(reply: Reply) -> bytes:
    body = b""
    for block in reply.blocks:
        body += block
        if len(body) > BRANCH_FILE_LIMIT:
            raise PullFailed("the file of the branch is too long")
    return body


def _is_whole(path: Path, artifact: Artifact) -> bool:
    if path.stat().st_size != artifact.bytes:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == artifact.sha256


def _write_aside(path: Path, body: bytes) -> None:
    part = path.with_name(path.name + ".part")
    with _removed_after(OSError, part):
        with part.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)


@contextmanager
def _removed_after(error: type[Exception], part: Path) -> Iterator[None]:
    """Remove ``part`` if this ends with ``error``."""
    try:
        yield
    except error:
        part.unlink(missing_ok=True)
        raise


def _load_tflite(path: Path, labels: Sequence[str]) -> str | None:
    for name in ("ai_edge_litert.interpreter", "tflite_runtime.interpreter"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        interpreter = module.Interpreter(model_path=str(path))
        interpreter.allocate_tensors()
        outputs = int(interpreter.get_output_details()[0]["shape"][-1])
        return None if outputs == len(labels) else f"{outputs} outputs for {len(labels)} labels"
    with path.open("rb") as file:
        return None if file.read(8)[4:] == b"TFL3" else "it is not a TensorFlow Lite file"


def main() -> int:
    """Run on a device: one line for each outcome."""
    parser = argparse.ArgumentParser(description="Keep a folder up to date with a branch.")
    parser.add_argument("address")
    parser.add_argument("branch")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--format", action="append", default=[])
    parser.add_argument("--watch", action="store_true")
    given = parser.parse_args()
    outcome: Pulled | PullFailed
    for outcome in watch(given.address, given.branch, given.folder, given.format):
        failed = isinstance(outcome, PullFailed)
        stream = sys.stderr if failed else sys.stdout
        text = outcome if isinstance(outcome, PullFailed) else outcome.model.version
        stream.write(f"{text}\n")
        stream.flush()
        if not given.watch:
            return 1 if failed else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
