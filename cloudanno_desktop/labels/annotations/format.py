"""Parser of ``_annotations.json`` and of the CSV pair of Cloud Annotations.

What we do not use of them (entry ids, unknown keys) survives a rewrite (see ``render``). A file
that is not understood is refused with the reason, never guessed at.

JSON v1.0: ``{"version": "1.0", "type": "classification", "labels": [name, …], "annotations":
{key: [{"label": name}, …]}}``, compact.
CSV: no header, ``<key>,<label>`` a row, CRLF; ``_labels.csv`` one label a row. We quote by RFC 4180
where a field needs it; the original tools never quoted, so an unquoted key may hold commas.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import msgspec

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.labels.naming_rules import cleaned_name
from cloudanno_desktop.project_keys import is_image_key

JSON_KEY = "_annotations.json"
CSV_KEYS = ("_annotations.csv", "_labels.csv")
JSON_TYPE = "application/json;charset=utf-8"
CSV_TYPE = "text/csv;charset=utf-8"
BOM = b"\xef\xbb\xbf"

Images = Mapping[str, tuple[str, ...]]


@dataclass(eq=False)
class AnnotationsForeign(CloudAnnoError):
    """An annotation file has an unknown form and must not be overwritten."""

    sentence: ClassVar[str] = "“{file}” {reason}. It was not changed."

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Content:
    """The labels in order, and the names of each labeled image’s labels, never empty."""

    labels: tuple[str, ...] = ()
    images: Images = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnnotationFile:
    """A parsed annotation file."""

    content: Content
    annotations: bytes = b"{}"  # the raw object, with ids and unknown keys
    extra: Mapping[str, object] = field(default_factory=dict)  # unknown keys of the whole file

    def entries(self) -> dict[str, list[dict[str, object]]]:
        return msgspec.json.decode(self.annotations, type=dict[str, list[dict[str, object]]])


class _Entry(msgspec.Struct):
    label: str


class _Shape(msgspec.Struct):
    version: str
    type: str
    labels: list[str]
    annotations: dict[str, list[_Entry]]


def read_json(body: bytes) -> AnnotationFile:
    """Parse ``_annotations.json``. Raises ``AnnotationsForeign``."""
    raw = _top_level(body.removeprefix(BOM))
    reason = _foreign_shape(raw)
    if reason:
        raise AnnotationsForeign(JSON_KEY, reason)
    try:
        shape = msgspec.json.decode(body.removeprefix(BOM), type=_Shape)
        extra = {
            name: msgspec.json.decode(value)
            for name, value in raw.items()
            if name not in _Shape.__struct_fields__
        }
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        reason = f"has an unknown structure ({error})"
        raise AnnotationsForeign(JSON_KEY, reason) from error
    images = {
        key: names
        for key, found in shape.annotations.items()
        if (names := _cleaned(entry.label for entry in found))
    }
    content = Content(_all_names(shape.labels, images), images)
    return AnnotationFile(content, bytes(raw["annotations"]), extra)


def read_csv(rows: bytes, labels: bytes | None) -> AnnotationFile:
    """Parse the CSV pair; without ``_labels.csv`` the labels are those of the rows."""
    images: dict[str, dict[str, None]] = {}
    for row in _csv_rows(CSV_KEYS[0], rows):
        if len(row) < 2:
            raise AnnotationsForeign(CSV_KEYS[0], "has rows that are not “image,label”")
        key, name = ",".join(row[:-1]), cleaned_name(row[-1])
        if not images and not is_image_key(key):
            raise AnnotationsForeign(CSV_KEYS[0], "has a header or rows of another tool")
        if name:
            images.setdefault(key, {})[name] = None
    names = [",".join(row) for row in _csv_rows(CSV_KEYS[1], labels or b"")]
    content = {key: tuple(found) for key, found in images.items()}
    return AnnotationFile(Content(_all_names(names, content), content))


def _top_level(body: bytes) -> dict[str, msgspec.Raw]:
    try:
        try:
            return msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        except msgspec.ValidationError as error:
            msgspec.json.decode(body)
            reason = "is not an annotation file of Cloud Annotations"
            raise AnnotationsForeign(JSON_KEY, reason) from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise AnnotationsForeign(JSON_KEY, f"is not valid JSON ({error})") from error


def _foreign_shape(raw: Mapping[str, msgspec.Raw]) -> str | None:
    if any(bytes(raw.get(name, b"")).startswith(b"[") for name in ("images", "categories")):
        return "looks like a COCO export; import it instead"
    version, kind = (
        bytes(raw.get(name, b'"none"')).decode(errors="replace").strip('"')
        for name in ("version", "type")
    )
    if version != "1.0":
        return f"has the unknown version “{version}”"
    if kind == "localization":
        return "annotates regions of pictures (localization), not whole pictures"
    if kind != "classification":
        return f"has the unknown type “{kind}”"
    return None


def _cleaned(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names as labels may be called, each once; nothing remains of an empty one."""
    return tuple(dict.fromkeys(filter(None, map(cleaned_name, names))))


def _all_names(labels: Iterable[str], images: Images) -> tuple[str, ...]:
    used = (name for names in images.values() for name in names)
    return tuple(dict.fromkeys([*_cleaned(labels), *used]))


def _csv_rows(name: str, body: bytes) -> list[list[str]]:
    try:
        text = body.removeprefix(BOM).decode()
        return [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise AnnotationsForeign(name, f"cannot be read ({error})") from error
