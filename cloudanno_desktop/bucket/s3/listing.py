"""Listings of an S3 bucket: complete, in parallel if folders allow it, in both API versions.

A listing is complete only when every chain of pages has ended: order is never trusted, for some
services list in none. The first page is requested alone; if there is more, and folders show, they
are listed in parallel. A service that does not know ListObjectsV2, or responds as if it were
ListObjects, gets ListObjects from then on, also in later sessions.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html and …ListObjects.html
"""

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from cloudanno_desktop.bucket.bucket import Page
from cloudanno_desktop.bucket.errors import StorageFailed
from cloudanno_desktop.bucket.s3.conversion import page_of
from cloudanno_desktop.bucket.s3.errors import FailedRequest, reporting
from cloudanno_desktop.bucket.s3.remembered_capabilities import (
    lists_in_the_old_way,
    remember_old_listing,
)
from cloudanno_desktop.bucket.s3.service import S3Service

AT_ONCE = 8
WAITING_PAGES = 8  # more that may come while one is being read
MOST_FOLDERS = 64  # of one level; more are likely small, and each costs a request
PAGE_SIZE = 1000
_NO_V2 = {"NotImplemented", "MethodNotAllowed", "InvalidArgument", "501", "405"}


@dataclass(slots=True, eq=False)
class _Chain:
    """Pages that follow each other.

    Attributes:
        token: where the next page begins; empty before the first one and after the last.
        is_old: requested by ListObjects.
        instead: what a look at one level replaces, if it shows folders.
    """

    prefix: str
    delimiter: str = ""
    token: str = ""
    is_old: bool = False
    instead: "_Chain | None" = None
    met: set[str] = field(default_factory=set)


class S3Listing:
    """Lists one bucket; safe to use from several threads."""

    def __init__(self, service: S3Service, name: str) -> None:
        self._service = service
        self._name = name
        self._endpoint = service.endpoint
        self._address = f"{service.endpoint}/{name}"
        self._is_old: bool | None = None
        self._better_in_one: set[str] = set()

    def pages(self, prefix: str, delimiter: str) -> Iterator[Page]:
        chain = _Chain(prefix, delimiter)
        page = self.next_page(chain)
        yield page
        if chain.token:
            may_split = not delimiter and prefix not in self._better_in_one
            run = _ListingRun(self, may_split=may_split)
            yield from run.pages(chain, page)
            if run.wasted_requests:
                self._better_in_one.add(prefix)

    def next_page(self, chain: _Chain) -> Page:
        """Request one page, and note in ``chain`` where the next one begins."""
        if not chain.token:
            chain.is_old = self._speaks_old()
        response = self._old(chain) if chain.is_old else self._new(chain)
        token = _next(response, is_old=chain.is_old)
        if response.get("IsTruncated") and not token:
            raise self._failed("the list was cut off")
        if token in chain.met:
            raise self._failed("the list goes in circles")
        if token:
            chain.met.add(token)
        chain.token = token
        return page_of(response)

    def _new(self, chain: _Chain) -> Mapping[str, Any]:
        place = self._place(chain, "ContinuationToken")
        try:
            with self._reporting():
                response = self._service.list(place)
        except StorageFailed as error:
            if chain.token or error.code not in _NO_V2:
                raise
            return self._begun_in_the_old_way(chain)
        if not chain.token and response.get("IsTruncated") and not _next(response, is_old=False):
            return self._begun_in_the_old_way(chain)
        return response

    def _begun_in_the_old_way(self, chain: _Chain) -> Mapping[str, Any]:
        response = self._old(chain)
        chain.is_old = self._is_old = True
        remember_old_listing(self._address)
        return response

    def _speaks_old(self) -> bool:
        if self._is_old is None:
            self._is_old = lists_in_the_old_way(self._address)
        return self._is_old

    def _old(self, chain: _Chain) -> Mapping[str, Any]:
        with self._reporting():
            return self._service.client.list_objects(**self._place(chain, "Marker"))

    def _place(self, chain: _Chain, token_name: str) -> dict[str, Any]:
        params = {"Bucket": self._name, "Prefix": chain.prefix, "Delimiter": chain.delimiter}
        params[token_name] = chain.token
        return {name: value for name, value in params.items() if value}

    def _reporting(self) -> AbstractContextManager[None]:
        return reporting(FailedRequest(self._endpoint, self._name, "list"))

    def _failed(self, reason: str) -> StorageFailed:
        return StorageFailed(self._endpoint, "list all objects", reason)


class _ListingRun:
    """The rest of one listing: several requests are under way while a page is being read.

    ``may_split`` allows to list folders in parallel.
    """

    def __init__(self, listing: S3Listing, *, may_split: bool) -> None:
        self._listing = listing
        self._may_split = may_split
        self._waiting: deque[_Chain] = deque()
        self._running: dict[Future[Page], _Chain] = {}
        self._shown: set[str] = set()
        self._requests = 1
        self._objects = 0

    @property
    def wasted_requests(self) -> bool:
        """Whether one chain would have needed far fewer requests."""
        return self._may_split and self._requests > 2 * (self._objects // PAGE_SIZE) + 4

    def pages(self, first: _Chain, page: Page) -> Iterator[Page]:
        """Yield what follows ``page``, the first one of ``first``."""
        pool = ThreadPoolExecutor(AT_ONCE, "listing")
        try:
            self._take(first, page)
            while self._waiting or self._running:
                self._start(pool)
                ended, _ = wait(self._running, return_when=FIRST_COMPLETED)
                for future in ended:
                    chain, page = self._running.pop(future), future.result()
                    fresh = self._fresh(page)
                    is_news = self._take(chain, page)
                    self._start(pool)  # the next page comes while this one is being read
                    if is_news:
                        yield fresh
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _start(self, pool: ThreadPoolExecutor) -> None:
        while self._waiting and len(self._running) < AT_ONCE + WAITING_PAGES:
            chain = self._waiting.popleft()
            self._running[pool.submit(self._listing.next_page, chain)] = chain
            self._requests += 1

    def _fresh(self, page: Page) -> Page:
        """Leave out what the first page of a chain that was split has shown already."""
        if not self._shown:
            return page
        fresh = [entry for entry in page.objects if entry.key not in self._shown]
        return Page(fresh, page.prefixes)

    def _take(self, chain: _Chain, page: Page) -> bool:
        """Decide what to ask for after a page; say whether its objects are to be shown."""
        if chain.instead is not None:
            return self._take_level(chain, page, chain.instead)
        self._objects += len(page.objects)
        if chain.token and self._may_split and _shows_folders(chain, page):
            self._shown.update(entry.key for entry in page.objects)
            self._waiting.appendleft(_Chain(chain.prefix, "/", instead=chain))
        elif chain.token:
            self._waiting.appendleft(chain)
        return True

    def _take_level(self, level: _Chain, page: Page, instead: _Chain) -> bool:
        folders = list(dict.fromkeys(page.prefixes))
        if level.token or not 0 < len(folders) <= MOST_FOLDERS:
            self._waiting.appendleft(instead)
            return False
        if len(folders) == 1 and not page.objects:
            (below,) = folders
            self._waiting.appendleft(_Chain(below, "/", instead=_Chain(below)))
        else:
            self._waiting.extend(map(_Chain, folders))
        return True


def _shows_folders(chain: _Chain, page: Page) -> bool:
    """Return whether the first page of a chain has keys that are further down."""
    start = len(chain.prefix)
    return len(chain.met) == 1 and any("/" in entry.key[start:] for entry in page.objects)


def _next(response: Mapping[str, Any], *, is_old: bool) -> str:
    """Return where the next page begins; empty if there is none, or it is not known."""
    if not response.get("IsTruncated"):
        return ""
    if not is_old:
        return str(response.get("NextContinuationToken") or "")
    return str(response.get("NextMarker") or _last(response))


def _last(response: Mapping[str, Any]) -> str:
    """Return the last name of a page of ListObjects; empty if its order cannot be followed."""
    keys = [found["Key"] for found in response.get("Contents", [])]
    folders = [found["Prefix"] for found in response.get("CommonPrefixes", [])]
    has_order = all(
        one < two for names in (keys, folders) for one, two in pairwise(map(str.encode, names))
    )
    return max([*keys, *folders], key=str.encode, default="") if has_order else ""
