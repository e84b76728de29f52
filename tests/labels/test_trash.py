"""Deleted files in the trash: nothing is gone from both places, and labels come back with files."""

import uuid

import pytest

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.errors import StorageFailed
from cloudanno_desktop.bucket.folder.bucket import FolderBucket
from cloudanno_desktop.bucket.prefixed_bucket import RootedBucket
from cloudanno_desktop.bucket.s3.bucket import S3Bucket
from cloudanno_desktop.bucket.s3.client import make_service
from cloudanno_desktop.labels import image_files
from cloudanno_desktop.labels.edits.assign import Assign, DeleteLabel
from cloudanno_desktop.labels.edits.delete_label import reach_of
from cloudanno_desktop.labels.edits.states import PinSplit, SetState
from cloudanno_desktop.labels.image_files import ImageFiles
from cloudanno_desktop.labels.image_states import Part, State
from cloudanno_desktop.labels.trash import empty_trash, list_trash
from cloudanno_desktop.progress import Cancelled
from cloudanno_desktop.project_keys import TRASH

KEYS = ("a.jpg", "deep/er/b c+%.jpg", f"{'long ' * 40}.jpg", "猫/é.jpg")


@pytest.fixture(params=["folder", "s3"])
def bucket(request, tmp_path):
    if request.param == "folder":
        (tmp_path / "photos").mkdir()
        yield FolderBucket(tmp_path / "photos")
        return
    endpoint = request.getfixturevalue("s3_endpoint")
    connection = Connection(name="test", endpoint_url=endpoint, access_key_id="test")
    service = make_service(connection, Secret("test-secret"))
    name = f"photos-{uuid.uuid4().hex[:12]}"
    service.client.create_bucket(Bucket=name)
    yield RootedBucket(S3Bucket(service, name), "birds/")
    service.close()


@pytest.fixture
def project(open_project, bucket):
    project = open_project(keys=(), bucket=bucket)
    for key in KEYS:
        project.index.record_upload(bucket.put(key, key.encode()))
    return project


@pytest.fixture
def files(project):
    return ImageFiles(project.bucket, project.index, project.store, "Ada")


def delete(files, ids, *, uses_trash=True, **options):
    return files.delete(files.describe(ids), uses_trash=uses_trash, **options)


def stored(bucket, prefix=""):
    keys = {entry.key for page in bucket.list_pages(prefix) for entry in page.objects}
    return {key for key in keys if prefix or not key.startswith("_cloudanno/")}


def test_files_go_to_the_trash_and_come_back_with_labels_states_and_pins(project, files):
    cat, dog = project.create("cat", "dog")
    project.do(Assign((cat,), project.ids(*KEYS[:2])))
    project.do(Assign((dog,), project.ids(KEYS[2])))
    project.do(SetState(project.ids(KEYS[0]), State.UNSURE))
    project.do(PinSplit(project.ids(KEYS[0]), Part.TEST))
    before = project.shown(), project.store.marks_of(project.ids(*KEYS))

    done = delete(files, project.ids(*KEYS))

    assert (len(done.gone), done.failed) == (4, [])
    assert stored(project.bucket) == set()
    assert project.shown() == {}
    assert len(project.store.image_ids()) == 0
    trashed = list_trash(project.bucket)
    assert {one.image.key for one in trashed} == set(KEYS)
    assert {one.author for one in trashed} == {"Ada"}
    assert not any(one.place.endswith((".jpg", ".png")) for one in trashed)

    restored = files.restore(trashed)
    assert (len(restored.back), restored.failed) == (4, [])
    assert {key: project.bucket.get(key).body for key in KEYS} == {k: k.encode() for k in KEYS}
    assert (project.shown(), project.store.marks_of(project.ids(*KEYS))) == before
    assert list_trash(project.bucket) == []


def test_the_label_comes_back_with_the_files_that_were_deleted_with_it(project, files):
    (cat,) = project.create("cat")
    project.do(Assign((cat,), project.ids("a.jpg")))
    delete(files, reach_of(project.store, cat).only)
    project.do(DeleteLabel(cat))

    files.restore(list_trash(project.bucket))

    assert project.shown() == {"a.jpg": ["cat"]}


def test_another_picture_that_took_the_name_meanwhile_stays(project, files):
    (cat,) = project.create("cat")
    project.do(Assign((cat,), project.ids("a.jpg")))
    delete(files, project.ids("a.jpg"))
    project.index.record_upload(project.bucket.put("a.jpg", b"another"))
    assert project.shown() == {}

    files.restore(list_trash(project.bucket))

    assert project.bucket.get("a.jpg").body == b"another"
    assert project.bucket.get("a (2).jpg").body == b"a.jpg"
    assert project.shown() == {"a (2).jpg": ["cat"]}


def test_a_file_that_cannot_be_copied_is_not_deleted(project, files, monkeypatch):
    copy = project.bucket.copy

    def failing(source, target):
        if source == "a.jpg":
            raise StorageFailed("somewhere", "copy", "500")
        return copy(source, target)

    (cat,) = project.create("cat")
    project.do(Assign((cat,), project.ids(*KEYS)))
    monkeypatch.setattr(type(project.bucket), "copy", lambda _bucket, *names: failing(*names))
    done = delete(files, project.ids(*KEYS))

    assert [key for key, _ in done.failed] == ["a.jpg"]
    assert stored(project.bucket) == {"a.jpg"}
    assert project.shown() == {"a.jpg": ["cat"]}
    assert len(list_trash(project.bucket)) == 3


def test_who_stops_keeps_what_was_not_deleted_yet(project, files, monkeypatch):
    monkeypatch.setattr(image_files, "FILES_IN_LOT", 1)

    def stop(done, _total, _text=""):
        if done == 2:
            raise Cancelled

    done = delete(files, project.ids(*KEYS), progress=stop)

    assert len(done.gone) == 2
    assert stored(project.bucket) == set(KEYS[2:])
    assert len(project.store.image_ids()) == 2


def test_without_the_trash_nothing_is_kept(project, files):
    delete(files, project.ids(*KEYS), uses_trash=False)

    assert stored(project.bucket) == set()
    assert list_trash(project.bucket) == []


def test_an_emptied_trash_is_empty(project, files):
    delete(files, project.ids(*KEYS))

    assert empty_trash(project.bucket) == 4
    assert stored(project.bucket, TRASH) == set()


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"format":9}', b"\xff"])
def test_a_damaged_list_restores_nothing_and_stops_nothing(project, files, body):
    delete(files, project.ids("a.jpg"))
    (place,) = (one.place for one in list_trash(project.bucket))
    project.bucket.put(place.rpartition("/")[0] + "/list.json", body)
    delete(files, project.ids(KEYS[1]))

    assert [one.image.key for one in list_trash(project.bucket)] == [KEYS[1]]


def test_a_list_that_names_the_programs_own_keys_writes_nothing_there(project, files):
    delete(files, project.ids("a.jpg"))
    (place,) = (one.place for one in list_trash(project.bucket))
    key = place.rpartition("/")[0] + "/list.json"
    body = project.bucket.get(key).body.replace(b'"a.jpg"', b'"_cloudanno/project.json"')
    project.bucket.put(key, body)

    restored = files.restore(list_trash(project.bucket))

    assert restored.back == []
    assert "_cloudanno/project.json" in restored.failed[0][0]
