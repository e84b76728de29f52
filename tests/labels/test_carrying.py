"""What a picture carries goes with it to another key."""

import numpy as np
import pytest

from cloudanno_desktop.bucket.folder.bucket import FolderBucket
from cloudanno_desktop.database import Database
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS
from cloudanno_desktop.index.pending_deletions import record_deletion
from cloudanno_desktop.index.scanner import scan
from cloudanno_desktop.labels.edits.assign import Assign
from cloudanno_desktop.labels.edits.copy_annotations import CopyLabels
from cloudanno_desktop.labels.edits.states import PinSplit, SetState, TakeOut
from cloudanno_desktop.labels.image_states import Part, State, marks_of
from cloudanno_desktop.labels.move_images import Place, move_objects
from cloudanno_desktop.labels.schema import LABEL_MIGRATIONS
from tests.labels.conftest import Project


@pytest.fixture
def made(tmp_path):
    root = tmp_path / "birds"
    root.mkdir()
    bucket = FolderBucket(root)
    for key in ("a.jpg", "b.jpg"):
        bucket.put(key, key.encode())
    database = Database(tmp_path / "project.db", (*INDEX_MIGRATIONS, *LABEL_MIGRATIONS))
    project = Project(database, bucket, keys=())
    scan(bucket, project.index)
    project.create("heron", "stork")
    yield project
    database.close()


def carry(project, source, target):
    project.add_image(target)
    sources, targets = (np.array(project.ids(key), np.int32) for key in (source, target))
    return project.do(CopyLabels(sources, targets))


def label(project, name, *keys):
    project.do(Assign((project.store.label_named(name).id,), project.ids(*keys)))


def marks(project, key):
    (image_id,) = project.ids(key)
    return marks_of(project.database.reader(), [image_id]).get(image_id)


def test_states_and_pins_go_with_the_labels(made):
    label(made, "heron", "a.jpg")
    made.do(SetState(made.ids("a.jpg"), State.UNSURE))
    made.do(PinSplit(made.ids("a.jpg"), Part.VAL))
    carry(made, "a.jpg", "x/a.jpg")
    assert made.shown() == {"a.jpg": ["heron"], "x/a.jpg": ["heron"]}
    assert marks(made, "x/a.jpg") == marks(made, "a.jpg")
    assert marks(made, "x/a.jpg").part is Part.VAL


def test_what_the_key_carried_in_an_earlier_life_is_forgotten(made):
    made.add_image("x/b.jpg")
    label(made, "stork", "x/b.jpg")
    made.do(TakeOut(made.ids("x/b.jpg")))
    made.do(SetState(made.ids("x/b.jpg"), State.SKIPPED))
    applied = carry(made, "b.jpg", "x/b.jpg")
    assert made.shown() == {}
    assert not marks(made, "x/b.jpg")
    assert not marks(made, "b.jpg")
    made.do(applied.inverse)
    made.do(TakeOut(made.ids("x/b.jpg"), is_out=False))
    assert made.shown() == {"x/b.jpg": ["stork"]}


def test_a_label_that_is_given_while_the_picture_moves_moves_too(made):
    label(made, "heron", "a.jpg")

    def label_meanwhile():
        label(made, "stork", "a.jpg", "b.jpg")

    place = Place(made.bucket, made.index, made.store, label_meanwhile)
    moves = [(made.bucket.head(key), f"x/{key}") for key in ("a.jpg", "b.jpg")]
    report = move_objects(place, moves)
    assert sorted(entry.key for entry, _ in report.moved) == ["x/a.jpg", "x/b.jpg"]
    assert made.shown() == {"x/a.jpg": ["stork"], "x/b.jpg": ["stork"]}
    assert made.counts() == {"heron": 0, "stork": 2}


def test_nothing_is_deleted_where_the_labels_could_not_be_sent(made):
    label(made, "heron", "a.jpg")

    def fail():
        raise ConnectionError

    place = Place(made.bucket, made.index, made.store, fail)
    with pytest.raises(ConnectionError):
        move_objects(place, [(made.bucket.head("a.jpg"), "x/a.jpg")])
    assert made.bucket.get("a.jpg").body == made.bucket.get("x/a.jpg").body
    assert made.shown() == {"a.jpg": ["heron"], "x/a.jpg": ["heron"]}


def test_a_scan_that_began_before_does_not_bring_deleted_pictures_back(made):
    def delete_meanwhile(images, _total, _text=""):
        if images:
            made.bucket.delete(["a.jpg"])
            record_deletion(made.index, ["a.jpg"])

    made.bucket.put("c.jpg", b"c")
    scan(made.bucket, made.index, delete_meanwhile)
    rows = made.index.rows(made.index.all_ids())
    assert [row.key for row in rows] == ["b.jpg", "c.jpg"]
    assert made.index.counts().images == 2
