"""A saved network as a list of steps that numpy runs one after the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudanno_desktop.export.coreml.numpy_ops import Floats

Value = Any  # an array, a number, a text or a list of texts, as the file says


@dataclass(frozen=True, slots=True)
class Step:
    """One layer.

    Attributes:
        run: gives the layer's output; takes its inputs from all values there are, by name.
        inputs: names of the values that it takes.
        output: name of the value that it gives.
    """

    run: Callable[[Mapping[str, Value]], Floats]
    inputs: frozenset[str]
    output: str


class Graph:
    """Steps in the order of running.

    Args:
        steps: every step comes after those whose outputs it takes.
        picture: name of the input.
        answer: name of the value that is the result.
        constants: values that are there from the beginning.
    """

    def __init__(
        self, steps: Sequence[Step], picture: str, answer: str, constants: dict[str, Value]
    ) -> None:
        self._steps = steps
        self._picture = picture
        self._answer = answer
        self._constants = constants
        self._forgotten = _last_uses(steps, {answer, *constants})

    def run(self, picture: Floats) -> Floats:
        """Return the answer for one picture, 3 × height × width, RGB 0..255, as a flat array."""
        values = {**self._constants, self._picture: picture[None]}
        for step, forgotten in zip(self._steps, self._forgotten, strict=True):
            values[step.output] = step.run(values)
            for name in forgotten:
                del values[name]
        answer: Floats = values[self._answer]
        return answer.reshape(-1)


def _last_uses(steps: Sequence[Step], kept: set[str]) -> list[frozenset[str]]:
    """Say for each step which values no later step takes, so that their memory is used again."""
    seen = set(kept)
    forgotten: list[frozenset[str]] = []
    for step in reversed(steps):
        forgotten.append(step.inputs - seen)
        seen |= step.inputs
    return forgotten[::-1]
