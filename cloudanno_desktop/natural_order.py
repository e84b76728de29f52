"""The order in which people put names: 2 before 10."""

import re

DIGITS = re.compile(r"([0-9]+)")


def natural_key(name: str) -> tuple[list[str | int], str]:
    """Return what ``name`` is sorted by: numbers by their value, letters in any case."""
    parts = DIGITS.split(name.casefold())
    numbered: list[str | int] = [int(x) if place % 2 else x for place, x in enumerate(parts)]
    return numbered, name
