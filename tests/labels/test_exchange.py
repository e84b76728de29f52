"""What an exchange costs, and that a small and a large journal are taken in alike."""

import pytest

from cloudanno_desktop.labels.edits.assign import Assign
from cloudanno_desktop.labels.edits.resolve_conflict import ResolveConflict
from cloudanno_desktop.labels.journal import journal_sync
from cloudanno_desktop.labels.journal.operations import (
    Assigned,
    Header,
    Operation,
    encode_object,
    encode_operation,
    object_key,
)
from tests.support.memory_bucket import MemoryBucket


class CountingBucket(MemoryBucket):
    """Notes what is listed and looked at."""

    def __init__(self):
        super().__init__()
        self.listed = []
        self.looked = []

    def list_pages(self, prefix="", delimiter=""):
        self.listed.append((prefix, delimiter))
        return super().list_pages(prefix, delimiter)

    def head(self, key):
        self.looked.append(key)
        return super().head(key)


@pytest.fixture
def many(open_project, monkeypatch):
    """Return two computers on a journal that is too long to be listed."""
    monkeypatch.setattr(journal_sync, "LISTED_WHOLE", 1)
    bucket = CountingBucket()
    ada, bob = (open_project(name, bucket, in_memory=True) for name in ("Ada", "Bob"))
    ada.create("cat")
    ada.synchronise()
    bob.synchronise()
    bucket.listed.clear()
    bucket.looked.clear()
    bucket.gets.clear()
    return bucket, ada, bob


def test_a_long_journal_is_not_listed_to_find_that_nothing_is_new(many):
    bucket, _, bob = many

    assert bob.sync.pull() == 0

    assert bucket.listed == [("_cloudanno/journal/", "/")]
    assert len(bucket.looked) == 2  # the next object of each of the two
    assert bucket.gets == []


def test_of_a_long_journal_only_what_is_new_is_read(many, open_project):
    bucket, ada, bob = many
    cat = ada.store.label_named("cat").id
    for key in ("a.jpg", "b.jpg", "c.jpg"):
        ada.do(Assign((cat,), ada.ids(key)))
        ada.sync.push()
    eve = open_project("eve", bucket, in_memory=True)
    eve.create("dog")
    eve.sync.push()
    bucket.gets.clear()

    assert bob.sync.pull() == 4

    assert len(bucket.gets) == len(set(bucket.gets)) == 4
    assert bob.shown() == {"a.jpg": ["cat"], "b.jpg": ["cat"], "c.jpg": ["cat"]}


def put_foreign(bucket, labels, sequence=1):
    """Let another program write an assignment of its own."""
    act = Assigned(tuple(labels), ("a.jpg",))
    line = encode_operation(Operation("x", f"{sequence:015d}.00000", "tool", act))
    body = encode_object(Header(1, "tool", sequence, {}), [line])
    bucket.objects[object_key("tool", sequence)] = body


def test_two_labels_by_another_program_show_as_one_and_as_a_conflict(open_project):
    bucket = MemoryBucket()
    ada, bob = (open_project(name, bucket, in_memory=True) for name in ("Ada", "Bob"))
    cat, dog = ada.create("cat", "dog")
    ada.synchronise()
    put_foreign(bucket, (cat, dog))
    for project in (ada, bob):
        project.synchronise()

    shown = max(cat, dog)
    for project in (ada, bob):
        assert list(project.store.labels_of(project.ids("a.jpg")).values()) == [(shown,)]
        (conflict,) = project.store.conflicts()
        assert conflict.label_ids == (shown, min(cat, dog))

    ada.do(ResolveConflict(ada.ids("a.jpg"), shown))
    for project in (ada, bob):
        project.synchronise()
        assert project.store.conflicts() == []
    ada.sync.use_multi_label(multi_label=True)
    assert len(ada.shown()["a.jpg"]) == 1


def test_two_labels_by_another_program_both_show_once_several_are_allowed(open_project):
    bucket = MemoryBucket()
    ada = open_project("Ada", bucket, in_memory=True)
    cat, dog = ada.create("cat", "dog")
    ada.synchronise()
    put_foreign(bucket, (cat, dog))
    ada.synchronise()
    assert len(ada.shown()["a.jpg"]) == 1

    ada.sync.use_multi_label(multi_label=True)

    assert sorted(ada.shown()["a.jpg"]) == ["cat", "dog"]
