"""Where it is remembered what a bucket's service can do; all of it can be found out again."""

import hashlib
from contextlib import suppress
from pathlib import Path

from cloudanno_desktop import paths

OLD_LISTING = "old-listing"


def file_of(kind: str, address: str) -> Path:
    """Return the file of one kind of fact.

    Args:
        kind: the folder of such facts.
        address: the service's address and the bucket's name.
    """
    name = hashlib.blake2b(address.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
    return paths.cache_dir() / kind / f"{name}.json"


def lists_in_the_old_way(address: str) -> bool:
    """Say whether a service was met that does not know ListObjectsV2."""
    return file_of(OLD_LISTING, address).exists()


def remember_old_listing(address: str) -> None:
    """Remember that a service does not know ListObjectsV2; not on a full disk."""
    path = file_of(OLD_LISTING, address)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        paths.write_aside(path, b"true")
