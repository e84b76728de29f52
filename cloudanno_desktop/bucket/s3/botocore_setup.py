"""A boto3 session that reads times fast.

Every listed object carries a time. botocore hands it to a parser that guesses at formats, which is
most of what a listing costs; nearly all services write the one format that Python reads natively.
"""

import re
from datetime import UTC, datetime

import boto3
import botocore.session
from botocore.utils import parse_timestamp

from cloudanno_desktop.bucket.s3_description import shared_description

NO_TIME = datetime.fromtimestamp(0, UTC)  # where a service tells none that can be read

# IMF-fixdate of RFC 9110; the parser of all that letters may say takes four times as long
_OF_A_HEADER = re.compile(
    r"[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def make_session(profile: str) -> boto3.session.Session:
    """Return a session of ``profile``, or of boto3's own chain. Raises boto3's own errors."""
    core = botocore.session.Session()
    core.register_component("data_loader", shared_description())
    parsers = core.get_component("response_parser_factory")
    parsers.set_parser_defaults(timestamp_parser=parse_time)
    return boto3.session.Session(botocore_session=core, profile_name=profile or None)


def certificates_of(session: boto3.session.Session) -> str | None:
    """Return the file of certificates that the AWS configuration names; ``None`` for none."""
    return session._session.get_config_variable("ca_bundle")  # type: ignore[no-any-return]  # no other way


def parse_time(text: object) -> datetime:
    """Read a time as services tell it; ``NO_TIME`` if it cannot be read."""
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
    """Read the format of a listing, or that of a header."""
    if text.endswith("Z"):
        return datetime.fromisoformat(text)
    match = _OF_A_HEADER.fullmatch(text)
    if match is None:
        raise ValueError(text)
    day, name, year, hour, minute, second = match.groups()
    month = _MONTHS.index(name) + 1
    return datetime(int(year), month, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
