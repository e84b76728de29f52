"""What a service does with conditional writes, and where that is remembered.

Services differ, and some take a condition and ignore it. So the answers are found out by writing
(``s3_probe.py``), once for each bucket of a service, and kept among what can be made again.
"""

from enum import StrEnum

import msgspec

from cloudanno_desktop import paths
from cloudanno_desktop.bucket.remembered import file_of
from cloudanno_desktop.errors import FileProblem

FOLDER = "conditions"


class Answer(StrEnum):
    """What a service does with a condition.

    ``UNQUOTED``: it is honoured if the ETag is sent without its quotes.
    """

    HONOURED = "honoured"
    UNQUOTED = "unquoted"
    IGNORED = "ignored"
    REFUSED = "refused"


class Conditions(msgspec.Struct, frozen=True):
    """The answers of one bucket.

    Attributes:
        create: write only if the key is free, ``If-None-Match: *``.
        replace: write only over a known object, ``If-Match``.
        in_parts: the first, where an upload in parts is completed.
    """

    create: Answer
    replace: Answer
    in_parts: Answer


ALL_HONOURED = Conditions(Answer.HONOURED, Answer.HONOURED, Answer.HONOURED)
NONE_HONOURED = Conditions(Answer.IGNORED, Answer.IGNORED, Answer.IGNORED)


def recall(address: str) -> Conditions | None:
    """Return what is known of a bucket; ``None`` if nothing is."""
    try:
        return msgspec.json.decode(file_of(FOLDER, address).read_bytes(), type=Conditions)
    except (OSError, msgspec.MsgspecError):
        return None  # it is found out again


def remember(address: str, conditions: Conditions) -> None:
    """Keep what was found out. Raises ``FileProblem``."""
    path = file_of(FOLDER, address)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        paths.write_aside(path, msgspec.json.encode(conditions))
    except OSError as error:
        raise FileProblem(str(path), error.strerror or str(error)) from error
