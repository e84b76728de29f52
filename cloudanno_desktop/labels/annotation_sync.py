"""The annotation files between the bucket and the database.

``_annotations.json`` is always written, the CSV pair where the bucket had one. Before writing, what
other programs changed since is taken in. A file whose checksum stands in one of the markers
``_cloudanno/written/<writer id>.json`` was written by this program on some computer; it is derived
from the journal and says nothing new. A marker is written before its file.
"""

import hashlib
import zlib
from dataclasses import dataclass

import msgspec

from cloudanno_desktop.bucket.bucket import (
    Bucket,
    ConditionRefused,
    NotModified,
    ObjectMissing,
    PreconditionFailed,
    PutOptions,
    StorageFailed,
)
from cloudanno_desktop.labels import ledger
from cloudanno_desktop.labels.annotations_file import (
    CSV_KEYS,
    CSV_TYPE,
    JSON_KEY,
    JSON_TYPE,
    AnnotationFile,
    Content,
    read_csv,
    read_json,
    write_csv,
    write_json,
)
from cloudanno_desktop.labels.derived import current_content, past_names
from cloudanno_desktop.labels.outside import take_outside
from cloudanno_desktop.labels.store import LabelStore

WRITTEN = "_cloudanno/written/"
REMEMBERED = 16
TRIES = 5


class Body(msgspec.Struct, frozen=True):
    """One annotation file as it was last seen.

    Attributes:
        etag: empty where there is no file.
    """

    etag: str
    body: bytes


class Kept(msgspec.Struct, frozen=True):
    """What the database remembers of the files of one form.

    Attributes:
        revision: of the labels that the files were found to agree with; 0: not known.
    """

    bodies: tuple[Body, ...]
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Form:
    """One of the two forms of annotation files."""

    name: str
    keys: tuple[str, ...]
    content_type: str

    def parse(self, bodies: tuple[Body, ...]) -> AnnotationFile:
        """Read the files. Raises ``AnnotationsForeign``."""
        if not bodies[0].etag:
            return AnnotationFile(Content())
        if self is JSON:
            return read_json(bodies[0].body)
        return read_csv(bodies[0].body, bodies[1].body if bodies[1].etag else None)

    def render(self, content: Content, old: AnnotationFile, renamed: dict[str, str]) -> list[bytes]:
        """Return the bytes of the files."""
        return [write_json(content, old, renamed)] if self is JSON else [*write_csv(content)]


JSON = Form("json", (JSON_KEY,), JSON_TYPE)
CSV = Form("csv", CSV_KEYS, CSV_TYPE)
FORMS = (JSON, CSV)


class AnnotationSync:
    """Reads and writes the annotation files of one project."""

    def __init__(self, bucket: Bucket, store: LabelStore) -> None:
        self._bucket = bucket
        self._store = store
        self._memory: dict[str, Kept | None] = {}

    def first_file(self) -> AnnotationFile:
        """Read the file that a new project begins with. Raises ``AnnotationsForeign``."""
        files = [form.parse(self._fetch(form)) for form in FORMS]
        return next((file for file in files if file.content != Content()), files[0])

    def take_in(self) -> bool:
        """Take in what changed outside; say whether anything did. Raises ``AnnotationsForeign``."""
        self._memory.clear()
        news = [self._take_form(form) for form in FORMS]
        return any(news)

    def write(self) -> bool:
        """Let the files say what the database says; return whether one was written.

        Raises:
            AnnotationsForeign: a file has a form that must not be overwritten.
        """
        self._memory.clear()
        written = [self._write_form(form) for form in FORMS if self._is_used(form)]
        return any(written)

    def _is_used(self, form: Form) -> bool:
        kept = self._kept(form)
        return form is JSON or (kept is not None and bool(kept.bodies[0].etag))

    def _take_form(self, form: Form) -> bool:
        kept = self._kept(form)
        bodies = self._fetch(form)
        if kept is not None and kept.bodies == bodies:
            return False
        file = form.parse(bodies)
        is_news = bool(bodies[0].etag) and not self._is_ours(bodies)
        if form is CSV and kept is None and self._has_json():
            is_news = False  # both at first sight: the JSON file counts
        known = is_news and kept is not None and bool(kept.bodies[0].etag)
        base = form.parse(kept.bodies).content if known and kept else None
        with self._store.taking() as writing:
            if is_news:
                multi_label = self._store.project.multi_label
                take_outside(writing, base, file.content, multi_label=multi_label)
            self._keep(form, Kept(bodies))
        return is_news

    def _write_form(self, form: Form) -> bool:
        for _ in range(TRIES):
            self._take_form(form)
            kept = self._kept(form)
            revision = self._store.revision
            if kept is None or kept.revision == revision > 0:
                return False
            try:
                bodies = self._put_changed(form, kept.bodies)
            except PreconditionFailed:
                continue
            with self._store.taking():
                self._keep(form, Kept(bodies, revision))
            return bodies != kept.bodies
        raise StorageFailed(self._bucket.address, f"write “{form.keys[0]}”", "always changing")

    def _put_changed(self, form: Form, old: tuple[Body, ...]) -> tuple[Body, ...]:
        connection, catalog = self._store.database.reader(), self._store.catalog
        content = current_content(connection, catalog)
        file = form.parse(old)
        if content.says_the_same(file.content):
            return old
        now = {label.id: label.name for label in catalog.shown}
        meaning = past_names(connection, catalog)
        renamed = {name: now[label] for name, label in meaning.items() if label}
        bodies = form.render(content, file, renamed)
        self._mark(bodies)
        return tuple(
            self._put(key, body, before, form.content_type)
            for key, body, before in zip(form.keys, bodies, old, strict=True)
        )

    def _put(self, key: str, body: bytes, before: Body, content_type: str) -> Body:
        if body == before.body and before.etag:
            return before
        condition = PutOptions(
            content_type, if_absent=not before.etag, if_match=before.etag or None
        )
        try:
            return Body(self._bucket.put(key, body, condition).etag, body)
        except ObjectMissing:
            raise PreconditionFailed(key) from None
        except ConditionRefused:
            if self._read(key, before) != before:
                raise PreconditionFailed(key) from None
            return Body(self._bucket.put(key, body, PutOptions(content_type)).etag, body)

    def _fetch(self, form: Form) -> tuple[Body, ...]:
        kept = self._kept(form)
        known = kept.bodies if kept else tuple(Body("", b"") for _ in form.keys)
        return tuple(self._read(key, before) for key, before in zip(form.keys, known, strict=True))

    def _read(self, key: str, before: Body) -> Body:
        try:
            fetched = self._bucket.get(key, before.etag or None)
        except NotModified:
            return before
        except ObjectMissing:
            return Body("", b"")
        return Body(fetched.entry.etag, fetched.body)

    def _has_json(self) -> bool:
        kept = self._kept(JSON)
        return kept is not None and bool(kept.bodies[0].etag)

    def _is_ours(self, bodies: tuple[Body, ...]) -> bool:
        ours: set[str] = set()
        for page in self._bucket.list_pages(WRITTEN):
            for entry in page.objects:
                ours.update(self._marked(entry.key))
        return all(_checksum(body.body) in ours for body in bodies if body.etag)

    def _marked(self, key: str) -> list[str]:
        try:
            return msgspec.json.decode(self._bucket.get(key).body, type=list[str])
        except (ObjectMissing, msgspec.MsgspecError):
            return []

    def _mark(self, bodies: list[bytes]) -> None:
        writer = ledger.own_writer(self._store.database.reader())
        key = f"{WRITTEN}{writer}.json"
        sums = [*self._marked(key), *map(_checksum, bodies)][-REMEMBERED:]
        self._bucket.put(key, msgspec.json.encode(sums), PutOptions(JSON_TYPE))

    def _kept(self, form: Form) -> Kept | None:
        if form.name not in self._memory:
            self._memory[form.name] = self._read_kept(form)
        return self._memory[form.name]

    def _read_kept(self, form: Form) -> Kept | None:
        packed = ledger.get_state(self._store.database.reader(), f"annotations-{form.name}")
        return msgspec.msgpack.decode(zlib.decompress(packed), type=Kept) if packed else None

    def _keep(self, form: Form, kept: Kept) -> None:
        packed = zlib.compress(msgspec.msgpack.encode(kept), 1)
        with self._store.database.transaction() as connection:
            ledger.set_state(connection, f"annotations-{form.name}", packed)
        self._memory.pop(form.name, None)


def _checksum(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
