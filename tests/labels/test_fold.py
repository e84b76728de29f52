"""The fold is a join of registers, and the database follows the same rules."""

from uuid import uuid4

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudanno_desktop.labels.journal import hlc
from cloudanno_desktop.labels.journal.operations import (
    Assigned,
    Cleared,
    Header,
    ImagesDeleted,
    ImagesRestored,
    JournalObject,
    LabelCreated,
    LabelDeleted,
    LabelMerged,
    LabelMoved,
    LabelRecolored,
    LabelRenamed,
    LabelsSet,
    LabelUndeleted,
    Operation,
    SplitPinned,
    StateCleared,
    StateSet,
    Unassigned,
)
from cloudanno_desktop.labels.journal.sql_registers import DELETED_MARK
from cloudanno_desktop.labels.label_index import _replaced
from tests.support.fold import fold, join

LABELS = st.sampled_from(("l1", "l2", "l3"))
IMAGES = st.lists(st.sampled_from(("a.jpg", "b.jpg", "c.jpg")), min_size=1, unique=True).map(tuple)
SOME = st.lists(LABELS, max_size=2, unique=True).map(tuple)
NAMES = st.sampled_from(("cat", "dog", "cow"))
ACTS = st.one_of(
    st.builds(LabelCreated, LABELS, NAMES, st.just("#000000"), st.integers(0, 3).map(float)),
    st.builds(LabelRenamed, LABELS, NAMES),
    st.builds(LabelRecolored, LABELS, st.sampled_from(("#111111", "#222222"))),
    st.builds(LabelMoved, LABELS, st.integers(0, 3).map(float)),
    st.builds(LabelDeleted, LABELS),
    st.builds(LabelUndeleted, LABELS),
    st.builds(LabelMerged, LABELS, st.one_of(LABELS, st.just(""))),
    st.builds(Assigned, SOME, IMAGES),
    st.builds(Unassigned, SOME, IMAGES),
    st.builds(LabelsSet, SOME, IMAGES),
    st.builds(Cleared, IMAGES),
    st.builds(ImagesDeleted, IMAGES),
    st.builds(ImagesRestored, IMAGES),
    st.builds(StateSet, st.just("skipped"), IMAGES),
    st.builds(StateCleared, st.just("skipped"), IMAGES),
    st.builds(SplitPinned, st.sampled_from(("val", "test", "")), IMAGES),
)


@st.composite
def journals(draw):
    """Return the journal objects of three writers whose clocks lie close together."""
    objects = []
    for writer in ("w1", "w2", "w3"):
        for sequence in range(1, draw(st.integers(0, 3)) + 1):
            acts = draw(st.lists(ACTS, min_size=1, max_size=4))
            times = [f"{draw(st.integers(0, 4)):015d}.00000" for _ in acts]
            operations = tuple(
                Operation(f"{writer}{sequence}{i}", time, "Ada", act)
                for i, (time, act) in enumerate(zip(times, acts, strict=True))
            )
            objects.append(JournalObject(Header(1, writer, sequence, {}), operations))
    return objects


def stamped(objects):
    return [pair for item in objects for pair in item.stamped()]


@settings(max_examples=100, deadline=None)
@given(journals(), st.randoms(use_true_random=False))
def test_the_fold_does_not_depend_on_order_repetition_or_partition(objects, random):
    operations = stamped(objects)
    whole = fold(operations)
    repeated = operations + random.choices(operations, k=3) if operations else []
    shuffled = random.sample(repeated, len(repeated))
    cut = random.randint(0, len(shuffled))
    first, second = fold(shuffled[:cut]), fold(shuffled[cut:])

    assert fold(shuffled) == whole
    assert join(first, second) == join(second, first) == whole
    assert join(whole, whole) == whole
    assert join(join(first, whole), second) == join(first, join(whole, second))


def in_delivery_order(objects, random):
    """Return the objects in any order that keeps each writer's own."""
    waiting = {}
    for item in objects:
        waiting.setdefault(item.header.writer, []).append(item)
    while waiting:
        writer = random.choice(sorted(waiting))
        yield waiting[writer].pop(0)
        if not waiting[writer]:
            del waiting[writer]


def state_of(project):
    """Return what the database shows, in the fold's words."""
    rows = project.database.reader().execute(
        """SELECT i.key, m.name, m.value FROM label_mark AS m JOIN image AS i ON i.id = m.image_id
        WHERE m.value != ''"""
    )
    marks = {(key, name): value for key, name, value in rows}
    keys = dict(project.database.reader().execute("SELECT id, key FROM image").fetchall())
    carried = project.store.labels_of(list(keys))
    shown = {keys[image]: labels for image, labels in carried.items() if labels}
    return project.store.catalog.shown, shown, marks


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(journals(), st.booleans(), st.randoms(use_true_random=False))
def test_the_database_shows_what_the_fold_says(open_project, objects, many, random):
    project = open_project(str(uuid4()), keys=("a.jpg", "b.jpg"))
    if many:
        project.allow_many()
    for item in in_delivery_order(objects, random):
        with project.store.taking() as writing:
            writing.take(item)
            if random.random() < 0.3:
                assert writing.take(item) == 0
        project.store.labeled_ids()
    state = fold(stamped(objects))

    shown = state.assignments(multi_label=many)
    assert state_of(project) == (state.catalog().shown, shown, state.marked())
    for label in project.store.catalog.shown:
        expected = [key for key, labels in shown.items() if label.id in labels]
        hidden = {"c.jpg", *(key for key, name in state.marked() if name == DELETED_MARK)}
        known = project.index.ids_of([key for key in expected if key not in hidden])
        assert project.store.ids_with(label.id).tolist() == sorted(known.values())
    project.database.close()


@settings(deadline=None)
@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_replacing_a_part_of_a_sorted_array_keeps_it_a_sorted_set(old, changed, fresh):
    fresh &= changed

    result = _replaced(*(np.array(sorted(part), np.int32) for part in (old, changed, fresh)))

    assert result.tolist() == sorted((old - changed) | fresh)


@given(st.integers(0, 10**12), st.integers(0, 99_999), st.integers(0, 10**12))
def test_the_clock_never_stands_still_and_sorts_as_text(last_ms, count, now_ms):
    last = f"{last_ms:015d}.{count:05d}"

    following = hlc.next_time(last, now_ms)

    assert hlc.is_time(following)
    assert following > last
    assert following >= f"{now_ms:015d}"
