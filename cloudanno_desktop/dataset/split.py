"""Divide labeled pictures into training and validation parts that stay as the data grows.

A picture's part follows from a hash of its *group* (identical bytes are one group) and the seed,
not from what other pictures there are. Adding pictures therefore never sends a validation picture
to the training part, except where a label is so small that its share would be far off.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cloudanno_desktop.dataset.run_folder import JobImage, Split


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the split knows of a picture."""

    group: str  # pictures of one group stay together, such as those with the same digest
    labels: tuple[int, ...]
    pin: Split | None = None  # the part that the user chose


def split(candidates: Sequence[Candidate], val_fraction: float, seed: int) -> list[Split]:
    """Give each candidate its part, in the order of ``candidates``.

    Each label gives between half and one and a half times ``val_fraction`` of its groups to
    validation, and at least one of them. A pin of one member holds for its whole group.
    """
    pins = _group_pins(candidates)
    free = [candidate for candidate in candidates if candidate.group not in pins]
    validation: set[str] = set()
    for groups in _strata(free).values():
        validation |= _validation_groups(groups, val_fraction, seed)
    return [
        candidate.pin
        or pins.get(candidate.group)
        or ("val" if candidate.group in validation else "train")
        for candidate in candidates
    ]


def _group_pins(candidates: Iterable[Candidate]) -> dict[str, Split]:
    pins: dict[str, Split] = {}
    for candidate in candidates:
        if candidate.pin is not None:
            pins.setdefault(candidate.group, candidate.pin)
    return pins


def _strata(candidates: Sequence[Candidate]) -> dict[int, set[str]]:
    """Return the groups of each label; a group with several labels counts for its rarest."""
    labels_of: dict[str, set[int]] = defaultdict(set)
    for candidate in candidates:
        labels_of[candidate.group].update(candidate.labels)
    sizes = Counter(label for labels in labels_of.values() for label in labels)
    strata: dict[int, set[str]] = defaultdict(set)
    for group, labels in labels_of.items():
        strata[_rarest(labels, sizes)].add(group)
    return strata


def _rarest(labels: set[int], sizes: Mapping[int, int]) -> int:
    return min(labels, key=lambda label: (sizes[label], label), default=-1)


def _validation_groups(groups: set[str], fraction: float, seed: int) -> set[str]:
    if fraction <= 0 or len(groups) < 2:
        return set()
    ordered = sorted(groups, key=lambda group: (_draw(group, seed), group))
    below = sum(_draw(group, seed) < fraction for group in groups)
    least = max(1, math.floor(len(groups) * fraction / 2))
    most = max(1, math.ceil(len(groups) * fraction * 1.5))
    return set(ordered[: min(max(below, least), most, len(groups) - 1)])


def _draw(group: str, seed: int) -> float:
    """Return a number in 0..1 that only the group and the seed decide."""
    text = f"{seed}:{group}".encode("utf-8", "surrogateescape")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) / 2**64


def spread_over_labels(images: Iterable[JobImage], most: int) -> list[JobImage]:
    """Return up to ``most`` different pictures: one of each label, then another of each, and so on.

    A picture counts for its first label. Within a label the digests of the pictures decide, so the
    same pictures always give the same choice.
    """
    different = {image.digest: image for image in images}
    turns = Counter[tuple[int, ...]]()
    ranked = []
    for digest, image in sorted(different.items()):
        label = image.labels[:1]
        ranked.append((turns[label], label, digest))
        turns[label] += 1
    return [different[digest] for _turn, _label, digest in sorted(ranked)[:most]]
