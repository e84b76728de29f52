"""Which images a tab and a filter show; words match the key, other terms see ``filter_syntax``."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from operator import ge, gt, le, lt

import numpy as np
from numpy.typing import NDArray

from cloudanno_desktop.index.dimensions import read_pixels
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.labels.filter_syntax import (
    Condition,
    Flag,
    HasLabel,
    InPart,
    ModifiedAt,
    OfPixels,
    OfSize,
    Term,
    Unclear,
    Word,
    parse_filter,
    quoted,
)
from cloudanno_desktop.labels.ids import IdArray
from cloudanno_desktop.labels.image_states import Part, State
from cloudanno_desktop.labels.store import LabelStore

Mask = NDArray[np.bool_]
SIGNS: dict[str, Callable[[NDArray[np.int64], float], Mask]] = {
    "<": lt,
    ">": gt,
    "<=": le,
    ">=": ge,
}


class Tab(StrEnum):
    ALL = "all"
    UNLABELED = "unlabeled"
    LABELED = "labeled"
    CONFLICTS = "conflicts"


@dataclass(frozen=True, slots=True)
class Query:
    text: str = ""
    tab: Tab = Tab.ALL

    @property
    def asks_conflicts(self) -> bool:
        """Whether the query needs the images in conflict."""
        return self.tab is Tab.CONFLICTS or any(
            term.condition is Flag.CONFLICT for term in parse_filter(self.text)
        )

    @property
    def hides_labeled(self) -> bool:
        """Whether a picture leaves as soon as it is labeled."""
        hiding = (Term(Flag.UNLABELED), Term(Flag.LABELED, is_not=True))
        return self.tab is Tab.UNLABELED or any(x in hiding for x in parse_filter(self.text))


@dataclass(frozen=True, slots=True)
class Selected:
    """The matching images in key order, and how many each tab shows with the same filter."""

    ids: IdArray
    counts: Mapping[Tab, int]
    unclear: Sequence[Unclear] = ()  # terms that mean nothing, so that nothing matches


def select(index: ImageIndex, store: LabelStore, query: Query) -> IdArray:
    """Return the ids of the matching images in key order."""
    return select_and_count(index, store, query).ids


def select_and_count(
    index: ImageIndex, store: LabelStore, query: Query, conflicts: Sequence[int] | None = None
) -> Selected:
    """Return the matching images; ``conflicts`` are those in conflict, if already known."""
    ids = store.image_ids()
    found = _Masks(index, store, int(ids.max(initial=-1)) + 1, conflicts)
    terms = parse_filter(query.text)
    unclear = [one for term in terms if (one := _unclear(store, term.condition))]
    matching = np.zeros(found.size, np.bool_) if unclear else found.of_terms(terms)
    counted = matching[ids]
    tabs = {tab: counted & found.of_tab(tab)[ids] for tab in Tab}
    counts = {tab: int(mask.sum()) for tab, mask in tabs.items()}
    shown = ids if counts[query.tab] == len(ids) else ids[tabs[query.tab]]
    return Selected(shown, counts, unclear)


def _unclear(store: LabelStore, condition: Condition) -> Unclear | None:
    """Return ``condition`` if it means nothing: also a label that the project does not have."""
    if not isinstance(condition, HasLabel):
        return condition if isinstance(condition, Unclear) else None
    names = {label.name.casefold(): label.name for label in store.catalog.shown}
    name = condition.name.casefold()
    if name in names:
        return None
    alike = [*get_close_matches(name, names, 1), *(one for one in names if name in one)]
    meant = f"label:{quoted(names[alike[0]])}" if alike else ""
    return Unclear(f"label:{quoted(condition.name)}", meant)


class _Masks:
    """Boolean masks over image ids."""

    def __init__(
        self, index: ImageIndex, store: LabelStore, size: int, conflicts: Sequence[int] | None
    ) -> None:
        self._index = index
        self._store = store
        self.size = size
        self._conflicts = conflicts
        self._labeled: Mask | None = None

    def of_tab(self, tab: Tab) -> Mask:
        match tab:
            case Tab.ALL:
                return np.ones(self.size, np.bool_)
            case Tab.LABELED:
                return self._of_flag(Flag.LABELED)
            case Tab.UNLABELED:
                return self._of_flag(Flag.UNLABELED)
            case Tab.CONFLICTS:
                return self._of_flag(Flag.CONFLICT) | self._of_flag(Flag.CHANGED)

    def of_terms(self, terms: Iterable[Term]) -> Mask:
        mask = np.ones(self.size, np.bool_)
        words: list[str] = []
        for term in terms:
            if isinstance(term.condition, Word) and not term.is_not:
                words.append(term.condition.text)
            else:
                one = self._of(term)
                mask &= ~one if term.is_not else one
        if words:
            mask &= self._of_ids(self._index.search(words))
        return mask

    def _of(self, term: Term) -> Mask:
        match term.condition:
            case Flag() as flag:
                return self._of_flag(flag)
            case Word(text=text):
                return self._of_ids(self._index.search([text]))
            case HasLabel(name=name):
                return self._of_label(name)
            case InPart(part=part):
                return self._of_ids(self._store.ids_pinned_to(Part(part)))
            case Unclear():
                return np.zeros(self.size, np.bool_)
            case OfSize() | OfPixels() | ModifiedAt():
                return self._fitted(self._of_numbers(term.condition))

    def _of_flag(self, flag: Flag) -> Mask:
        match flag:
            case Flag.LABELED:
                if self._labeled is None:
                    self._labeled = self._of_ids(self._store.labeled_ids())
                return self._labeled
            case Flag.UNLABELED:
                return ~self._of_flag(Flag.LABELED)
            case Flag.CONFLICT:
                if self._conflicts is None:
                    self._conflicts = [one.image_id for one in self._store.conflicts()]
                return self._of_ids(np.array(self._conflicts, np.int32))
            case Flag.CHANGED:
                return self._of_ids(self._store.changed_ids())
            case _:
                return self._of_ids(self._store.ids_in(State(flag)))

    def _of_label(self, name: str) -> Mask:
        needed = name.casefold()
        labels = self._store.catalog.shown
        mask = np.zeros(self.size, np.bool_)
        for label in labels:
            if label.name.casefold() == needed:
                mask |= self._of_ids(self._store.ids_with(label.id))
        return mask

    def _of_numbers(self, condition: OfSize | OfPixels | ModifiedAt) -> Mask:
        match condition:
            case OfSize(sign=sign, bytes=limit):
                return SIGNS[sign](self._index.columns().size, limit)
            case OfPixels(side=side, sign=sign, pixels=limit):
                known = read_pixels(self._index.database)
                length = known.width if side == "width" else known.height
                return (length > 0) & SIGNS[sign](length, limit)
            case ModifiedAt(is_after=is_after, moment_s=moment):
                modified = self._index.columns().modified_s
                return modified >= moment if is_after else modified < moment

    def _of_ids(self, ids: IdArray) -> Mask:
        mask = np.zeros(self.size, np.bool_)
        mask[ids[ids < self.size]] = True
        return mask

    def _fitted(self, found: Mask) -> Mask:
        mask = np.zeros(self.size, np.bool_)
        size = min(len(found), self.size)
        mask[:size] = found[:size]
        return mask
