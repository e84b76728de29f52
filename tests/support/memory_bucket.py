"""A bucket in memory that can lose power or answers at any call."""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache

from cloudanno_desktop.bucket.bucket import Fetched, Page, PutOptions, StoredObject
from cloudanno_desktop.bucket.errors import (
    ConditionRefused,
    NotModified,
    ObjectMissing,
    PreconditionFailed,
)

HONOURED, IGNORED, REFUSED = "honoured", "ignored", "refused"
MODES = (HONOURED, IGNORED, REFUSED)


@lru_cache(1000)
def _md5(body):
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


class PowerLoss(BaseException):
    """The process dies here."""


class MemoryBucket:
    """Objects in a dict.

    Attributes:
        conditions: what the service makes of conditional writes.
        dies_at: number of the call at which the process dies.
        after: die after the call took effect instead of before.
        calls: counts the calls so far.
        gets: keys of the objects whose bytes were sent out.
        has_etags: whether the service tells ETags.
    """

    name = "memory"
    address = "memory"

    def __init__(self, conditions=HONOURED):
        self.objects = {}
        self.conditions = conditions
        self.dies_at = None
        self.after = False
        self.calls = 0
        self.puts = []
        self.gets = []
        self.has_etags = True

    def list_pages(self, prefix="", delimiter=""):
        return [self._call(lambda: self._page(prefix, delimiter))]

    def get(self, key, if_none_match=None):
        def read():
            if key not in self.objects:
                raise ObjectMissing(key)
            entry = self._entry(key)
            if if_none_match and if_none_match == entry.etag:
                raise NotModified(key)
            self.gets.append(key)
            return Fetched(entry, self.objects[key])

        return self._call(read)

    def get_range(self, key, start, length):
        return self.get(key).body[start : start + length]

    def head(self, key):
        def read():
            if key not in self.objects:
                raise ObjectMissing(key)
            return self._entry(key)

        return self._call(read)

    def delete(self, keys):
        def remove():
            for key in keys:
                self.objects.pop(key, None)
            return []

        return self._call(remove)

    def put(self, key, body, options=PutOptions()):
        def write():
            self._check(key, options)
            self.objects[key] = body
            self.puts.append(key)
            return self._entry(key)

        return self._call(write)

    def close(self):
        pass

    def _check(self, key, options):
        if not (options.if_absent or options.if_match) or self.conditions == IGNORED:
            return
        if self.conditions == REFUSED:
            raise ConditionRefused(key)
        if options.if_absent and key in self.objects:
            raise PreconditionFailed(key)
        if options.if_match and (
            key not in self.objects or self._entry(key).etag != options.if_match
        ):
            raise PreconditionFailed(key)

    def _call(self, act):
        self.calls += 1
        dies = self.calls == self.dies_at
        if dies and not self.after:
            raise PowerLoss
        result = act()
        if dies:
            raise PowerLoss
        return result

    def _page(self, prefix, delimiter):
        objects, prefixes = [], {}
        for key in self._keys(prefix):
            rest = key.removeprefix(prefix)
            if delimiter and delimiter in rest:
                prefixes[prefix + rest.split(delimiter, 1)[0] + delimiter] = None
            else:
                objects.append(self._entry(key))
        return Page(objects, list(prefixes))

    def _keys(self, prefix):
        return sorted(key for key in self.objects if key.startswith(prefix))

    def _entry(self, key):
        body = self.objects[key]
        etag = _md5(body) if self.has_etags else ""
        return StoredObject(key, len(body), etag, datetime(2026, 1, 1, tzinfo=UTC))
