r"""Which images a pasted list means: keys, URLs, paths or bare file names, one a line.

A line is tried as it stands first, then without what lists put around a key: quotes, a comma at its
end, ``s3://bucket/`` or a URL before it, ``./`` or ``\\`` for ``/``. At last its file name alone
counts, if exactly one image has it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import numpy as np

from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.labels.ids import IdArray

ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^/]*/?", re.IGNORECASE)
LINE_END = re.compile(r"\r\n|\n|\r")  # no others: keys may hold them
NAMES = "SELECT id, key FROM image WHERE present = 1"
MARK = "\ufeff"  # begins files that some editors write


@dataclass(frozen=True, slots=True)
class MatchedList:
    """The images (sorted ids) of a list, its unknown lines, its ambiguous file names."""

    images: IdArray
    unknown: tuple[str, ...]
    ambiguous: tuple[str, ...]


def match_keys(index: ImageIndex, text: str, among: IdArray) -> MatchedList:
    lines = list(dict.fromkeys(line for line in LINE_END.split(text.lstrip(MARK)) if line.strip()))
    allowed = set(among.tolist())
    by_spelling = _known(index, lines, allowed)
    found = {line: image for line in lines if (image := _first(line, by_spelling)) is not None}
    names = _by_name(index, [line for line in lines if line not in found], allowed)
    images = {*found.values(), *(ids[0] for ids in names.values() if len(ids) == 1)}
    return MatchedList(
        np.array(sorted(images), np.int32),
        tuple(line.strip() for line in lines if line not in found and not names.get(line)),
        tuple(line.strip() for line in lines if len(names.get(line, ())) > 1),
    )


def _known(index: ImageIndex, lines: Sequence[str], allowed: set[int]) -> dict[str, int]:
    spellings = list(dict.fromkeys(text for line in lines for text in _spellings(line)))
    return {key: id_ for key, id_ in index.ids_of(spellings).items() if id_ in allowed}


def _first(line: str, known: dict[str, int]) -> int | None:
    return next((known[text] for text in _spellings(line) if text in known), None)


def _spellings(line: str) -> Iterator[str]:
    yield line
    bare = _bare(line)
    for text in (bare, bare.replace("\\", "/"), unquote(bare)):
        for form in (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)):
            yield form
            yield from _without_beginning(form)


def _bare(line: str) -> str:
    text = line.strip().rstrip(",;").strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`":
        return text[1:-1].replace('""', '"')
    return text


def _without_beginning(text: str) -> Iterable[str]:
    """Yield a path without its host, then without one folder after the other."""
    rest = ADDRESS.sub("", text).removeprefix("./").lstrip("/")
    while rest:
        yield rest
        rest = rest.partition("/")[2]
        if "/" not in rest:
            return  # a bare name may be that of several images


def _by_name(index: ImageIndex, lines: Sequence[str], allowed: set[int]) -> dict[str, list[int]]:
    """Return for each line the images whose file name it ends in."""
    needed: dict[str, list[str]] = {}
    for line in lines:
        needed.setdefault(_name(_bare(line).replace("\\", "/")), []).append(line)
    found: dict[str, list[int]] = {line: [] for line in lines}
    if needed:
        for image_id, key in index.database.reader().execute(NAMES):
            for line in needed.get(_name(key), ()):
                if image_id in allowed:
                    found[line].append(image_id)
    return found


def _name(path: str) -> str:
    return unicodedata.normalize("NFC", path.rpartition("/")[2])
