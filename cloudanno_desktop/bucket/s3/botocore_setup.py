"""A session of botocore that reads times fast.

Every listed object carries a time. botocore hands it to a parser that guesses at formats, which is
most of what a listing costs; nearly all services write the one format that Python reads natively.
"""

import logging
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.utils import parse_timestamp

from cloudanno_desktop.bucket.s3_description import shared_description

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_log = logging.getLogger(__name__)

NO_TIME = datetime.fromtimestamp(0, UTC)  # if a service sends none that can be read

# IMF-fixdate of RFC 9110; the parser of all that letters may say takes four times as long
_OF_A_HEADER = re.compile(
    r"[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def make_core_session() -> botocore.session.Session:
    core = botocore.session.Session()
    core.register_component("data_loader", shared_description())
    parsers = core.get_component("response_parser_factory")
    parsers.set_parser_defaults(timestamp_parser=parse_time)
    return core


def log_failures(client: "S3Client") -> None:
    """Log each failed attempt at a request; boto3 itself logs none."""
    client.meta.events.register("needs-retry.s3", _log_failure)


def _log_failure(
    operation: Any,  # noqa: ANN401  botocore's own
    attempts: int,
    response: tuple[Any, object] | None,
    caught_exception: Exception | None,
    request_dict: dict[str, Any],
    **_: object,
) -> None:
    status = response[0].status_code if response else 0
    if response is None or status == 429 or status >= 500:
        call, path = operation.name, request_dict["url_path"]
        why = caught_exception or status
        _log.info("attempt %d failed: %s %s: %s", attempts, call, path, why)


def parse_time(text: object) -> datetime:
    """Parse a time of a response; ``NO_TIME`` if it cannot be parsed."""
    if isinstance(text, str):
        try:
            return _usual_time(text)
        except ValueError:
            pass  # botocore knows more formats
    try:
        return parse_timestamp(text)  # type: ignore[arg-type]  # its stubs want str
    except (ValueError, RuntimeError, OverflowError):
        return NO_TIME


def _usual_time(text: str) -> datetime:
    """Parse the format of a listing, or that of a header."""
    if text.endswith("Z"):
        return datetime.fromisoformat(text)
    match = _OF_A_HEADER.fullmatch(text)
    if match is None:
        raise ValueError(text)
    day, name, year, hour, minute, second = match.groups()
    month = _MONTHS.index(name) + 1
    return datetime(int(year), month, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
