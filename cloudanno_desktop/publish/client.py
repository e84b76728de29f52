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
import io
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
GRACE_S = 60  # a response may take this long, and as much longer as its bytes are worth
LEAST_BYTES_S = 2048
UNPACKED_SLACK = 64 << 20  # what a zip may hold beyond 20 times its own size
MOST = 1 << 53  # whole numbers that any reader of JSON knows exactly
BLOCK = 1 << 18
POLL_RANGE_S = (5, 86_400)
BACK_OFF_LIMIT_S = 6 * 3600
_DIGEST = re.compile("[0-9a-f]{64}")
_BAD_IN_KEY = re.compile(r"[\\:\x00-\x1f\x7f]")
_MEMBERS = {"coreml": "Manifest.json", "keras": "config.json"}  # what such a zip must hold
# What JSON of an unexpected form raises.
_ODD = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)


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
        if file_format in _MEMBERS:
            broken = _broken_member(path, _MEMBERS[file_format])
        else:
            load = {"tflite": _load_tflite, "mlmodel": _begin_mlmodel}.get(file_format)
            broken = load(path, labels) if load else None
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
        model = Model(**json.loads((folder / "current.json").read_bytes()))
        offer = _offer(model.served)
        found = _number(model.serial, 0), _number(model.poll_after_s, 0), _text(model.version)
        paths = {artifact.format: artifact.path for artifact in offer.artifacts}
        is_whole = found == (offer.serial, offer.poll_after_s, offer.version)
        is_whole = is_whole and model.branch == model.served["branch"] and bool(model.files)
        is_whole = is_whole and model.files.items() <= paths.items() and _is_etag(model.etag)
    except (FileNotFoundError, *_ODD):
        return None
    return model if is_whole else None


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
            response = _opener().open(request, timeout=TIMEOUT_S)
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


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_OwnHost, _Http, _Https)


class _OwnHost(urllib.request.HTTPRedirectHandler):
    """Follows to the same host only, and never from https to http."""

    def redirect_request(  # noqa: PLR0913, PLR0917  as urllib calls it
        self,
        req: urllib.request.Request,
        fp: Any,  # noqa: ANN401  a response
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        old, new = urllib.parse.urlsplit(req.full_url), urllib.parse.urlsplit(newurl)
        is_safer = (old.scheme, new.scheme) == ("http", "https") and old.hostname == new.hostname
        if not is_safer and (old.scheme, old.netloc) != (new.scheme, new.netloc):
            fp.close()
            place = f"{new.scheme}://{new.netloc.rpartition('@')[2]}"
            raise PullFailed(f"the server sends to another place, {place}; it is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_HttpConnection, req)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_HttpsConnection, req)


class _HttpConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.sock: Any = _PacedSocket(self.sock)


class _HttpsConnection(http.client.HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock: Any = _PacedSocket(self.sock)


class _PacedSocket:
    """A socket whose response, its header too, has a deadline that grows with what came."""

    def __init__(self, sock: Any) -> None:  # noqa: ANN401  plain or TLS
        self._sock = sock

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever a socket has
        return getattr(self._sock, name)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_PacedReader(self._sock))


class _PacedReader(io.RawIOBase):
    def __init__(self, sock: Any) -> None:  # noqa: ANN401  plain or TLS
        self._sock, self._stream = sock, sock.makefile("rb", buffering=0)
        self._ends = time.monotonic() + GRACE_S

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  a buffer
        left_s = self._ends - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the server is too slow")
        self._sock.settimeout(min(left_s, TIMEOUT_S))
        count: int = self._stream.readinto(buffer)
        self._ends += count / LEAST_BYTES_S
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()


def _blocks(stream: Any, key: str) -> Iterator[bytes]:  # noqa: ANN401  a file or a response
    with stream:
        try:
            while block := stream.read1(BLOCK):
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
            etag=etag if _is_etag(etag) else "",
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
        reason = _reason_against(served, branch)
        offer = _offer(served) if reason is None else None
    except _ODD as error:
        raise PullFailed(f"the file of branch “{branch}” is not valid: {error!r:.300}") from error
    if offer is None:
        raise PullFailed(f"the file of branch “{branch}” is refused: {reason}")
    return offer


def _offer(served: dict[str, Any]) -> _Offer:
    names = served["labels"]
    if not isinstance(names, list) or not names or len(set(map(_text, names))) < len(names):
        raise ValueError("it has no labels, or one twice")
    return _Offer(
        serial=_number(served["serial"], 0),
        version=_text(served["version"]),
        poll_after_s=_number(served["poll_after_s"], 0),
        percent=_number(served["rollout"]["percent"], 0, 100),
        artifacts=tuple(_artifact(entry) for entry in served["artifacts"]),
        served=served,
    )


def _reason_against(served: dict[str, Any], branch: str) -> str | None:
    if _number(served["schema"]) != SCHEMA or _number(served["min_client"]) > CLIENT_PROTOCOL:
        return "it needs a newer client"
    if _text(served["branch"]) != branch:
        return f"it belongs to “{served['branch']}”"
    expires = served["expires_at"]
    if expires and datetime.fromisoformat(expires) <= datetime.now(UTC):
        return f"it expired at {expires}"
    return None


def _number(value: object, least: int = 1, most: int = MOST) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError("a whole number is missing or out of range")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text is missing")
    return value


def _is_etag(value: object) -> bool:
    """Say whether ``value`` can be sent in a header."""
    return isinstance(value, str) and value.isascii() and (not value or value.isprintable())


def _artifact(entry: dict[str, Any]) -> Artifact:
    found = Artifact(
        _text(entry["format"]), _text(entry["key"]), _number(entry["bytes"]), _text(entry["sha256"])
    )
    parts = found.key.split("/")
    if parts[0] != "models" or len(parts) < 2 or {"", ".", ".."} & set(parts):
        raise ValueError(f"the key {found.key!r} leads outside of models/")
    if _BAD_IN_KEY.search(found.key) or not _DIGEST.fullmatch(found.sha256):
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


def _broken_member(path: Path, needed: str) -> str | None:
    with zipfile.ZipFile(path) as archive:
        if not any(name.endswith(needed) for name in archive.namelist()):
            return f"it has no {needed}"
        unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > 20 * path.stat().st_size + UNPACKED_SLACK:
            return f"it unpacks to {unpacked / 1e6:,.0f} MB"
        return archive.testzip()


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


def _begin_mlmodel(path: Path, _labels: Sequence[str]) -> str | None:
    with path.open("rb") as file:
        return None if file.read(1) == b"\x08" else "it is not a Core ML file"


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
