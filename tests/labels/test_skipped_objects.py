"""A journal object that is missing or cannot be read stands in nobody's way."""

import pytest

from cloudanno_desktop.labels.edits.assign import Assign, SetLabels
from cloudanno_desktop.labels.journal import journal_sync
from cloudanno_desktop.labels.journal.operations import object_key
from cloudanno_desktop.labels.journal.skipped import JournalBroken
from cloudanno_desktop.labels.snapshot.store import Thresholds
from cloudanno_desktop.project_keys import JOURNAL
from tests.support.memory_bucket import MemoryBucket

EAGER = Thresholds(objects=1, bytes=10**9, read=1)
UNREADABLE = {
    "nothing": b"",
    "random bytes": bytes(range(256)),
    "an empty line": b"\n",
    "no object": b"[]\n",
    "NaN": b'{"format":1,"writer":"W","sequence":2,"seen":{"x":NaN}}\n',
    "deep nesting": b'{"format":1,"x":' + b"[" * 10**5 + b"]" * 10**5 + b"}\n",
    "a newer format": b'{"format":2,"writer":"W","sequence":2,"seen":{}}\n',
    "half a character": b'{"format":1,"writer":"W","sequence":2,"seen":{}}\n{"id":"\\ud800"}\n',
    "a key that is no text": b'{"format":1,"writer":"W","sequence":2,"seen":{}}\n'
    b'{"id":"x","clock":"000000000000000.00000","author":"Eve",'
    b'"act":{"kind":"clear","images":["\\udcff.jpg"]}}\n',
}


@pytest.fixture(params=["listed", "long"])
def three(request, open_project, monkeypatch):
    """Return three computers; one has sent three objects, of which the others know the first."""
    if request.param == "long":
        monkeypatch.setattr(journal_sync, "LISTED_WHOLE", 1)
    bucket = MemoryBucket()
    options = {"in_memory": True, "thresholds": EAGER}
    ada, bob, cid = (open_project(name, bucket, **options) for name in ("Ada", "Bob", "Cid"))
    (cat,) = ada.create("cat")
    for project in (ada, bob, cid):
        project.synchronise()
    for key in ("a.jpg", "b.jpg"):
        ada.do(Assign((cat,), ada.ids(key)))
        ada.sync.push()
    return ada, bob, cid


def second_of(project):
    keys = sorted(key for key in project.bucket.objects if key.startswith(JOURNAL))
    return next(key for key in keys if key.endswith("2.jsonl"))


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_object_that_cannot_be_read_is_passed_over_until_it_can(three, name):
    ada, bob, cid = three
    key = second_of(ada)
    writer = key.removeprefix(JOURNAL).split("/")[0]
    whole = ada.bucket.objects[key]
    ada.bucket.objects[key] = UNREADABLE[name].replace(b"W", writer.encode())
    before = ada.bucket.objects["_annotations.json"]

    for project in (bob, cid, bob):
        project.synchronise()
        cat = project.store.label_named("cat").id
        project.do(Assign((cat,), project.ids("c.jpg")))
        project.synchronise()
        assert project.shown() == {"b.jpg": ["cat"], "c.jpg": ["cat"]}
        assert key in project.sync.warnings()[0]
        assert project.store.pending() == 0
        with pytest.raises(JournalBroken):
            project.sync.check_whole()
        assert not project.sync.write_snapshot()
    assert ada.bucket.objects["_annotations.json"] == before

    ada.bucket.objects[key] = whole
    for project in three:
        project.synchronise()
        project.sync.check_whole()
        assert project.sync.warnings() == ()
        assert project.shown() == {"a.jpg": ["cat"], "b.jpg": ["cat"], "c.jpg": ["cat"]}
    assert cid.sync.write_snapshot()
    assert b'"a.jpg"' in ada.bucket.objects["_annotations.json"]


def test_what_is_left_out_keeps_no_file_from_being_written(three):
    ada, bob, _ = three
    key = second_of(ada)
    whole, ada.bucket.objects[key] = ada.bucket.objects[key], b"damaged"
    bob.synchronise()

    bob.sync.leave_out_damaged()
    bob.sync.check_whole()

    assert bob.synchronise()
    assert bob.sync.warnings()
    assert not bob.sync.write_snapshot()
    ada.bucket.objects[key] = whole
    bob.synchronise()
    assert bob.shown() == {"a.jpg": ["cat"], "b.jpg": ["cat"]}


def test_a_newcomer_finds_what_follows_a_missing_object(three, open_project):
    ada, bob, _ = three
    key = second_of(ada)
    whole = ada.bucket.objects.pop(key)
    newcomer = open_project("Eve", ada.bucket, in_memory=True)
    newcomer.synchronise()
    assert newcomer.shown() == {"b.jpg": ["cat"]}
    assert "missing" in newcomer.sync.warnings()[0]

    ada.bucket.objects[key] = whole
    for project in (newcomer, bob, ada):
        project.synchronise()
        assert project.shown() == {"a.jpg": ["cat"], "b.jpg": ["cat"]}
        assert project.sync.warnings() == ()


def test_many_damaged_objects_are_all_read_in_the_end(three):
    ada, bob, _ = three
    cat = ada.store.label_named("cat").id
    for turn in range(20):
        ada.do(SetLabels(ada.ids("d.jpg"), () if turn % 2 else (cat,)))
        ada.sync.push()
    whole = dict(ada.bucket.objects)
    writer = second_of(ada).removeprefix(JOURNAL).split("/")[0]
    for number in range(2, 20):
        ada.bucket.objects[object_key(writer, number)] = b"damaged"
    bob.synchronise()
    ada.bucket.objects.update(
        {object_key(writer, n): whole[object_key(writer, n)] for n in (2, 15)}
    )
    for _ in range(3):
        bob.sync.pull()
    assert len(bob.sync.warnings()) == 3
    assert "15 more" in bob.sync.warnings()[1]

    ada.bucket.objects.update(whole)
    for _ in range(3):
        bob.synchronise()

    assert bob.sync.warnings() == ()
    assert bob.shown() == ada.shown()


def test_an_absurd_number_is_no_part_of_a_sequence(three):
    ada, bob, _ = three
    bob.bucket.objects[object_key("odd", 10**10 - 1)] = b"odd"

    bob.synchronise()

    assert bob.sync.warnings() == ()
    assert bob.shown() == ada.shown()
