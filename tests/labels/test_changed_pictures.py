"""Pictures that are not what was labeled: marked on every computer until somebody decides."""

import hashlib
from uuid import uuid4

import msgspec
import pytest

from cloudanno_desktop.index.scanner import scan
from cloudanno_desktop.labels.edits.assign import Assign, ClearLabels, SetLabels, Unassign
from cloudanno_desktop.labels.edits.confirm import KeepLabels
from cloudanno_desktop.labels.edits.copy_annotations import CopyLabels
from cloudanno_desktop.labels.journal.operations import Act, Operation
from cloudanno_desktop.labels.moved_outside import compare_content
from cloudanno_desktop.labels.query import Query, Tab, select
from tests.support.memory_bucket import MemoryBucket
from tests.support.world import EAGER


@pytest.fixture
def bucket():
    return MemoryBucket()


def put(bucket, **photos):
    for name, body in photos.items():
        bucket.put(f"{name}.jpg", body)


def look(project):
    scan(project.bucket, project.index)
    project.synchronise()
    return changed(project)


def changed(project):
    return [row.key for row in project.index.rows(project.store.changed_ids())]


def labeled_cat(open_project, bucket, name="one"):
    put(bucket, a=b"heron", b=b"stork")
    project = open_project(name, bucket, keys=())
    look(project)
    (cat,) = project.create("cat")
    project.do(Assign((cat,), project.ids("a.jpg", "b.jpg")))
    look(project)
    return project, cat


def test_other_bytes_under_a_labeled_name_are_marked_on_every_computer(open_project, bucket):
    project, _cat = labeled_cat(open_project, bucket)
    put(bucket, a=b"a frog")
    newcomer = open_project("two", bucket, keys=())

    assert look(project) == look(newcomer) == ["a.jpg"]
    assert project.store.training_ids().tolist() == list(project.ids("b.jpg"))
    assert select(newcomer.index, newcomer.store, Query("changed")).tolist() == [
        *newcomer.ids("a.jpg")
    ]
    assert b"a.jpg" not in bucket.get("_annotations.json").body


def test_a_picture_that_was_away_and_came_back_is_the_same(open_project, bucket):
    project, _cat = labeled_cat(open_project, bucket)
    bucket.delete(["a.jpg"])
    assert look(project) == []
    put(bucket, a=b"frog")
    assert look(project) == ["a.jpg"]
    put(bucket, a=b"heron")
    assert look(project) == []


def test_one_act_keeps_the_labels_for_all_computers_and_can_be_undone(open_project, bucket):
    project, _cat = labeled_cat(open_project, bucket)
    other = open_project("two", bucket, keys=())
    put(bucket, a=b"frog", b=b"toad")
    look(project)
    look(other)

    kept = project.do(KeepLabels(project.store.changed_ids()))
    project.synchronise()
    assert changed(project) == look(other) == []
    project.do(kept.inverse)
    project.synchronise()
    assert changed(project) == look(other) == ["a.jpg", "b.jpg"]


def test_undo_gives_no_label_to_another_picture(open_project, bucket):
    project, _cat = labeled_cat(open_project, bucket)
    put(bucket, a=b"frog")
    look(project)
    dropped = project.do(ClearLabels(project.store.changed_ids()))
    assert changed(project) == []
    again = project.do(dropped.inverse)
    assert changed(project) == ["a.jpg"]
    project.do(again.inverse)

    cleared = project.do(SetLabels(project.ids("b.jpg"), ()))
    put(bucket, b=b"toad")
    look(project)
    project.do(cleared.inverse)
    assert changed(project) == ["b.jpg"]


def test_giving_the_same_label_once_more_keeps_it(open_project, bucket):
    project, cat = labeled_cat(open_project, bucket)
    put(bucket, a=b"frog", b=b"toad")
    look(project)
    given = project.do(SetLabels(project.ids("a.jpg"), (cat,)))
    assert changed(project) == ["b.jpg"]
    project.do(given.inverse)
    assert changed(project) == ["a.jpg", "b.jpg"]


def test_one_more_label_says_nothing_of_the_others(open_project, bucket):
    project, _cat = labeled_cat(open_project, bucket)
    project.allow_many()
    put(bucket, a=b"frog")
    look(project)
    project.allow_many()
    (dog,) = project.create("dog")
    given = project.do(Assign((dog,), project.ids("a.jpg")))
    assert changed(project) == ["a.jpg"]
    project.do(given.inverse)
    project.do(Unassign((dog,), project.ids("a.jpg")))
    assert changed(project) == ["a.jpg"]


def test_what_changed_stays_so_under_another_name(open_project, bucket):
    project, _cat = labeled_cat(open_project, bucket)
    put(bucket, a=b"frog", c=b"frog", d=b"stork")
    look(project)
    ids = project.store.image_ids()
    project.do(CopyLabels(ids[[1, 0]], ids[[3, 2]]))
    assert changed(project) == ["a.jpg", "c.jpg"]


def test_a_snapshot_carries_what_was_labeled(open_project, bucket):
    _project, _cat = labeled_cat(open_project, bucket)
    writer = open_project("writer", bucket, keys=(), thresholds=EAGER)
    look(writer)
    assert writer.sync.write_snapshot()
    put(bucket, a=b"frog")
    newcomer = open_project("three", bucket, keys=())
    assert look(newcomer) == ["a.jpg"]
    assert select(newcomer.index, newcomer.store, Query(tab=Tab.CONFLICTS)).tolist() == [
        *newcomer.ids("a.jpg")
    ]


class InParts(MemoryBucket):
    """Objects that were uploaded in parts: their ETags are no digests of the bytes."""

    def _entry(self, key):
        entry = super()._entry(key)
        digest = hashlib.md5(hashlib.md5(self.objects[key]).digest()).hexdigest()
        is_in_parts = key in getattr(self, "in_parts", ())
        return msgspec.structs.replace(entry, etag=f"{digest}-1") if is_in_parts else entry


@pytest.mark.parametrize("before", [(), ("a.jpg",)])
def test_equal_bytes_that_came_in_other_parts_are_the_same_picture(open_project, before):
    bucket = InParts()
    bucket.in_parts = before
    project, _cat = labeled_cat(open_project, bucket)
    bucket.in_parts = () if before else ("a.jpg",)
    assert look(project) == ["a.jpg"]
    assert compare_content(bucket, project.store) == 1
    assert changed(project) == []
    newcomer = open_project("two", bucket, keys=())
    look(newcomer)
    compare_content(bucket, newcomer.store)
    assert changed(newcomer) == []

    put(bucket, a=b"frog")
    look(project)
    compare_content(bucket, project.store)
    assert changed(project) == ["a.jpg"]
    assert compare_content(bucket, project.store) == 0


def test_labels_of_older_programs_are_read_and_not_marked(open_project, bucket):
    put(bucket, a=b"heron")
    project = open_project("one", bucket, keys=())
    look(project)
    (cat,) = project.create("cat")
    line = b'{"kind":"assign","labels":["%s"],"images":["a.jpg"]}' % cat.encode()
    act = msgspec.json.decode(line, type=Act)
    assert msgspec.json.encode(act) == line
    with project.store.writing() as writing:
        writing.record_operation(Operation(str(uuid4()), "001795224000000.00003", "Ann", act))
    put(bucket, a=b"frog")
    assert look(project) == []
    assert project.shown() == {"a.jpg": ["cat"]}
