"""``_annotations.json`` and the CSV pair of Cloud Annotations, read and written.

Both are kept as other tools know them; what is in them that we do not use (entry ids, unknown keys)
is kept on rewriting. What is not understood is refused with the reason, never guessed at.

JSON v1.0: ``{"version": "1.0", "type": "classification", "labels": [name, …], "annotations":
{key: [{"label": name}, …]}}``, compact.
CSV: no header, ``<key>,<label>`` a row, CRLF; ``_labels.csv`` one label a row. We quote by RFC 4180
where a field needs it; the original tools never quoted, so an unquoted key may hold commas.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import msgspec

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.index.image_keys import is_image_key

JSON_KEY = "_annotations.json"
CSV_KEYS = ("_annotations.csv", "_labels.csv")
JSON_TYPE = "application/json;charset=utf-8"
CSV_TYPE = "text/csv;charset=utf-8"
BOM = b"\xef\xbb\xbf"

Images = Mapping[str, tuple[str, ...]]


@dataclass(eq=False)
class AnnotationsForeign(CloudAnnoError):
    """An annotation file has a form that must not be overwritten."""

    sentence: ClassVar[str] = "“{file}” {reason}. It is left as it is."

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Content:
    """What an annotation file says.

    Attributes:
        labels: names in order.
        images: names of each labeled image's labels, never empty.
    """

    labels: tuple[str, ...] = ()
    images: Images = field(default_factory=dict)

    def says_the_same(self, other: "Content") -> bool:
        """Compare, without regard to the order of an image's labels."""
        return (
            self.labels == other.labels
            and self.images.keys() == other.images.keys()
            and all(set(names) == set(other.images[key]) for key, names in self.images.items())
        )


@dataclass(frozen=True, slots=True)
class AnnotationFile:
    """A parsed annotation file.

    Attributes:
        entries: the raw entries of ``_annotations.json`` by image key, with ids and unknown keys.
        extra: unknown keys of the whole file.
    """

    content: Content
    entries: Mapping[str, list[dict[str, object]]] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)


class _Entry(msgspec.Struct):
    label: str


class _Shape(msgspec.Struct):
    version: str
    type: str
    labels: list[str]
    annotations: dict[str, list[_Entry]]


class _Raw(msgspec.Struct):
    annotations: dict[str, list[dict[str, object]]]


def read_json(body: bytes) -> AnnotationFile:
    """Read ``_annotations.json``. Raises ``AnnotationsForeign``."""
    try:
        raw = msgspec.json.decode(body.removeprefix(BOM))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise AnnotationsForeign(JSON_KEY, f"is no valid JSON ({error})") from error
    reason = _foreign_shape(raw)
    if reason:
        raise AnnotationsForeign(JSON_KEY, reason)
    try:
        shape = msgspec.convert(raw, _Shape)
        entries = msgspec.convert(raw, _Raw).annotations
    except msgspec.ValidationError as error:
        reason = f"has a form that this version does not know ({error})"
        raise AnnotationsForeign(JSON_KEY, reason) from error
    images = {
        key: tuple(dict.fromkeys(entry.label for entry in found))
        for key, found in shape.annotations.items()
        if found
    }
    extra = {name: value for name, value in raw.items() if name not in _Shape.__struct_fields__}
    return AnnotationFile(Content(_all_names(shape.labels, images), images), entries, extra)


def write_json(content: Content, old: AnnotationFile, renamed: Mapping[str, str]) -> bytes:
    """Return the bytes of ``_annotations.json``; the same content gives the same bytes.

    Args:
        content: what it shall say.
        old: the file as it is, whose entry ids and unknown keys are kept.
        renamed: label name in the old file → name now.
    """
    annotations = {
        key: [_entry(name, old.entries.get(key, ()), renamed) for name in content.images[key]]
        for key in sorted(content.images)
    }
    return msgspec.json.encode(
        {
            "version": "1.0",
            "type": "classification",
            "labels": content.labels,
            "annotations": annotations,
            **old.extra,
        }
    )


def read_csv(rows: bytes, labels: bytes | None) -> AnnotationFile:
    """Read the CSV pair; without ``_labels.csv`` the labels are those of the rows.

    Raises:
        AnnotationsForeign: other columns, a header, or no UTF-8.
    """
    images: dict[str, dict[str, None]] = {}
    for row in _csv_rows(CSV_KEYS[0], rows):
        if len(row) < 2:
            raise AnnotationsForeign(CSV_KEYS[0], "has rows that are not “image,label”")
        key, name = ",".join(row[:-1]), row[-1]
        if not images and not is_image_key(key):
            raise AnnotationsForeign(CSV_KEYS[0], "has a header or rows of another tool")
        images.setdefault(key, {})[name] = None
    names = [",".join(row) for row in _csv_rows(CSV_KEYS[1], labels or b"")]
    content = {key: tuple(found) for key, found in images.items()}
    return AnnotationFile(Content(_all_names(names, content), content))


def write_csv(content: Content) -> tuple[bytes, bytes]:
    """Return the bytes of ``_annotations.csv`` and ``_labels.csv``."""
    rows = [(key, name) for key in sorted(content.images) for name in content.images[key]]
    return _csv_bytes(rows), _csv_bytes([(name,) for name in content.labels])


def _foreign_shape(raw: object) -> str | None:
    if not isinstance(raw, dict):
        return "is no annotation file of Cloud Annotations"
    if isinstance(raw.get("images"), list) or isinstance(raw.get("categories"), list):
        return "looks like an export in the COCO form; import it instead"
    if raw.get("version") != "1.0":
        return f"has version “{raw.get('version', 'none')}”, which this program does not know"
    if raw.get("type") == "localization":
        return "marks places inside the pictures (localization), not whole pictures"
    if raw.get("type") != "classification":
        return f"is of type “{raw.get('type', 'none')}”, which this program does not know"
    return None


def _all_names(labels: Sequence[str], images: Images) -> tuple[str, ...]:
    used = (name for names in images.values() for name in names)
    return tuple(dict.fromkeys([*labels, *used]))


def _entry(
    name: str, old: Sequence[dict[str, object]], renamed: Mapping[str, str]
) -> dict[str, object]:
    for entry in old:
        label = str(entry["label"])
        if renamed.get(label, label) == name:
            return {**entry, "label": name}
    return {"label": name}


def _csv_rows(name: str, body: bytes) -> list[list[str]]:
    try:
        text = body.removeprefix(BOM).decode()
        return [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise AnnotationsForeign(name, f"cannot be read ({error})") from error


def _csv_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
