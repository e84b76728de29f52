"""Exchange of the annotation files between the bucket and the database.

``_annotations.json`` is always written, the CSV pair where the bucket had one. Before writing, what
other programs changed since is taken in. A file whose checksum stands in one of the markers
``_cloudanno/written/<writer id>.json`` was written by this program on some computer; it is derived
from the journal and says nothing new. A marker is written before its file.

A file is read only if its ETag changed, parsed only if its bytes did, and written in one pass over
the database, so a large project costs little while it does not change.
"""

import logging
from dataclasses import dataclass

import msgspec

from cloudanno_desktop.bucket.atomic import AlwaysChanging, write_if
from cloudanno_desktop.bucket.bucket import Bucket, PutOptions
from cloudanno_desktop.bucket.bulk import objects_below
from cloudanno_desktop.bucket.errors import NotModified, ObjectMissing, PreconditionFailed
from cloudanno_desktop.labels.annotations.external_changes import take_outside
from cloudanno_desktop.labels.annotations.format import (
    CSV_KEYS,
    CSV_TYPE,
    JSON_KEY,
    JSON_TYPE,
    AnnotationFile,
    Content,
    read_csv,
    read_json,
)
from cloudanno_desktop.labels.annotations.render import (
    Digest,
    digest_of,
    is_plain,
    render_csv,
    render_json,
)
from cloudanno_desktop.labels.annotations.rows import (
    EVER,
    current_names,
    current_rows,
    label_ids_by_key,
    past_names,
)
from cloudanno_desktop.labels.annotations.state import (
    AnnotationState,
    AnnotationStates,
    Body,
    FileVersion,
    checksum,
)
from cloudanno_desktop.labels.journal import local_journal
from cloudanno_desktop.labels.journal.skipped import skipped_objects
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.project_keys import WRITTEN

_log = logging.getLogger(__name__)

REMEMBERED = 16
TRIES = 5
NOTHING = Body(exists=False, etag="", body=b"")


@dataclass(frozen=True, slots=True)
class Form:
    name: str
    keys: tuple[str, ...]
    content_type: str

    def parse(self, bodies: tuple[Body, ...]) -> AnnotationFile:
        if not bodies[0].exists:
            return AnnotationFile(Content())
        if self is JSON:
            return read_json(bodies[0].body)
        return read_csv(bodies[0].body, bodies[1].body if bodies[1].exists else None)


JSON = Form("json", (JSON_KEY,), JSON_TYPE)
CSV = Form("csv", CSV_KEYS, CSV_TYPE)
FORMS = (JSON, CSV)


class FileAhead(Exception):
    """A file that was derived elsewhere holds labels that no operation here explains."""


class AnnotationSync:
    def __init__(self, bucket: Bucket, store: LabelStore) -> None:
        self._bucket = bucket
        self._store = store
        self._files = {form: AnnotationStates(store, form.name) for form in FORMS}

    def first_file(self) -> AnnotationFile:
        """Read the file that a new project begins with. Raises ``AnnotationsForeign``."""
        bodies = [tuple(self._read(key) for key in form.keys) for form in FORMS]
        files = [form.parse(found) for form, found in zip(FORMS, bodies, strict=True)]
        return next((file for file in files if file.content != Content()), files[0])

    def take_in(self) -> bool:
        news = [self._take_form(form) for form in FORMS]
        return any(news)

    def write(self) -> bool:
        """Bring the files up to date; return whether one was written.

        Raises:
            AnnotationsForeign: a file has a form that must not be overwritten.
            FileAhead: a file holds labels whose operations are not known.
        """
        written = [self._write_form(form) for form in FORMS if self._is_used(form)]
        return any(written)

    def take_as_outside(self) -> None:
        """Take in the files, also those that this program derived."""
        self.take_in()
        for form in filter(self._is_used, FORMS):
            content = form.parse(self._files[form].bodies()).content
            with self._store.taking() as writing:
                many = self._store.project.multi_label
                take_outside(writing, None, content, multi_label=many)

    def _check_known(self, form: Form, last: AnnotationState) -> None:
        """Raise ``FileAhead`` if overwriting another computer’s file would lose labels."""
        if (
            last.digest
            or not last.files[0].exists
            or skipped_objects(self._store.database.reader())
        ):
            return
        content = form.parse(self._files[form].bodies()).content
        connection, catalog = self._store.database.reader(), self._store.catalog
        names = past_names(connection, catalog)
        keys = label_ids_by_key(connection, catalog, EVER)
        if not (names.keys() >= set(content.labels) and keys.keys() >= content.images.keys()):
            raise FileAhead

    def _is_used(self, form: Form) -> bool:
        return form is JSON or self._has_file(form)

    def _has_file(self, form: Form) -> bool:
        last = self._files[form].load()
        return last is not None and last.files[0].exists

    def _take_form(self, form: Form) -> bool:
        """Take in what is new in the files of one form; say whether anything was."""
        last = self._files[form].load()
        seen = last.files if last else (None,) * len(form.keys)
        found = [self._look(key, before) for key, before in zip(form.keys, seen, strict=True)]
        if last is not None and not any(found):
            return False
        before = self._files[form].bodies() if last else (NOTHING,) * len(form.keys)
        bodies = tuple(new or old for new, old in zip(found, before, strict=True))
        now = tuple(body.seen() for body in bodies)
        if last and all(a.has_same_bytes(b) for a, b in zip(now, last.files, strict=True)):
            self._files[form].save(msgspec.structs.replace(last, files=now))
            return False
        return self._take_changed(form, last, before, bodies)

    def _take_changed(
        self,
        form: Form,
        last: AnnotationState | None,
        before: tuple[Body, ...],
        bodies: tuple[Body, ...],
    ) -> bool:
        seen = tuple(body.seen() for body in bodies)
        is_news = bodies[0].exists and not self._is_ours(seen)
        is_first = last is None and not bodies[0].exists
        if not is_news and not is_first:  # our own file, or none: nothing to be read in it
            self._files[form].save(AnnotationState(seen), bodies)
            return False
        file = form.parse(bodies)
        if form is CSV and last is None and self._has_file(JSON):
            is_news = False  # both at first sight: the JSON file counts
        base = form.parse(before).content if is_news and before[0].exists else None
        with self._store.taking() as writing:
            if is_news:
                multi_label = self._store.project.multi_label
                take_outside(writing, base, file.content, multi_label=multi_label)
            self._files[form].save(AnnotationState(seen, digest_of(file.content)), bodies)
        return is_news

    def _write_form(self, form: Form) -> bool:
        for _ in range(TRIES):
            self._take_form(form)
            last = self._files[form].load()
            revision = self._store.revision
            if last is None or last.revision == revision > 0:
                return False
            self._check_known(form, last)
            digest, bodies = self._render(form, last)
            try:
                written = self._put_changed(form, last, digest, bodies)
            except PreconditionFailed as error:
                _log.info("%s; it is read and written again", error)
                continue
            now = tuple(body.seen() for body in written) if written else last.files
            self._files[form].save(AnnotationState(now, digest, revision), written)
            return written is not None
        raise AlwaysChanging(form.keys[0])

    def _render(self, form: Form, last: AnnotationState) -> tuple[str, list[bytes]]:
        """Return the digest of the new content and the bytes of the files."""
        connection, catalog = self._store.database.reader(), self._store.catalog
        labels = current_names(catalog)
        digest = Digest(labels)
        rows = digest.watch(current_rows(connection, catalog))
        if form is CSV:
            bodies = render_csv(labels, rows)
            return digest.text(), bodies
        now = {label.id: label.name for label in catalog.shown}
        meaning = past_names(connection, catalog)
        renamed = {name: now[label] for name, label in meaning.items() if label}
        body = render_json(labels, rows, self._old_json(last), renamed)
        return digest.text(), [body]

    def _old_json(self, last: AnnotationState) -> AnnotationFile:
        """Return the file whose ids and unknown keys must survive."""
        if not last.files[0].exists:
            return AnnotationFile(Content())
        bodies = self._files[JSON].bodies()
        return AnnotationFile(Content()) if is_plain(bodies[0].body) else JSON.parse(bodies)

    def _put_changed(
        self, form: Form, last: AnnotationState, digest: str, bodies: list[bytes]
    ) -> tuple[Body, ...] | None:
        """Write the files that differ; return all of them, ``None`` if none differs."""
        sums = [checksum(body) for body in bodies]
        if digest == last.digest or sums == [seen.checksum for seen in last.files if seen.exists]:
            return None
        self._mark(sums)
        return tuple(
            self._put(key, body, before, form.content_type)
            for key, body, before in zip(form.keys, bodies, last.files, strict=True)
        )

    def _put(self, key: str, body: bytes, before: FileVersion, content_type: str) -> Body:
        if before.exists and checksum(body) == before.checksum:
            return Body(exists=True, etag=before.etag, body=body)
        if before.exists and not before.etag and not self._read(key).seen().has_same_bytes(before):
            raise PreconditionFailed(key)
        etag = before.etag if before.exists else None
        stored = write_if(
            self._bucket,
            key,
            etag,
            PutOptions(content_type),
            lambda condition: self._bucket.put(key, body, condition),
        )
        return Body(exists=True, etag=stored.etag, body=body)

    def _look(self, key: str, before: FileVersion | None) -> Body | None:
        """Read a file; ``None`` if it did not change."""
        try:
            found = self._read(key, before.etag if before else "")
        except NotModified:
            return None
        return None if before and not before.exists and not found.exists else found

    def _read(self, key: str, etag: str = "") -> Body:
        try:
            fetched = self._bucket.get(key, etag or None)
        except ObjectMissing:
            return NOTHING
        return Body(exists=True, etag=fetched.entry.etag, body=fetched.body)

    def _is_ours(self, files: tuple[FileVersion, ...]) -> bool:
        ours: set[str] = set()
        for entry in objects_below(self._bucket, WRITTEN):
            ours.update(self._marked(entry.key))
        return all(file.checksum in ours for file in files if file.exists)

    def _marked(self, key: str) -> list[str]:
        try:
            return msgspec.json.decode(self._bucket.get(key).body, type=list[str])
        except ObjectMissing:
            return []
        except msgspec.MsgspecError as error:
            _log.debug("%s is skipped: %s", key, error)
            return []

    def _mark(self, sums: list[str]) -> None:
        writer = local_journal.own_writer(self._store.database.reader())
        key = f"{WRITTEN}{writer}.json"
        marked = [*self._marked(key), *sums][-REMEMBERED:]
        self._bucket.put(key, msgspec.json.encode(marked), PutOptions(JSON_TYPE))
