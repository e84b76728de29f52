"""What a training run reports: one JSON object a line, on the pipe and in ``events.jsonl``.

A run sends ``started`` first and exactly one of ``finished``, ``stopped`` and ``failed`` last.
Unknown fields are ignored, so that an older window understands a newer child.
"""

from collections.abc import Iterator

import msgspec

PROTOCOL = 1
WEIGHTS_UNAVAILABLE = "weights"
BUG = "bug"


class Event(msgspec.Struct, frozen=True, tag_field="event"):
    """One message of a run."""


class Started(Event, frozen=True, tag="started"):
    """The child runs; ``device`` names the CPU or GPU that it will use."""

    protocol: int
    images: int
    labels: int
    device: str


class Phase(Event, frozen=True, tag="phase"):
    """The run enters ``name``: prepare, features, head, refine, full, evaluate or export."""

    name: str


class RunProgressed(Event, frozen=True, tag="progressed"):
    """``done`` of ``total`` units of the phase; at most ten a second."""

    done: int
    total: int | None
    text: str = ""


class EpochEnded(Event, frozen=True, tag="epoch_ended"):
    """One pass of the optimiser; losses in nats, accuracies 0..1."""

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float


class Evaluated(Event, frozen=True, tag="evaluated"):
    """The accuracy on the validation pictures with its 95% interval."""

    accuracy: float
    low: float
    high: float
    images: int


class Exported(Event, frozen=True, tag="exported"):
    """A file in one format was written and run again on the validation pictures."""

    format: str
    path: str
    bytes: int
    sha256: str
    accuracy: float
    agreement: float


class RunFinished(Event, frozen=True, tag="finished"):
    """The run is complete; ``result.json`` lies in the run folder."""

    seconds: float


class RunStopped(Event, frozen=True, tag="stopped"):
    """The user stopped the run; ``has_model``: it left a model all the same."""

    has_model: bool


class RunFailed(Event, frozen=True, tag="failed"):
    """The run ended without a model.

    Attributes:
        kind: ``error`` (the message is for the user), ``weights`` if the pretrained weights cannot
            be downloaded, ``bug`` for anything else.
        message: one sentence; for a bug the last lines of standard error too.
        labels: names without which the training would work.
    """

    kind: str
    message: str
    labels: tuple[str, ...] = ()


AnyEvent = (
    Started
    | Phase
    | RunProgressed
    | EpochEnded
    | Evaluated
    | Exported
    | RunFinished
    | RunStopped
    | RunFailed
)
CLOSING = (RunFinished, RunStopped, RunFailed)

_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def encode_event(event: AnyEvent) -> bytes:
    return msgspec.json.encode(event) + b"\n"


def decode_event(line: bytes) -> AnyEvent:
    """Read one line. Raises ``msgspec.MsgspecError`` if it is not an event."""
    return _decoder.decode(line)


def split_lines(buffer: bytearray, chunk: bytes) -> Iterator[bytes]:
    """Add a chunk of bytes to ``buffer`` and take every complete line out of it."""
    buffer += chunk
    while (end := buffer.find(b"\n")) >= 0:
        line = bytes(buffer[:end])
        del buffer[: end + 1]
        if line.strip():
            yield line
