"""Computers whose clocks are wrong: a change made in knowledge of another still counts."""

import pytest

from cloudanno_desktop.labels.edits.assign import Assign, SetLabels
from cloudanno_desktop.labels.edits.properties import RenameLabel
from cloudanno_desktop.labels.journal import hlc as clock
from cloudanno_desktop.labels.journal.operations import decode_operation
from tests.support.memory_bucket import MemoryBucket

NOW_MS = 1_795_000_000_000
HOUR_MS = 3_600_000
CENTURY_MS = 75 * 365 * 24 * HOUR_MS


@pytest.fixture
def set_clock(monkeypatch):
    def set_clock(ahead_ms):
        monkeypatch.setattr(clock, "wall_ms", lambda: NOW_MS + ahead_ms)

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
    assert clock.moment(last_time(ada)) < clock.moment(f"{NOW_MS + HOUR_MS:015d}.00000")
    ada.do(SetLabels(ada.ids("a.jpg"), ()))
    assert clock.moment(last_time(ada)).year >= 2100
    ada.do(Assign((cat,), ada.ids("c.jpg")))
    assert clock.moment(last_time(ada)).year < 2100


def test_an_own_clock_that_was_wrong_does_no_harm_once_it_is_right(open_project, set_clock):
    project = open_project(in_memory=True)
    set_clock(CENTURY_MS)
    (cat,) = project.create("cat")
    project.do(Assign((cat,), project.ids("a.jpg")))
    set_clock(0)

    project.do(Assign((cat,), project.ids("b.jpg")))
    assert clock.moment(last_time(project)).year < 2100
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
