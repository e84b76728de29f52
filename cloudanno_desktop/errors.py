"""The root of every error that the world, not a bug, causes.

Each layer defines its own subclasses beside the code that raises them. An error carries values; its
``sentence`` says what happened and what to do, so that the window can translate the sentence and
the command line can print it.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(eq=False)
class CloudAnnoError(Exception):
    """Something in the world went wrong; nothing of the user's work is lost.

    Subclasses are ``@dataclass(eq=False)`` with the values as fields and set ``sentence`` to a
    ``str.format`` template over the field names.
    """

    sentence: ClassVar[str] = "Something went wrong."

    def __str__(self) -> str:
        return self.sentence.format(**vars(self))


@dataclass(eq=False)
class Failed(CloudAnnoError):
    """A failure that no caller needs to distinguish, in one clear sentence."""

    sentence: ClassVar[str] = "{message}"

    message: str


@dataclass(eq=False)
class FileProblem(CloudAnnoError):
    sentence: ClassVar[str] = "“{path}” cannot be used: {reason}."

    path: str
    reason: str


@dataclass(eq=False)
class DiskFull(CloudAnnoError):
    """The disk has no room left for what must be written."""

    sentence: ClassVar[str] = (
        "The disk that holds “{path}” is full. Make room and try again; nothing is lost."
    )

    path: str
