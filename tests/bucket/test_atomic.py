"""Writing so that nothing of what another program wrote at the same moment is lost."""

import pytest

from cloudanno_desktop.bucket.atomic import AlwaysChanging, create, replace
from cloudanno_desktop.bucket.bucket import PutOptions
from tests.support.memory_bucket import HONOURED, REFUSED, MemoryBucket

PLAIN = PutOptions("text/plain")


@pytest.fixture(params=[HONOURED, REFUSED])
def bucket(request):
    return MemoryBucket(request.param)


def test_what_was_created_first_stays(bucket):
    assert create(bucket, "a", b"ours", PLAIN) == b"ours"
    assert create(bucket, "a", b"theirs", PLAIN) == b"ours"
    assert bucket.objects == {"a": b"ours"}


def test_a_change_is_made_anew_of_what_another_program_wrote_meanwhile(bucket):
    bucket.objects["a"] = b"1"
    meanwhile = [b"7"]

    def add_one(body):
        if meanwhile:
            bucket.objects["a"] = meanwhile.pop()
        return b"%d" % (int(body) + 1)

    assert replace(bucket, "a", add_one, PLAIN) == b"8"
    assert bucket.objects == {"a": b"8"}


def test_an_object_that_another_program_creates_meanwhile_is_not_lost(bucket):
    def append(body):
        if body is None:
            bucket.objects["a"] = b"theirs "
        return (body or b"") + b"ours"

    assert replace(bucket, "a", append, PLAIN) == b"theirs ours"


def test_an_object_that_is_deleted_meanwhile_is_made_anew(bucket):
    bucket.objects["a"] = b"old"

    def change(body):
        bucket.objects.pop("a", None)
        return b"new" if body is None else body + b" and more"

    assert replace(bucket, "a", change, PLAIN) == b"new"


def test_nothing_is_written_where_nothing_changes(bucket):
    bucket.objects["a"] = b"same"
    assert replace(bucket, "a", lambda body: body, PLAIN) == b"same"
    assert bucket.puts == []


def test_an_object_that_never_rests_is_left_to_the_others(bucket):
    numbers = iter(range(1000))

    def change(_body):
        bucket.objects["a"] = b"%d" % next(numbers)
        return b"ours"

    with pytest.raises(AlwaysChanging):
        replace(bucket, "a", change, PLAIN)
    assert bucket.objects["a"] != b"ours"
