"""A few pictures that stand for many: each label has its turn, and nothing is left to chance."""

from collections import Counter
from collections.abc import Iterable

from cloudanno_desktop.dataset.run_folder import JobImage


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
