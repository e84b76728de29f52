"""Pictures that are deleted without a network."""

import pytest

from cloudanno_desktop.bucket.errors import DeleteFailure, ObjectMissing, Unreachable
from cloudanno_desktop.index.image_index import IndexCounts
from cloudanno_desktop.index.pending_deletions import Deletions
from cloudanno_desktop.index.scanner import scan


class SmallBucket:
    """Lists, describes and deletes entries; ``refused`` keys stay, and it may be out of reach."""

    def __init__(self, *entries):
        self.entries = {entry.key: entry for entry in entries}
        self.refused = set()
        self.is_reachable = True

    def list_pages(self, prefix="", delimiter=""):
        from cloudanno_desktop.bucket.bucket import Page

        yield Page(list(self.entries.values()), [])

    def head(self, key):
        if not self.is_reachable:
            raise Unreachable("https://s3", "no network")
        try:
            return self.entries[key]
        except KeyError:
            raise ObjectMissing(key) from None

    def delete(self, keys):
        for key in set(keys) - self.refused:
            del self.entries[key]
        return [DeleteFailure(key, "AccessDenied") for key in keys if key in self.refused]


@pytest.fixture
def bucket(index, entry):
    bucket = SmallBucket(entry("a.jpg"), entry("b.jpg", size=7), entry("c.jpg"))
    scan(bucket, index)
    return bucket


def flushed(deletions, bucket):
    return deletions.flush(bucket, lambda waiting: bucket.delete([one.key for one in waiting]))


@pytest.fixture
def deletions(database):
    return Deletions(database)


def keys(index):
    return [row.key for row in index.rows(index.all_ids())]


def test_what_is_deleted_is_gone_at_once_and_in_the_bucket_later(bucket, index, deletions):
    deletions.add([index.id_of("b.jpg")])

    assert keys(index) == ["a.jpg", "c.jpg"]
    assert index.counts() == IndexCounts(2, 20)
    assert len(deletions) == 1
    assert "b.jpg" in bucket.entries

    assert flushed(deletions, bucket) == []
    assert set(bucket.entries) == {"a.jpg", "c.jpg"}
    assert len(deletions) == 0


def test_a_scan_does_not_bring_back_what_waits(bucket, index, deletions):
    deletions.add([index.id_of("b.jpg"), index.id_of("c.jpg")])

    report = scan(bucket, index)

    assert (report.new, report.images) == (0, 1)
    assert keys(index) == ["a.jpg"]


def test_a_deletion_during_a_scan_holds(bucket, index, deletions):
    report = scan(bucket, index, lambda *_: deletions.add([index.id_of("b.jpg")]))

    assert keys(index) == ["a.jpg", "c.jpg"]
    assert report.images == 2


def test_without_a_network_everything_waits_on(bucket, index, deletions):
    deletions.add([index.id_of("b.jpg")])
    bucket.is_reachable = False

    with pytest.raises(Unreachable):
        flushed(deletions, bucket)

    assert [one.key for one in deletions.waiting()] == ["b.jpg"]
    assert "b.jpg" in bucket.entries


def test_a_picture_that_somebody_replaced_meanwhile_stays(bucket, index, deletions, entry):
    deletions.add([index.id_of("a.jpg"), index.id_of("b.jpg")])
    bucket.entries["b.jpg"] = entry("b.jpg", "another", 9)

    flushed(deletions, bucket)
    report = scan(bucket, index)

    assert set(bucket.entries) == {"b.jpg", "c.jpg"}
    assert report.new == 1
    assert keys(index) == ["b.jpg", "c.jpg"]


def test_a_scan_that_sees_another_picture_shows_it(bucket, index, deletions, entry):
    deletions.add([index.id_of("b.jpg")])
    bucket.entries["b.jpg"] = entry("b.jpg", "another", 9)

    scan(bucket, index)

    assert keys(index) == ["a.jpg", "b.jpg", "c.jpg"]
    assert len(deletions) == 0


def test_what_may_not_be_deleted_is_shown_again(bucket, index, deletions):
    bucket.refused = {"b.jpg"}
    deletions.add([index.id_of("a.jpg"), index.id_of("b.jpg")])

    failures = flushed(deletions, bucket)

    assert failures == [DeleteFailure("b.jpg", "AccessDenied")]
    assert keys(index) == ["b.jpg", "c.jpg"]
    assert index.counts() == IndexCounts(2, 17)
    assert len(deletions) == 0


def test_what_somebody_else_deleted_is_no_failure(bucket, index, deletions):
    deletions.add([index.id_of("b.jpg")])
    del bucket.entries["b.jpg"]

    assert flushed(deletions, bucket) == []
    assert len(deletions) == 0
