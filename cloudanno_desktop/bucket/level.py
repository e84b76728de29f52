"""One level of the places of a connection: its buckets, or the prefixes of a bucket or folder."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.open_bucket import list_buckets, open_bucket
from cloudanno_desktop.progress import Progress, silent
from cloudanno_desktop.project_keys import OWN_FOLDERS

LISTED_PAGES = 50  # of 1000 objects; a level with more is shown in part


@dataclass(frozen=True, slots=True)
class Listing:
    """What is directly at a level; ``is_cut`` if there is more than was listed.

    ``names`` are buckets, or prefixes that end with ``/``.
    """

    names: Sequence[str]
    objects: int = 0
    is_cut: bool = False


def list_level(
    address: ProjectAddress, secret: Secret | None = None, progress: Progress = silent
) -> Listing:
    """Return what lies directly at an address; one without a location lists all buckets."""
    if not address.location:
        return Listing(sorted(list_buckets(address.connection or Connection(), secret)))
    names: set[str] = set()
    objects = 0
    with closing(open_bucket(address, secret)) as bucket:
        for number, page in enumerate(bucket.list_pages(delimiter="/")):
            if number == LISTED_PAGES:
                return Listing(sorted(names.difference(OWN_FOLDERS)), objects, is_cut=True)
            names.update(page.prefixes)
            objects += len(page.objects)
            progress(objects, None)
    return Listing(sorted(names.difference(OWN_FOLDERS)), objects)
