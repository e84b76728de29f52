"""The kinds of operations, and the format of a journal object.

Key: ``_cloudanno/journal/<writer id>/<sequence, 10 digits>.jsonl``. The first line is a header,
each further line one operation. An object never changes; a writer's sequence starts at 1 and has
no gaps. The header's ``seen`` gives how far the writer knew the other writers' journals, which
separates operations made while apart from those made in knowledge of each other.

Operations are ordered by ``Stamp``. Images are named by key, labels by id. What gives labels also
says in ``seen`` to which bytes: a tag for each image (see ``index/byte_tags.py``), 0 where unknown.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, NamedTuple

import msgspec

from cloudanno_desktop.labels.journal.hlc import counted, is_time
from cloudanno_desktop.project_keys import JOURNAL

FORMAT = 1
KEY = re.compile(JOURNAL + r"(?P<writer>[0-9A-Za-z_-]{1,64})/(?P<sequence>[0-9]{10})\.jsonl")

Tag = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
SequenceNo = Annotated[int, msgspec.Meta(ge=0, lt=10**10)]


class LabelCreated(msgspec.Struct, frozen=True, tag_field="kind", tag="create"):
    label: str
    name: str
    color: str
    position: float


class LabelRenamed(msgspec.Struct, frozen=True, tag_field="kind", tag="rename"):
    label: str
    name: str


class LabelRecolored(msgspec.Struct, frozen=True, tag_field="kind", tag="recolour"):
    """A label got another color (``#rrggbb``)."""

    label: str
    color: str


class LabelMoved(msgspec.Struct, frozen=True, tag_field="kind", tag="move"):
    label: str
    position: float


class LabelDeleted(msgspec.Struct, frozen=True, tag_field="kind", tag="delete"):
    label: str


class LabelUndeleted(msgspec.Struct, frozen=True, tag_field="kind", tag="undelete"):
    label: str


class LabelMerged(msgspec.Struct, frozen=True, tag_field="kind", tag="merge"):
    """A label counts as another one; ``into`` empty: as itself again."""

    label: str
    into: str


class LabelMarked(msgspec.Struct, frozen=True, tag_field="kind", tag="mark"):
    """A label stands for “none of the above”, or for itself again."""

    label: str
    negative: bool


class Assigned(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="assign"):
    labels: tuple[str, ...]
    images: tuple[str, ...]
    seen: tuple[Tag, ...] = ()


class Unassigned(msgspec.Struct, frozen=True, tag_field="kind", tag="unassign"):
    labels: tuple[str, ...]
    images: tuple[str, ...]


class LabelsSet(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="set"):
    """Each image carries exactly these labels, whatever it carried before."""

    labels: tuple[str, ...]
    images: tuple[str, ...]
    seen: tuple[Tag, ...] = ()


class Cleared(msgspec.Struct, frozen=True, tag_field="kind", tag="clear"):
    images: tuple[str, ...]


class ImagesDeleted(msgspec.Struct, frozen=True, tag_field="kind", tag="delete_images"):
    images: tuple[str, ...]


class ImagesRestored(msgspec.Struct, frozen=True, tag_field="kind", tag="restore_images"):
    images: tuple[str, ...]


class StateSet(msgspec.Struct, frozen=True, tag_field="kind", tag="set_state"):
    """The images have a state beside labels, such as ``skipped``, ``unsure``, ``excluded``."""

    state: str
    images: tuple[str, ...]


class StateCleared(msgspec.Struct, frozen=True, tag_field="kind", tag="clear_state"):
    state: str
    images: tuple[str, ...]


class SplitPinned(msgspec.Struct, frozen=True, tag_field="kind", tag="pin_split"):
    """The images are pinned to ``train``, ``val`` or ``test``; empty: split at random again."""

    split: str
    images: tuple[str, ...]


LabelAct = (
    LabelCreated
    | LabelRenamed
    | LabelRecolored
    | LabelMoved
    | LabelDeleted
    | LabelUndeleted
    | LabelMerged
    | LabelMarked
)
PairAct = Assigned | Unassigned | LabelsSet | Cleared
MarkAct = ImagesDeleted | ImagesRestored | StateSet | StateCleared | SplitPinned
Act = LabelAct | PairAct | MarkAct


class Operation(msgspec.Struct, frozen=True):
    """One act with its origin."""

    id: str  # UUID text
    clock: str  # hybrid logical time (see ``hlc``)
    author: str  # name of the user, or ``external``
    act: Act


class Stamp(NamedTuple):
    """The place of an operation in the order of all computers (``clock``: see ``hlc.counted``)."""

    clock: str
    writer: str
    sequence: int
    position: int

    def __str__(self) -> str:
        """Return text that sorts exactly like the tuple."""
        return f"{self.clock} {self.writer} {self.sequence:010d} {self.position:06d}"


class Header(msgspec.Struct, frozen=True):
    """The first line of a journal object."""

    format: int
    writer: str
    sequence: int
    seen: dict[str, SequenceNo]  # last sequence known of each other writer

    def stamp(self, clock: str, position: int) -> Stamp:
        known = self.sequence + sum(self.seen.values())
        return Stamp(counted(clock, known), self.writer, self.sequence, position)


class JournalObject(msgspec.Struct, frozen=True):
    header: Header
    operations: tuple[Operation, ...]

    def stamped(self) -> Iterable[tuple[Stamp, Operation]]:
        for position, operation in enumerate(self.operations):
            yield self.header.stamp(operation.clock, position), operation


class JournalUnreadable(ValueError):
    """The bytes are no journal object of this version."""


class JournalTooNew(JournalUnreadable):
    """A newer version of the program wrote the object."""


def object_key(writer: str, sequence: int) -> str:
    return f"{JOURNAL}{writer}/{sequence:010d}.jsonl"


def parse_key(key: str) -> tuple[str, int] | None:
    """Return writer and sequence of a journal key, ``None`` for any other key."""
    found = KEY.fullmatch(key)
    return (found["writer"], int(found["sequence"])) if found else None


def encode_operation(operation: Operation) -> bytes:
    """Return one line without its end."""
    return msgspec.json.encode(operation)


def decode_operation(line: bytes) -> Operation:
    """Parse one line of ``encode_operation``. Raises ``msgspec.MsgspecError``."""
    return msgspec.json.decode(line, type=Operation)


def checked_operation(line: bytes) -> Operation:
    """Parse a line as every reader of the journal does.

    Raises ``msgspec.MsgspecError``, or ``JournalUnreadable`` where the clock is not valid.
    """
    operation = decode_operation(line)
    if not is_time(operation.clock):
        raise JournalUnreadable("an operation has no valid clock")
    return operation


def encode_object(header: Header, lines: Sequence[bytes]) -> bytes:
    """Return the bytes of a journal object from encoded operations."""
    return b"\n".join([msgspec.json.encode(header), *lines, b""])


def decode_object(body: bytes, writer: str, sequence: int) -> JournalObject:
    """Parse a journal object and check that it belongs to its key.

    Raises:
        JournalTooNew: a newer format, or an unknown kind of operation.
        JournalUnreadable: truncated, no JSON, or another writer's.
    """
    if not body.endswith(b"\n"):
        raise JournalUnreadable("it is truncated")
    head, *lines = body[:-1].split(b"\n")
    try:
        header = msgspec.json.decode(head, type=Header)
        if header.format > FORMAT:
            raise JournalTooNew(f"format {header.format}")
        if (header.writer, header.sequence) != (writer, sequence):
            raise JournalUnreadable("it belongs under another key")
        operations = tuple(map(checked_operation, lines))
    except msgspec.ValidationError as error:
        if "Invalid value" in str(error) and "kind" in str(error):
            raise JournalTooNew(str(error)) from error
        raise JournalUnreadable(str(error)) from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise JournalUnreadable(str(error)) from error
    return JournalObject(header, operations)
