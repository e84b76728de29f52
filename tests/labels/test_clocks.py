"""Computers whose clocks are wrong: a change made in knowledge of another still counts."""

import pytest

from cloudanno_desktop.labels.edits.assign import Assign, SetLabels
from cloudanno_desktop.labels.edits.properties import RenameLabel
from cloudanno_desktop.labels.journal import hlc
from cloudanno_desktop.labels.journal import operations as journal
from cloudanno_desktop.labels.journal.operations import (
    Assigned,
    Header,
    LabelMoved,
    Operation,
    decode_operation,
    encode_object,
    encode_operation,
    object_key,
)
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.labels.sync import Sync
from tests.support.memory_bucket import MemoryBucket

NOW_MS = 1_795_000_000_000
HOUR_MS = 3_600_000
CENTURY_MS = 75 * 365 * 24 * HOUR_MS


@pytest.fixture
def set_clock(monkeypatch):
    def set_clock(ahead_ms):
        monkeypatch.setattr(hlc, "wall_ms", lambda: NOW_MS + ahead_ms)

    set_clock(0)
    return set_clock


@pytest.fixture
def pair(open_project):
    bucket = MemoryBucket()
    return [open_project(name, bucket, in_memory=True) for name in ("Ada", "Bob")]


def last_time(project):
    row = project.database.reader().execute(
        "SELECT body FROM label_operation ORDER BY id DESC LIMIT 1"
    )
    return decode_operation(row.fetchone()[0]).clock


@pytest.mark.parametrize("ahead_ms", [5 * HOUR_MS, -5 * HOUR_MS, CENTURY_MS, -CENTURY_MS])
def test_a_change_made_in_knowledge_of_another_counts_whatever_the_clocks_say(
    pair, set_clock, ahead_ms
):
    ada, bob = pair
    cat, dog = ada.create("cat", "dog")
    ada.synchronise()
    bob.synchronise()
    set_clock(ahead_ms)
    bob.do(Assign((cat,), bob.ids("a.jpg")))
    bob.do(RenameLabel(dog, "hound"))
    bob.synchronise()
    set_clock(HOUR_MS)
    ada.synchronise()

    ada.do(SetLabels(ada.ids("a.jpg"), (dog,)))
    ada.do(RenameLabel(dog, "greyhound"))
    for project in (ada, bob):
        project.synchronise()

    assert ada.shown() == bob.shown() == {"a.jpg": ["greyhound"]}


def test_a_year_2100_elsewhere_does_not_date_what_has_nothing_to_do_with_it(pair, set_clock):
    ada, bob = pair
    (cat,) = ada.create("cat")
    ada.synchronise()
    set_clock(CENTURY_MS)
    bob.synchronise()
    bob.do(Assign((cat,), bob.ids("a.jpg")))
    bob.synchronise()
    set_clock(0)
    ada.synchronise()

    ada.do(Assign((cat,), ada.ids("b.jpg")))
    assert hlc.moment(last_time(ada)) < hlc.moment(f"{NOW_MS + HOUR_MS:015d}.00000")
    ada.do(SetLabels(ada.ids("a.jpg"), ()))
    assert hlc.moment(last_time(ada)).year >= 2100
    ada.do(Assign((cat,), ada.ids("c.jpg")))
    assert hlc.moment(last_time(ada)).year < 2100


def test_an_own_clock_that_was_wrong_does_no_harm_once_it_is_right(open_project, set_clock):
    project = open_project(in_memory=True)
    set_clock(CENTURY_MS)
    (cat,) = project.create("cat")
    project.do(Assign((cat,), project.ids("a.jpg")))
    set_clock(0)

    project.do(Assign((cat,), project.ids("b.jpg")))
    assert hlc.moment(last_time(project)).year < 2100
    project.do(SetLabels(project.ids("a.jpg"), ()))

    assert project.shown() == {"b.jpg": ["cat"]}


def test_a_clock_some_hours_ahead_is_followed(pair, set_clock):
    ada, bob = pair
    set_clock(20 * HOUR_MS)
    (cat,) = bob.create("cat")
    bob.do(Assign((cat,), bob.ids("a.jpg")))
    bob.synchronise()
    set_clock(0)
    ada.synchronise()

    ada.do(Assign((cat,), ada.ids("b.jpg")))

    assert last_time(ada) > last_time(bob)


def plant(bucket, labels, time, writer="wrong"):
    """Let a computer write one assignment with a time of its own."""
    line = encode_operation(Operation("x", time, "Eve", Assigned(tuple(labels), ("a.jpg",))))
    bucket.objects[object_key(writer, 1)] = encode_object(Header(1, writer, 1, {}), [line])


@pytest.fixture
def three(open_project):
    bucket = MemoryBucket()
    found = [open_project(name, bucket, in_memory=True) for name in ("Ada", "Bob", "Cid")]
    found[0].create("cat", "dog")
    found[0].synchronise()
    return found


def agree(*projects):
    for project in (*projects, *projects):
        project.synchronise()
    return [project.shown() for project in projects] == [projects[0].shown()] * len(projects)


@pytest.mark.parametrize(
    "time",
    [
        "253402300799999.99999",
        "253402300800000.00000",
        "899999999999999.99998",
        "899999999999999.99999",
        "900000000000000.00000",
        "999999999999999.99999",
    ],
)
def test_whatever_time_a_computer_writes_the_next_who_labels_the_picture_is_heard(three, time):
    ada, bob, cid = three
    cat, dog = (ada.store.label_named(name).id for name in ("cat", "dog"))
    plant(ada.bucket, (cat,), time)
    for turn in range(4):
        for project, name in ((ada, "dog"), (bob, "cat"), (bob, "dog"), (ada, "cat")):
            project.synchronise()
            project.do(SetLabels(project.ids("a.jpg"), ({"cat": cat, "dog": dog}[name],)))
            if turn == 2:
                project.do(RenameLabel(dog, f"dog {name}"))
            project.synchronise()

    assert agree(*three)
    assert cid.shown() == {"a.jpg": ["cat"]}
    assert cid.store.label_named("dog cat").id == dog
    assert all(project.store.conflicts() == [] for project in three)


def test_a_clock_beyond_the_calendar_writes_what_others_read(three, set_clock):
    ada, bob, _ = three
    set_clock(10**15)
    cat = ada.store.label_named("cat").id
    ada.do(Assign((cat,), ada.ids("a.jpg")))
    ada.do(SetLabels(ada.ids("a.jpg"), ()))
    ada.do(Assign((cat,), ada.ids("b.jpg")))
    set_clock(0)
    bob.synchronise()
    bob.do(Assign((cat,), bob.ids("c.jpg")))

    assert agree(*three)
    assert bob.shown() == {"b.jpg": ["cat"], "c.jpg": ["cat"]}


def test_a_project_that_such_a_clock_broke_heals(three, monkeypatch):
    ada, bob, cid = three
    cat, dog = (ada.store.label_named(name).id for name in ("cat", "dog"))
    plant(ada.bucket, (cat,), "899999999999999.99999")
    with monkeypatch.context() as before:  # how it was stored and answered before
        before.setattr(journal, "counted", lambda time, _known: time)
        before.setattr(hlc, "next_time", lambda last, _now=None: "900000000000000.00000")
        bob.sync.open()
        bob.do(SetLabels(bob.ids("a.jpg"), (dog,)))
        bob.sync.push()
        bob.do(RenameLabel(cat, "feline"))
    bob.store = LabelStore(bob.database, bob.index, "Bob")
    bob.sync = Sync(bob.bucket, bob.store)
    ada.synchronise()
    ada.do(SetLabels(ada.ids("a.jpg"), (cat,)))
    ada.do(RenameLabel(cat, "tom"))

    assert agree(*three)
    assert cid.shown() in ({"a.jpg": ["feline"]}, {"a.jpg": ["tom"]})  # renamed while apart


def test_an_operation_that_others_would_refuse_is_not_stored(three):
    ada, *_ = three
    before = ada.store.pending()
    with pytest.raises(ValueError, match="float"), ada.store.taking() as writing:
        writing.record(LabelMoved(ada.store.label_named("cat").id, float("nan")))

    assert ada.store.pending() == before
    assert agree(*three)
