"""Where a project is: a folder, or a bucket or prefix of a service."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urlsplit

import msgspec

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.errors import CloudAnnoError

S3 = "s3://"


@dataclass(eq=False)
class AddressRefused(CloudAnnoError):
    sentence: ClassVar[str] = "“{text}” is not the address of a project: {reason}."
    text: str
    reason: str


class ProjectAddress(msgspec.Struct, frozen=True):
    """Where a project is; made by ``parse_address``.

    Attributes:
        location: absolute folder path, or ``s3://bucket`` or ``s3://bucket/prefix``.
        connection: how to reach the bucket; ``None`` for a folder, or for boto3's own chain.
    """

    location: str
    connection: Connection | None = None

    @property
    def is_folder(self) -> bool:
        return not self.location.startswith(S3)

    @property
    def bucket_name(self) -> str:
        return "" if self.is_folder else self.location.removeprefix(S3).partition("/")[0]

    @property
    def prefix(self) -> str:
        """Start of every key, with its final ``/``; empty for a whole bucket or folder."""
        path = "" if self.is_folder else self.location.removeprefix(S3).partition("/")[2]
        return f"{path}/" if path else ""

    @property
    def endpoint(self) -> str:
        """The service's address, normalized; empty for a folder and for Amazon's own."""
        if self.is_folder:
            return ""
        chosen = self.connection.endpoint_url if self.connection else ""
        from_environment = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get(
            "AWS_ENDPOINT_URL"
        )
        parts = urlsplit(chosen or from_environment or "")
        return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}" * bool(parts[1])

    @property
    def identity(self) -> str:
        """Unique among all projects, the same in every session.

        A profile may name a service of its own, so without an endpoint its name counts.
        """
        if self.is_folder:
            return self.location
        profile = self.connection.profile if self.connection else os.environ.get("AWS_PROFILE", "")
        return f"{self.location} {self.endpoint or profile}".rstrip()

    @property
    def title(self) -> str:
        path = self.location.removeprefix(S3)
        return path.replace(os.sep, "/").rstrip("/").rpartition("/")[2] or path


def is_bucket_address(text: str) -> bool:
    """Say whether ``text`` is meant to be a bucket: the scheme may be written in any case."""
    return text.strip().lower().startswith(S3)


def parse_address(text: str, connection: Connection | None = None) -> ProjectAddress:
    """Read a folder path, ``file://`` address or ``s3://bucket[/prefix]``.

    Raises ``AddressRefused``.
    """
    if is_bucket_address(text):
        return ProjectAddress(_s3_location(text.strip()), connection)
    if text.lower().startswith("file://"):
        return _folder(unquote(urlsplit(text).path))
    if "://" in text:
        raise AddressRefused(text, "it must be a folder or start with s3://")
    return _folder(text)


def _s3_location(text: str) -> str:
    bucket, _, prefix = text[len(S3) :].partition("/")
    if not bucket:
        raise AddressRefused(text, "the bucket’s name is missing")
    prefix = prefix.removesuffix("/")
    return f"{S3}{bucket}/{prefix}" if prefix else f"{S3}{bucket}"


def _folder(text: str) -> ProjectAddress:
    if not text.strip():
        raise AddressRefused(text, "it is empty")
    path = str(Path(os.path.realpath(Path(text).expanduser())))
    try:
        path.encode()
    except UnicodeEncodeError as error:
        shown = os.fsencode(text).decode(errors="replace")
        raise AddressRefused(shown, "the folder’s name is not valid text") from error
    return ProjectAddress(path)
