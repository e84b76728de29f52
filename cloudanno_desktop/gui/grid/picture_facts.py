"""What a picture file says about itself: format, size and the EXIF a person may want to know."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP

_log = logging.getLogger(__name__)

TAKEN, MAKE, MODEL, LENS = 0x9003, 0x010F, 0x0110, 0xA434
EXPOSURE, APERTURE, ISO, FOCAL_LENGTH = 0x829A, 0x829D, 0x8827, 0x920A
EXIF_IFD = 0x8769


@dataclass(frozen=True, slots=True)
class Fact:
    """One line; ``name`` is to be translated in the context ``facts``."""

    name: str
    value: str


def picture_facts(path: Path) -> tuple[Fact, ...]:
    """Read the facts from the file's head. A file that is no picture has none."""
    from PIL import Image

    from cloudanno_desktop.images.decode import DAMAGED, FORMATS

    try:
        with Image.open(path, formats=FORMATS) as picture:
            exif = picture.getexif()
            tags = {**exif, **exif.get_ifd(EXIF_IFD)}
            head = [Fact(str(QT_TRANSLATE_NOOP("facts", "Format")), picture.format or "")]
    except (*DAMAGED, Image.DecompressionBombError) as error:
        _log.debug("%s has no facts: %r", path, error)
        return ()
    facts = head + [Fact(name, _text(tags, *how)) for name, how in _FACTS]
    return tuple(fact for fact in facts if fact.value)


def _text(tags: dict[int, Any], tag: int, write: Callable[[Any], str]) -> str:
    """Write one value; a tag that is missing or nonsense is left out."""
    try:
        return write(tags[tag]) if tag in tags else ""
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return ""


def _plain(value: Any) -> str:  # noqa: ANN401 - EXIF gives text, numbers and bytes alike
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.replace("\0", "").strip()


def _exposure(value: Any) -> str:  # noqa: ANN401
    seconds = Fraction(float(value)).limit_denominator(16_000)
    return f"{float(seconds):g} s" if seconds >= 1 else f"1/{round(1 / seconds)} s"


def _time(value: Any) -> str:  # noqa: ANN401
    date, _, time = _plain(value).partition(" ")
    return f"{date.replace(':', '-')} {time}".strip()


_FACTS: tuple[tuple[str, tuple[int, Callable[[Any], str]]], ...] = (
    (str(QT_TRANSLATE_NOOP("facts", "Taken")), (TAKEN, _time)),
    (str(QT_TRANSLATE_NOOP("facts", "Make")), (MAKE, _plain)),
    (str(QT_TRANSLATE_NOOP("facts", "Camera")), (MODEL, _plain)),
    (str(QT_TRANSLATE_NOOP("facts", "Lens")), (LENS, _plain)),
    (str(QT_TRANSLATE_NOOP("facts", "Exposure")), (EXPOSURE, _exposure)),
    (str(QT_TRANSLATE_NOOP("facts", "Aperture")), (APERTURE, lambda value: f"f/{float(value):g}")),
    (str(QT_TRANSLATE_NOOP("facts", "ISO")), (ISO, _plain)),
    (str(QT_TRANSLATE_NOOP("facts", "Focal length")), (FOCAL_LENGTH, lambda v: f"{float(v):g} mm")),
)
