"""One label an image or several: the choice of a person, for all computers."""

import json
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudanno_desktop.bucket.atomic import AlwaysChanging
from cloudanno_desktop.bucket.errors import Unreachable
from cloudanno_desktop.labels.annotations.format import AnnotationsForeign
from cloudanno_desktop.labels.edits.assign import Assign, ClearLabels, SetLabels, Unassign
from cloudanno_desktop.labels.journal.operations import decode_object, parse_key
from cloudanno_desktop.labels.multi_label import MultiLabelInUse
from cloudanno_desktop.labels.project_file import change_project
from cloudanno_desktop.labels.store import ProjectReadOnly
from cloudanno_desktop.project_keys import JOURNAL, PROJECT_FILE
from tests.labels.test_fold import state_of
from tests.support.apart import apart
from tests.support.fold import fold
from tests.support.memory_bucket import HONOURED, IGNORED, REFUSED, MemoryBucket, PowerLoss


@pytest.fixture(params=[HONOURED, IGNORED, REFUSED])
def bucket(request):
    return MemoryBucket(request.param)


def use_multi(project, multi_label=True):
    project.sync.use_multi_label(multi_label=multi_label)


def folded(bucket):
    keys = [key for key in bucket.objects if key.startswith(JOURNAL)]
    objects = [decode_object(bucket.objects[key], *parse_key(key)) for key in keys]
    return fold(pair for item in objects for pair in item.stamped())


def test_a_project_that_was_never_in_the_bucket_becomes_a_multi_label_one(open_project, bucket):
    one = open_project("one", bucket)
    cat, dog = one.create("cat", "dog")

    use_multi(one)
    one.do(Assign((cat, dog), one.ids("a.jpg")))
    one.synchronise()

    assert one.shown() == {"a.jpg": ["cat", "dog"]}
    assert json.loads(bucket.objects[PROJECT_FILE])["multi_label"] is True
    other = open_project("two", bucket)
    other.synchronise()
    assert other.store.project == one.store.project
    assert other.shown() == one.shown()


def test_another_computer_follows_at_its_next_opening_of_the_project(open_project, bucket):
    one, two = open_project("one", bucket), open_project("two", bucket)
    cat, dog = one.create("cat", "dog")
    one.synchronise()
    two.synchronise()

    use_multi(one)
    two.synchronise()
    for label in (cat, dog):
        two.do(Assign((label,), two.ids("a.jpg")))

    assert two.store.project.multi_label
    assert two.shown() == {"a.jpg": ["cat", "dog"]}


def test_both_labels_of_a_conflict_show_once_several_are_allowed(open_project, bucket):
    one, two = apart(open_project, bucket)
    assert len(one.store.conflicts()) == 1

    use_multi(one)

    assert one.shown() == {"a.jpg": ["cat", "dog"], "b.jpg": ["cat"]}
    assert one.counts() == {"cat": 2, "dog": 1}
    for project in (one, two):
        project.synchronise()
    assert two.shown() == one.shown()
    assert json.loads(bucket.objects["_annotations.json"])["annotations"]["a.jpg"] == [
        {"label": "cat"},
        {"label": "dog"},
    ]


def test_a_label_that_somebody_replaced_or_cleared_knowingly_stays_away(open_project, bucket):
    one, two = apart(open_project, bucket)
    cat, dog = (one.store.label_named(name).id for name in ("cat", "dog"))
    one.do(SetLabels(one.ids("a.jpg"), (cat,)))
    two.do(Assign((dog,), two.ids("b.jpg")))
    two.do(ClearLabels(two.ids("b.jpg")))
    for project in (one, two, one):
        project.synchronise()

    use_multi(one)

    assert one.shown() == {"a.jpg": ["cat"]}


def test_what_was_labeled_offline_before_the_change_shows_beside_the_other(open_project, bucket):
    one, two = open_project("one", bucket), open_project("two", bucket)
    cat, dog = one.create("cat", "dog")
    one.synchronise()
    two.synchronise()
    one.do(Assign((cat,), one.ids("a.jpg")))
    use_multi(one)
    one.synchronise()
    two.do(Assign((dog,), two.ids("a.jpg")))
    for project in (two, one):
        project.synchronise()

    assert one.shown() == two.shown() == {"a.jpg": ["cat", "dog"]}


def test_one_label_is_refused_as_long_as_images_carry_several(open_project, bucket):
    one = open_project("one", bucket)
    cat, dog = one.create("cat", "dog")
    use_multi(one)
    one.do(Assign((cat, dog), one.ids("a.jpg", "c.jpg")))
    one.do(Assign((cat,), one.ids("b.jpg")))
    before = bucket.objects[PROJECT_FILE]

    with pytest.raises(MultiLabelInUse, match="one label: 2"):
        use_multi(one, multi_label=False)
    assert bucket.objects[PROJECT_FILE] == before
    assert one.store.project.multi_label

    one.do(Unassign((dog,), one.ids("a.jpg", "c.jpg")))
    use_multi(one, multi_label=False)
    one.do(Assign((dog,), one.ids("a.jpg")))
    assert not one.store.project.multi_label
    assert one.shown() == {"a.jpg": ["dog"], "b.jpg": ["cat"], "c.jpg": ["cat"]}


def test_several_labels_of_another_computer_refuse_it_too(open_project, bucket):
    one, two = open_project("one", bucket), open_project("two", bucket)
    cat, dog = one.create("cat", "dog")
    use_multi(one)
    one.synchronise()
    two.synchronise()
    two.do(Assign((cat, dog), two.ids("d.jpg")))
    two.synchronise()

    with pytest.raises(MultiLabelInUse, match="one label: 1"):
        use_multi(one, multi_label=False)


def test_unknown_fields_of_the_file_are_kept_and_the_same_choice_writes_nothing(
    open_project, bucket
):
    one = open_project("one", bucket)
    one.sync.open()
    before = json.loads(bucket.objects[PROJECT_FILE]) | {"ours": {"a": [1.5, None]}}
    bucket.objects[PROJECT_FILE] = json.dumps(before).encode()

    use_multi(one)
    puts = len(bucket.puts)
    use_multi(one)

    assert json.loads(bucket.objects[PROJECT_FILE]) == before | {"multi_label": True}
    assert len(bucket.puts) == puts


class ChangedMeanwhile(MemoryBucket):
    """Another program writes the project's file between our look and our write."""

    waiting = 0

    def put(self, key, body, options):
        if key == PROJECT_FILE and options.if_match and self.waiting:
            self.waiting -= 1
            fields = json.loads(self.objects[PROJECT_FILE])
            self.objects[PROJECT_FILE] = json.dumps(fields | {"theirs": self.waiting}).encode()
        return super().put(key, body, options)


@pytest.mark.parametrize("conditions", [HONOURED, REFUSED])
def test_what_another_program_writes_at_the_same_moment_is_kept(open_project, conditions):
    bucket = ChangedMeanwhile(conditions)
    open_project("one", bucket).sync.open()
    bucket.waiting = 2

    assert change_project(bucket, multi_label=True).multi_label
    assert json.loads(bucket.objects[PROJECT_FILE])["theirs"] == 0
    bucket.waiting = 100
    with pytest.raises(AlwaysChanging):
        change_project(bucket, multi_label=False)


class Offline(MemoryBucket):
    def list_pages(self, prefix="", delimiter=""):
        raise Unreachable("https://storage", "no route")


def test_without_the_bucket_nothing_changes(open_project):
    one = open_project("one", Offline())

    with pytest.raises(Unreachable):
        use_multi(one)
    assert not one.store.project.multi_label


def test_a_project_that_may_only_be_looked_at_is_not_changed(open_project, bucket):
    bucket.objects["_annotations.json"] = b'{"version":"v2","labels":{},"images":{}}'
    one = open_project("one", bucket)

    with pytest.raises(ProjectReadOnly):
        use_multi(one)
    assert PROJECT_FILE not in bucket.objects
    bucket.objects[PROJECT_FILE] = b'{"schema":99}'
    with pytest.raises(AnnotationsForeign):
        change_project(bucket, multi_label=True)


@pytest.mark.parametrize("after", [False, True])
def test_a_power_loss_at_any_call_of_the_change_hides_no_label(open_project, after):
    for step in range(1, 30):
        bucket = MemoryBucket()
        one, two = apart(open_project, bucket, f"{after}-{step}-")
        bucket.calls, bucket.dies_at, bucket.after = 0, step, after
        try:
            use_multi(one)
        except PowerLoss:
            died = True
        else:
            died = False
        bucket.dies_at = None
        if not died:
            return
        was_written = json.loads(bucket.objects[PROJECT_FILE])["multi_label"]
        for project in (one, two, one):
            project.synchronise()

        assert one.store.project == two.store.project
        assert one.store.project.multi_label == was_written
        assert one.shown() == two.shown()
        assert (len(one.shown()["a.jpg"]) == 2) == was_written
    pytest.fail("the change never ends")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("one", "two")),
        st.sampled_from(("assign", "set", "clear", "unassign", "sync", "multi", "single")),
        st.sampled_from(("a.jpg", "b.jpg")),
        st.integers(0, 1),
    ),
    max_size=14,
)


def carry_out(project, act, key, label):
    labels, ids = (project.store.label_named(("cat", "dog")[label]).id,), project.ids(key)
    if act in ("multi", "single"):
        try:
            use_multi(project, multi_label=act == "multi")
        except MultiLabelInUse:
            assert max(map(len, project.shown().values())) > 1
    elif act == "sync":
        project.synchronise()
    else:
        edits = {"assign": Assign(labels, ids), "unassign": Unassign(labels, ids)}
        edits |= {"set": SetLabels(ids, labels), "clear": ClearLabels(ids)}
        project.do(edits[act])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS)
def test_whoever_changes_it_when_the_database_shows_what_the_fold_says(open_project, steps):
    bucket = MemoryBucket()
    projects = {name: open_project(f"{uuid4()}", bucket) for name in ("one", "two")}
    projects["one"].create("cat", "dog")
    for project in (*projects.values(), *projects.values()):
        project.synchronise()
    for name, act, key, label in steps:
        carry_out(projects[name], act, key, label)
    for project in (*projects.values(), *projects.values()):
        project.synchronise()

    state = folded(bucket)
    for project in projects.values():
        shown = state.assignments(multi_label=project.store.project.multi_label)
        assert state_of(project) == (state.catalog().shown, shown, state.marked())
        multi_label = {key for key, labels in shown.items() if len(labels) > 1}
        rows = project.index.rows(project.store.multi_labeled_ids())
        assert {row.key for row in rows} == multi_label
        project.database.close()
