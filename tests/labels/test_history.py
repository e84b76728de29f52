"""What was done, by whom and when; and the labels as they were."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudanno_desktop.labels.collaborators import collaborators
from cloudanno_desktop.labels.edits.assign import Assign, ClearLabels, DeleteLabel
from cloudanno_desktop.labels.edits.properties import RenameLabel
from cloudanno_desktop.labels.edits.restore import restore
from cloudanno_desktop.labels.journal import hlc
from cloudanno_desktop.labels.journal.as_of import HistoryIncomplete, labels_as_of
from cloudanno_desktop.labels.journal.history import history_of_image, history_of_label
from cloudanno_desktop.labels.journal.operations import (
    Cleared,
    LabelCreated,
    LabelRenamed,
    LabelsSet,
)
from cloudanno_desktop.labels.snapshot.store import Thresholds
from tests.labels.test_fold import in_delivery_order, journals, stamped
from tests.support.fold import fold
from tests.support.memory_bucket import MemoryBucket

EAGER = Thresholds(objects=1, bytes=1, read=1)
MORNING_MS = 1_795_000_000_000
HOUR_MS = 3_600_000


@pytest.fixture
def at(monkeypatch):
    """Return a function that sets the wall clock to hours after a morning."""
    now = [MORNING_MS]
    monkeypatch.setattr(hlc, "wall_ms", lambda: now[0])

    def set_to(hours):
        now[0] = MORNING_MS + int(hours * HOUR_MS)
        return datetime.fromtimestamp(now[0] / 1000, UTC)

    return set_to


def test_the_history_of_an_image_tells_who_did_what_and_when(open_project, at):
    bucket = MemoryBucket()
    ada = open_project("ada", bucket, author="Ada", in_memory=True)
    bob = open_project("bob", bucket, author="Bob", in_memory=True)
    (cat,) = ada.create("cat")
    first = at(1)
    ada.do(Assign((cat,), ada.ids("a.jpg", "b.jpg")))
    ada.synchronise()
    bob.synchronise()
    second = at(2)
    bob.do(ClearLabels(bob.ids("a.jpg")))
    bob.synchronise()
    ada.synchronise()

    found = history_of_image(ada.store, *ada.ids("a.jpg"))

    assert found.is_complete
    reported = [
        (entry.when, entry.author, type(entry.act), entry.images) for entry in found.entries
    ]
    assert reported == [(second, "Bob", Cleared, 1), (first, "Ada", LabelsSet, 2)]
    assert history_of_image(ada.store, *ada.ids("c.jpg")).entries == ()


def test_the_history_of_a_label_tells_its_names_and_its_use(open_project, at):
    project = open_project(in_memory=True)
    (cat, dog) = project.create("cat", "dog")
    at(1)
    project.do(RenameLabel(cat, "feline"))
    project.do(Assign((cat,), project.ids("a.jpg")))
    project.do(Assign((dog,), project.ids("b.jpg")))

    acts = [entry.act for entry in history_of_label(project.store, cat).entries]

    assert [type(act) for act in acts] == [LabelsSet, LabelRenamed, LabelCreated]
    assert acts[1].name == "feline"


def test_a_history_before_a_snapshot_is_read_from_the_bucket_when_asked(open_project, at):
    bucket = MemoryBucket()
    ada = open_project("ada", bucket, in_memory=True, thresholds=EAGER)
    (cat,) = ada.create("cat")
    ada.do(Assign((cat,), ada.ids("a.jpg")))
    ada.synchronise()
    ada.do(ClearLabels(ada.ids("a.jpg")))
    ada.do(Assign((cat,), ada.ids("b.jpg")))
    ada.synchronise()
    assert ada.sync.write_snapshot()
    bob = open_project("bob", bucket, in_memory=True, thresholds=EAGER)
    bob.synchronise()
    assert bob.shown() == ada.shown() == {"b.jpg": ["cat"]}

    image = bob.ids("a.jpg")
    assert not history_of_image(bob.store, *image).is_complete
    with pytest.raises(HistoryIncomplete):
        labels_as_of(bob.store, at(1))
    assert bob.sync.fetch_history() == 2

    assert history_of_image(bob.store, *image) == history_of_image(ada.store, *ada.ids("a.jpg"))
    assert bob.shown() == ada.shown()
    assert labels_as_of(bob.store, at(2)).labels == tuple(bob.store.catalog.shown)


def test_people_are_told_with_their_last_change(open_project, at):
    bucket = MemoryBucket()
    ada, bob, eve = (
        open_project(name, bucket, author=name, in_memory=True) for name in ("Ada", "Bob", "Eve")
    )
    for hours, project in enumerate((ada, bob, eve)):
        at(hours)
        (cat,) = project.create("cat")
        project.do(Assign((cat,), project.ids("a.jpg")))
        project.synchronise()
    ada.synchronise()

    assert [(one.author, one.changed) for one in collaborators(ada.store)] == [
        ("Eve", at(2)),
        ("Bob", at(1)),
    ]


@pytest.mark.parametrize("many", [False, True], ids=["single", "multi"])
def test_labels_are_brought_back_to_a_moment_and_that_can_be_undone(open_project, at, many):
    project = open_project(in_memory=True)
    if many:
        project.allow_many()
    cat, dog = project.create("cat", "dog")
    project.do(Assign((cat,), project.ids("a.jpg", "b.jpg")))
    project.do(Assign((dog,), project.ids("b.jpg")))
    moment, then = at(1), project.shown()
    at(2)
    project.do(RenameLabel(cat, "feline"))
    (cow,) = project.create("cow")
    project.do(ClearLabels(project.ids("b.jpg")))
    project.do(Assign((cow,), project.ids("a.jpg", "c.jpg")))
    project.do(DeleteLabel(dog))
    now, labels_now = project.shown(), project.store.labels()

    found = labels_as_of(project.store, moment)
    assert [label.name for label in found.labels] == ["cat", "dog"]
    applied = project.do(restore(project.store, found))
    assert project.shown() == then
    assert project.counts() == {"cat": 1 + many, "dog": 1}

    applied.inverse.apply(project.store)
    assert project.shown() == now
    assert project.store.labels() == labels_now


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(journals(), st.booleans(), st.integers(-1, 5), st.randoms(use_true_random=False))
def test_the_labels_of_a_moment_are_the_fold_of_what_was_before(
    open_project, objects, many, last_ms, chance
):
    project = open_project(keys=("a.jpg", "b.jpg"), in_memory=True)
    if many:
        project.allow_many()
    with project.store.taking() as writing:
        for item in in_delivery_order(objects, chance):
            writing.take(item)
    when = datetime.fromtimestamp(last_ms / 1000, UTC)
    before = [pair for pair in stamped(objects) if int(pair[0].clock[:15]) <= last_ms]

    found = labels_as_of(project.store, when)

    keys = dict(project.database.reader().execute("SELECT id, key FROM image").fetchall())
    state = fold(before)
    images = {keys[image]: labels for image, labels in found.images.items()}
    assert images == state.assignments(multi_label=many)
    assert list(found.labels) == state.catalog().shown
    project.database.close()
