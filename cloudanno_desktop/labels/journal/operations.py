"""What is written into the journal: every kind of operation, and the form of a journal object.

Key: ``_cloudanno/journal/<writer id>/<sequence, 10 digits>.jsonl``. The first line is a header,
each further line one operation. An object is never changed; a writer's sequence starts at 1 and
has no gaps. The header's ``seen`` says how far the writer knew the other writers' journals, so that
operations made while apart can be told from those made in answer to each other.

Operations are ordered by ``Stamp``. Images are named by key, labels by id.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, NamedTuple

import msgspec

from cloudanno_desktop.labels.journal.hlc import counted, is_time
from cloudanno_desktop.project_keys import JOURNAL

FORMAT = 1
KEY = re.compile(JOURNAL + r"(?P<writer>[0-9A-Za-z_-]{1,64})/(?P<sequence>[0-9]{10})\.jsonl")

SequenceNo = Annotated[int, msgspec.Meta(ge=0, lt=10**10)]


class LabelCreated(msgspec.Struct, frozen=True, tag_field="kind", tag="create"):
    """A label came into being with its first properties."""

    label: str
    name: str
    color: str
    position: float


class LabelRenamed(msgspec.Struct, frozen=True, tag_field="kind", tag="rename"):
    """A label got another name."""

    label: str
    name: str


class LabelRecoloured(msgspec.Struct, frozen=True, tag_field="kind", tag="recolour"):
    """A label got another color (``#rrggbb``)."""

    label: str
    color: str


class LabelMoved(msgspec.Struct, frozen=True, tag_field="kind", tag="move"):
    """A label got another place in the list."""

    label: str
    position: float


class LabelDeleted(msgspec.Struct, frozen=True, tag_field="kind", tag="delete"):
    """A label and its pairs are hidden."""

    label: str


class LabelUndeleted(msgspec.Struct, frozen=True, tag_field="kind", tag="undelete"):
    """A deleted label and its pairs show again."""

    label: str


class LabelMerged(msgspec.Struct, frozen=True, tag_field="kind", tag="merge"):
    """A label counts as another one from now on; ``into`` empty: it stands alone again."""

    label: str
    into: str


class LabelMarked(msgspec.Struct, frozen=True, tag_field="kind", tag="mark"):
    """A label stands for “none of the above”, or for itself again."""

    label: str
    negative: bool


class Assigned(msgspec.Struct, frozen=True, tag_field="kind", tag="assign"):
    """Each image carries each label."""

    labels: tuple[str, ...]
    images: tuple[str, ...]


class Unassigned(msgspec.Struct, frozen=True, tag_field="kind", tag="unassign"):
    """No image carries any of the labels."""

    labels: tuple[str, ...]
    images: tuple[str, ...]


class LabelsSet(msgspec.Struct, frozen=True, tag_field="kind", tag="set"):
    """Each image carries exactly these labels, whatever it carried before."""

    labels: tuple[str, ...]
    images: tuple[str, ...]


class Cleared(msgspec.Struct, frozen=True, tag_field="kind", tag="clear"):
    """No image carries any label."""

    images: tuple[str, ...]


class ImagesDeleted(msgspec.Struct, frozen=True, tag_field="kind", tag="delete_images"):
    """The images were taken out of the project."""

    images: tuple[str, ...]


class ImagesRestored(msgspec.Struct, frozen=True, tag_field="kind", tag="restore_images"):
    """The images are part of the project again."""

    images: tuple[str, ...]


class StateSet(msgspec.Struct, frozen=True, tag_field="kind", tag="set_state"):
    """The images have a state beside labels, such as ``skipped``, ``unsure``, ``excluded``."""

    state: str
    images: tuple[str, ...]


class StateCleared(msgspec.Struct, frozen=True, tag_field="kind", tag="clear_state"):
    """The images no longer have the state."""

    state: str
    images: tuple[str, ...]


class SplitPinned(msgspec.Struct, frozen=True, tag_field="kind", tag="pin_split"):
    """The images always go into a part (``train``, ``val``, ``test``); empty: by chance again."""

    split: str
    images: tuple[str, ...]


LabelAct = (
    LabelCreated
    | LabelRenamed
    | LabelRecoloured
    | LabelMoved
    | LabelDeleted
    | LabelUndeleted
    | LabelMerged
    | LabelMarked
)
PairAct = Assigned | Unassigned | LabelsSet | Cleared
MarkAct = ImagesDeleted | ImagesRestored | StateSet | StateCleared | SplitPinned
PlaceAction = LabelAct | PairAct | MarkAct


class Operation(msgspec.Struct, frozen=True):
    """One act with its origin.

    Attributes:
        id: UUID text.
        clock: hybrid logical time (see ``clock``).
        author: name of the person, or ``external``.
    """

    id: str
    clock: str
    author: str
    act: PlaceAction


class Stamp(NamedTuple):
    """The place of an operation in the one order that all computers share.

    Attributes:
        clock: as which the operation counts (see ``clock.counted``).
    """

    clock: str
    writer: str
    sequence: int
    position: int

    def __str__(self) -> str:
        """Return text that sorts exactly like the tuple."""
        return f"{self.clock} {self.writer} {self.sequence:010d} {self.position:06d}"


class Header(msgspec.Struct, frozen=True):
    """The first line of a journal object.

    Attributes:
        seen: for each other writer the last sequence that was known when the object was begun.
    """

    format: int
    writer: str
    sequence: int
    seen: dict[str, SequenceNo]

    def stamp(self, clock: str, position: int) -> Stamp:
        """Return the stamp of an operation of the object."""
        known = self.sequence + sum(self.seen.values())
        return Stamp(counted(clock, known), self.writer, self.sequence, position)


class JournalObject(msgspec.Struct, frozen=True):
    """A header with its operations."""

    header: Header
    operations: tuple[Operation, ...]

    def stamped(self) -> Iterable[tuple[Stamp, Operation]]:
        """Yield each operation with its stamp."""
        for position, operation in enumerate(self.operations):
            yield self.header.stamp(operation.clock, position), operation


class JournalUnreadable(ValueError):
    """The bytes are no journal object of this version."""


class JournalTooNew(JournalUnreadable):
    """A newer version of the program wrote the object."""


def object_key(writer: str, sequence: int) -> str:
    """Return the key of one journal object."""
    return f"{JOURNAL}{writer}/{sequence:010d}.jsonl"


def parse_key(key: str) -> tuple[str, int] | None:
    """Return writer and sequence of a journal key, ``None`` for any other key."""
    found = KEY.fullmatch(key)
    return (found["writer"], int(found["sequence"])) if found else None


def encode_operation(operation: Operation) -> bytes:
    """Return one line without its end."""
    return msgspec.json.encode(operation)


def decode_operation(line: bytes) -> Operation:
    """Read one line that ``encode_operation`` made. Raises ``msgspec.MsgspecError``."""
    return msgspec.json.decode(line, type=Operation)


def checked_operation(line: bytes) -> Operation:
    """Read a line as every reader of the journal does.

    Raises ``msgspec.MsgspecError``; ``JournalUnreadable`` if there is no valid clock.
    """
    operation = decode_operation(line)
    if not is_time(operation.clock):
        raise JournalUnreadable("an operation has no valid clock")
    return operation


def encode_object(header: Header, lines: Sequence[bytes]) -> bytes:
    """Return the bytes of a journal object from operations that are encoded already."""
    return b"\n".join([msgspec.json.encode(header), *lines, b""])


def decode_object(body: bytes, writer: str, sequence: int) -> JournalObject:
    """Read a journal object and check that it is the one its key promises.

    Raises:
        JournalTooNew: a newer format, or a kind of operation this version does not know.
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
