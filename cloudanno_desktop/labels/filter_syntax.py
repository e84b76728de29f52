"""Parser of the filter box.

Terms are joined by “and”; ``-`` before one means “not”, quotes hold words together:
``leaf -blurred label:oak -label:"silver birch" unlabeled size:>1mb width:<224``
``after:2026-01-31 split:val``.
Terms without a value yet (``size:>``, an open quote) count as far as they can be read.
One that means nothing (``size:>abc``, ``lable:oak``) is ``Unclear``, and a filter with such a term
finds nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from enum import StrEnum
from typing import Literal

TERM = re.compile(
    r'(?P<no>-?)(?:(?P<field>[A-Za-z]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))'
)
SIZE = re.compile(r"(?P<sign>[<>]=?)(?P<number>\d+(?:\.\d+)?)(?P<unit>b|kb|mb|gb)?", re.IGNORECASE)
PIXELS = re.compile(r"(?P<sign>[<>]=?)(?P<number>\d+)(?:px)?", re.IGNORECASE)
DAY = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?")
SIGNS = ("<", ">", "<=", ">=")
UNITS = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}


class Flag(StrEnum):
    """A word for what an image is, not for its name."""

    UNLABELED = "unlabeled"
    LABELED = "labeled"
    SKIPPED = "skipped"
    UNSURE = "unsure"
    EXCLUDED = "excluded"
    CONFLICT = "conflict"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Word:
    """The key contains this text."""

    text: str


@dataclass(frozen=True, slots=True)
class HasLabel:
    """A label of that name, in any case."""

    name: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """A term that means nothing, and what may have been meant."""

    text: str
    meant: str


@dataclass(frozen=True, slots=True)
class InPart:
    """Pinned to ``train``, ``val`` or ``test``."""

    part: str


@dataclass(frozen=True, slots=True)
class OfSize:
    """A file of that size; ``sign`` is ``<``, ``>``, ``<=`` or ``>=``."""

    sign: str
    bytes: float


@dataclass(frozen=True, slots=True)
class OfPixels:
    """A picture with a side of that many pixels; pictures of unknown size do not match."""

    side: Literal["width", "height"]
    sign: str
    pixels: int


@dataclass(frozen=True, slots=True)
class ModifiedAt:
    """A file last written at or after, or before, a moment (seconds since 1970)."""

    is_after: bool
    moment_s: float


FLAGS = frozenset(flag.value for flag in Flag)
Condition = Flag | Word | HasLabel | InPart | OfSize | OfPixels | ModifiedAt | Unclear


@dataclass(frozen=True, slots=True)
class Term:
    condition: Condition
    is_not: bool = False


def parse_filter(text: str) -> tuple[Term, ...]:
    terms = (_term(found) for found in TERM.finditer(text))
    return tuple(term for term in terms if term is not None)


def quoted(name: str) -> str:
    """Return a name in the form that a filter needs."""
    return f'"{name}"' if re.search(r"\s", name) else name


def _term(found: re.Match[str]) -> Term | None:
    is_quoted = found["quoted"] is not None
    value = found["quoted"] if is_quoted else found["plain"]
    condition = _condition(found, value, is_quoted=is_quoted)
    return Term(condition, bool(found["no"])) if condition else None


def _condition(found: re.Match[str], value: str, *, is_quoted: bool) -> Condition | None:
    field = (found["field"] or "").lower()
    if field in FIELDS:
        begun = {"", *SIGNS} if field in EXAMPLES else {""}
        return None if value in begun else FIELDS[field](value) or _unclear(field, value)
    if field:
        return _unclear(field, value)
    if not is_quoted and value.lower() in FLAGS:
        return Flag(value.lower())
    is_begun = not is_quoted and value.lower().removesuffix(":") in FIELDS and value[-1] == ":"
    return None if is_begun or not set(value) - set(' -:"') else Word(value)


def _unclear(field: str, value: str) -> Unclear:
    """Return what may have been meant: the field that is spelled alike, or a file name."""
    text = f"{field}:{quoted(value)}"
    if field in EXAMPLES:
        return Unclear(text, EXAMPLES[field])
    alike = get_close_matches(field, FIELDS, 1)
    return Unclear(text, f"{alike[0]}:{quoted(value)}" if alike else f'"{field}:{value}"')


def _part(value: str) -> InPart | None:
    names = {"train": "train", "training": "train", "val": "val", "validation": "val"}
    part = (names | {"test": "test"}).get(value.lower())
    return InPart(part) if part else None


def _size(value: str) -> OfSize | None:
    found = SIZE.fullmatch(value)
    if found is None:
        return None
    return OfSize(found["sign"], float(found["number"]) * UNITS[(found["unit"] or "b").lower()])


def _pixels(side: Literal["width", "height"], value: str) -> OfPixels | None:
    found = PIXELS.fullmatch(value)
    return OfPixels(side, found["sign"], int(found["number"])) if found else None


def _written(value: str, *, is_after: bool) -> ModifiedAt | None:
    found = DAY.fullmatch(value)
    if found is None:
        return None
    try:
        day = date(int(found["year"]), int(found["month"] or 1), int(found["day"] or 1))
        return ModifiedAt(is_after, datetime.combine(day, time()).astimezone().timestamp())
    except (ValueError, OverflowError):
        return None


EXAMPLES = {
    "split": "split:val",
    "size": "size:>1mb",
    "width": "width:<224",
    "height": "height:<224",
    "after": "after:2026-01-31",
    "before": "before:2026-01-31",
}
FIELDS: dict[str, Callable[[str], Condition | None]] = {
    "label": HasLabel,
    "split": _part,
    "size": _size,
    "width": lambda value: _pixels("width", value),
    "height": lambda value: _pixels("height", value),
    "after": lambda value: _written(value, is_after=True),
    "before": lambda value: _written(value, is_after=False),
}
