"""Estimate what an action takes of object storage before it begins, and what that costs.

The estimates follow what ``transfers`` and ``S3Bucket`` do. They leave out what is not known
before: retries, and files that exist already. A project in a folder costs nothing; callers leave
folders out.
"""

from collections.abc import Iterable
from decimal import Decimal

from cloudanno_desktop.bucket.usage.usage import RequestKind, Tally, Usage
from cloudanno_desktop.settings import Prices

GIGABYTE = 1_000_000_000
AT_ONCE = 1000  # objects in one deletion, by the definition of S3


def estimate_download(objects: int, size: int) -> Usage:
    return Usage({RequestKind.GET: Tally(objects, bytes_down=size)}) if objects else Usage()


def estimate_upload(sizes: Iterable[int]) -> Usage:
    """Return what it takes to upload files of these sizes in bytes.

    A small file is one conditional write; for a large one the key is looked up before, and its
    parts have a first and a last request around them.
    """
    from cloudanno_desktop.bucket.s3.multipart import PART_SIZE, part_size_of  # loads botocore

    known = list(sizes)
    if not known:
        return Usage()
    large = [size for size in known if size > PART_SIZE]
    parts = sum(_parts(size, part_size_of(size)) + 2 for size in large)
    written = Tally(len(known) - len(large) + parts, bytes_up=sum(known))
    looked_up = {RequestKind.HEAD: Tally(len(large))} if large else {}
    return Usage({**looked_up, RequestKind.PUT: written})


def estimate_delete(objects: int) -> Usage:
    return Usage({RequestKind.DELETE: Tally(_parts(objects, AT_ONCE))}) if objects else Usage()


def estimate_copy(objects: int) -> Usage:
    """Return what it takes to copy objects inside a bucket.

    The new key is looked up before each copy, and the copy after it.
    """
    if not objects:
        return Usage()
    return Usage({RequestKind.HEAD: Tally(2 * objects), RequestKind.COPY: Tally(objects)})


def estimate_move(objects: int) -> Usage:
    return estimate_copy(objects) + estimate_delete(objects)


def money_of(usage: Usage, prices: Prices) -> Decimal | None:
    """Return what usage costs, not rounded; ``None`` if the user has set no price.

    A price that is not set counts as nothing.
    """
    if not prices.is_set:
        return None
    by_kinds = {
        (RequestKind.LIST,): prices.list_requests,
        (RequestKind.PUT, RequestKind.COPY): prices.write_requests,
        (RequestKind.GET, RequestKind.HEAD, RequestKind.OTHER): prices.read_requests,
        (RequestKind.DELETE,): prices.delete_requests,
    }
    requests = sum(usage.of(*kinds).requests * (price or 0) for kinds, price in by_kinds.items())
    traffic = usage.bytes_down * (prices.gigabyte_out or Decimal(0)) / GIGABYTE
    return Decimal(requests) / 1000 + traffic


def _parts(total: int, size: int) -> int:
    return -(-total // size)
