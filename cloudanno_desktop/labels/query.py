"""Which images a tab and a filter text show.

Text: words match the key; ``label:cat`` and ``-label:cat`` (quotes round a name with spaces),
``unlabeled``, ``labeled``, ``size:>1mb`` (``<`` ``>`` ``<=`` ``>=``; b, kb, mb, gb of 1000).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.labels.changes import IdArray
from cloudanno_desktop.labels.membership import sorted_ids
from cloudanno_desktop.labels.store import LabelStore

if TYPE_CHECKING:
    from numpy.typing import NDArray

TERM = re.compile(
    r'(?P<no>-?)(?P<field>label|size):(?:"(?P<quoted>[^"]*)"|(?P<plain>\S*))|(?P<word>\S+)'
)
SIZE = re.compile(r"(?P<sign>[<>]=?)(?P<number>\d+(?:\.\d+)?)(?P<unit>b|kb|mb|gb)?", re.IGNORECASE)
UNITS = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}
BY_SIZE = {
    sign: f"SELECT group_concat(id) FROM image WHERE present = 1 AND size {sign} ?"
    for sign in ("<", ">", "<=", ">=")
}


class Tab(StrEnum):
    """The tabs over the grid."""

    ALL = "all"
    UNLABELED = "unlabeled"
    LABELED = "labeled"


@dataclass(frozen=True, slots=True)
class Query:
    """What the person wants to see."""

    text: str = ""
    tab: Tab = Tab.ALL


def select(index: ImageIndex, store: LabelStore, query: Query) -> IdArray:
    """Return the ids of the images that match, in the order of their keys."""
    ids = index.all_ids()
    if not query.text.strip() and query.tab is Tab.ALL:
        return ids
    selection = _Selection(index, store, int(ids.max(initial=0)) + 1)
    selection.keep_tab(query.tab)
    selection.keep_text(query.text)
    return ids[selection.mask[ids]]


class _Selection:
    def __init__(self, index: ImageIndex, store: LabelStore, size: int) -> None:
        self._index = index
        self._store = store
        self.mask: NDArray[np.bool_] = np.ones(size, np.bool_)

    def keep_tab(self, tab: Tab) -> None:
        if tab is not Tab.ALL:
            self._keep(self._store.labeled_ids(), without=tab is Tab.UNLABELED)

    def keep_text(self, text: str) -> None:
        words: list[str] = []
        for term in TERM.finditer(text):
            if term["word"]:
                words += self._keep_word(term["word"])
            elif term["field"] == "label":
                name = term["plain"] if term["quoted"] is None else term["quoted"]
                self._keep(self._with_label(name), without=bool(term["no"]))
            else:
                self._keep_size(term["plain"] or "")
        if words:
            self._keep(self._index.search(" ".join(words)))

    def _keep_word(self, word: str) -> Iterator[str]:
        if word in ("labeled", "unlabeled"):
            self._keep(self._store.labeled_ids(), without=word == "unlabeled")
        else:
            yield word

    def _with_label(self, name: str) -> IdArray:
        wanted = name.casefold()
        labels = self._store.catalog.shown
        hits = [self._store.ids_with(x.id) for x in labels if x.name.casefold() == wanted]
        return np.concatenate([np.zeros(0, np.int32), *hits])

    def _keep_size(self, text: str) -> None:
        size = SIZE.fullmatch(text)
        if size is None:
            return  # half typed: shows what it showed before
        limit = float(size["number"]) * UNITS[(size["unit"] or "b").lower()]
        reader = self._index.database.reader()
        (text,) = reader.execute(BY_SIZE[size["sign"]], (limit,)).fetchone()
        self._keep(sorted_ids(text or ""))

    def _keep(self, ids: IdArray, *, without: bool = False) -> None:
        mask = np.zeros_like(self.mask)
        mask[ids[ids < len(mask)]] = True
        self.mask &= ~mask if without else mask
