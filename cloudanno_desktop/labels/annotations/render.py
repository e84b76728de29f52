"""The bytes of the annotation files, row by row: millions of images are never held as objects.

The same content gives the same bytes; its digest identifies the content in any spelling.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

import msgspec

from cloudanno_desktop.labels.annotations.format import AnnotationFile, Content

Row = tuple[str, tuple[str, ...]]
Entries = Mapping[str, list[dict[str, object]]]

ROWS_AT_ONCE = 10_000
PLAIN_ENTRY = re.compile(rb'\{"label":"(?:[^"\\]|\\.)*"\}')


class Digest:
    """Hashes rows in passing, regardless of the order of an image’s labels."""

    def __init__(self, labels: Iterable[str]) -> None:
        self._hash = hashlib.sha256(msgspec.json.encode(tuple(labels)))

    def watch(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Pass on rows, which must be sorted by key."""
        encoded = cache(lambda names: msgspec.json.encode(sorted(names)))
        for key, names in rows:
            self._hash.update(msgspec.json.encode(key) + encoded(names))
            yield key, names

    def text(self) -> str:
        return self._hash.hexdigest()


def digest_of(content: Content) -> str:
    digest = Digest(content.labels)
    for _ in digest.watch(sorted(content.images.items())):
        pass
    return digest.text()


def render_json(
    labels: tuple[str, ...], rows: Iterable[Row], old: AnnotationFile, renamed: Mapping[str, str]
) -> bytes:
    """Return the bytes of ``_annotations.json`` from rows that are sorted by key.

    Entry ids and unknown keys of ``old`` survive; ``renamed`` maps its label names to those of now.
    """
    head = {"version": "1.0", "type": "classification", "labels": labels}
    tail = b"".join(
        b"," + msgspec.json.encode(name) + b":" + msgspec.json.encode(value)
        for name, value in old.extra.items()
    )
    annotations = _json_rows(rows, old.entries(), renamed)
    return b"".join(
        [msgspec.json.encode(head)[:-1], b',"annotations":{', *annotations, b"}", tail, b"}"]
    )


def render_csv(labels: tuple[str, ...], rows: Iterable[Row]) -> list[bytes]:
    pairs = ((key, name) for key, names in rows for name in names)
    return [_csv_bytes(pairs), _csv_bytes((name,) for name in labels)]


def is_plain(body: bytes) -> bool:
    """Say whether ``_annotations.json`` surely has no ids and no unknown keys."""
    return body.endswith(b"}}") and len(PLAIN_ENTRY.findall(body)) == body.count(b"{") - 2


def _json_rows(rows: Iterable[Row], old: Entries, renamed: Mapping[str, str]) -> Iterator[bytes]:
    @cache
    def plain(names: tuple[str, ...]) -> bytes:
        return msgspec.json.encode([{"label": name} for name in names])

    parts: list[bytes] = []
    comma = b""
    for key, names in rows:
        known = old.get(key)
        entries = plain(names) if known is None else _entries(names, known, renamed)
        parts.append(comma + msgspec.json.encode(key) + b":" + entries)
        comma = b","
        if len(parts) == ROWS_AT_ONCE:
            yield b"".join(parts)
            parts.clear()
    yield b"".join(parts)


def _entries(
    names: tuple[str, ...], old: list[dict[str, object]], renamed: Mapping[str, str]
) -> bytes:
    return msgspec.json.encode([_entry(name, old, renamed) for name in names])


def _entry(
    name: str, old: list[dict[str, object]], renamed: Mapping[str, str]
) -> dict[str, object]:
    for entry in old:
        label = str(entry["label"])
        if renamed.get(label, label) == name:
            return {**entry, "label": name}
    return {"label": name}


def _csv_bytes(rows: Iterable[tuple[str, ...]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
