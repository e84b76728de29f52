"""A journal that is gone from the bucket is noticed, and no label goes with it."""

import json

import pytest

from cloudanno_desktop.labels.edits.assign import Assign
from cloudanno_desktop.project_keys import JOURNAL
from tests.support.memory_bucket import MemoryBucket

FILE = "_annotations.json"
LABELED = {key: ["cat"] for key in ("a.jpg", "b.jpg", "c.jpg")}


@pytest.fixture
def ada(open_project):
    ada = open_project("Ada", MemoryBucket())
    (cat,) = ada.create("cat")
    for key in LABELED:
        ada.do(Assign((cat,), ada.ids(key)))
        ada.synchronise()
    return ada


def in_file(project):
    return set(json.loads(project.bucket.objects[FILE])["annotations"])


def lose(project, *, below=JOURNAL, keep=()):
    for key in [key for key in project.bucket.objects if key.startswith(below)]:
        if key not in keep:
            del project.bucket.objects[key]


def label(project, name, key):
    (chosen,) = project.create(name)
    project.do(Assign((chosen,), project.ids(key)))


@pytest.mark.parametrize("below", [JOURNAL, "_cloudanno/", ""])
def test_a_history_that_was_deleted_is_sent_again(ada, open_project, below):
    lose(ada, below=below)
    label(ada, "dog", "d.jpg")
    before = dict(ada.bucket.objects)
    ada.synchronise()
    assert "--resend" in ada.sync.warnings()[0]
    assert ada.store.pending()
    assert ada.bucket.objects == before

    ada.sync.resend()
    ada.synchronise()
    newcomer = open_project("Bob", ada.bucket)
    newcomer.synchronise()

    assert newcomer.shown() == ada.shown() == {**LABELED, "d.jpg": ["dog"]}
    assert ada.sync.warnings() == newcomer.sync.warnings() == ()
    assert in_file(ada) == {*LABELED, "d.jpg"}


def test_what_was_sent_before_it_was_noticed_hides_nothing(ada, open_project):
    lose(ada)
    label(ada, "dog", "d.jpg")
    ada.sync.push()
    ada.synchronise()
    assert ada.sync.is_lost

    ada.sync.resend()
    ada.synchronise()
    newcomer = open_project("Bob", ada.bucket)
    newcomer.synchronise()
    assert newcomer.shown() == ada.shown() == {**LABELED, "d.jpg": ["dog"]}


def test_a_bucket_from_an_old_copy_gets_what_came_after(ada, open_project):
    bob = open_project("Bob", ada.bucket)
    bob.synchronise()
    copy = dict(ada.bucket.objects)
    label(bob, "dog", "d.jpg")
    bob.synchronise()
    ada.synchronise()
    ada.bucket.objects = copy
    for project in (ada, bob):
        project.synchronise()
    assert bob.sync.is_lost

    bob.sync.resend()
    for project in (bob, ada, bob):
        project.synchronise()

    assert ada.shown() == bob.shown() == {**LABELED, "d.jpg": ["dog"]}
    assert in_file(ada) == {*LABELED, "d.jpg"}


def test_a_newcomer_wipes_no_label_whose_history_is_not_there(ada, open_project):
    lose(ada)
    bob = open_project("Bob", ada.bucket)
    label(bob, "dog", "d.jpg")
    bob.synchronise()
    assert in_file(bob) == set(LABELED)
    assert FILE in bob.sync.warnings()[0]
    ada.synchronise()
    assert ada.sync.is_lost

    ada.sync.resend()
    for project in (ada, bob, ada):
        project.synchronise()

    assert ada.shown() == bob.shown() == {**LABELED, "d.jpg": ["dog"]}
    assert in_file(ada) == {*LABELED, "d.jpg"}
    assert ada.sync.warnings() == bob.sync.warnings() == ()


def test_starting_anew_takes_the_bucket_as_it_is(ada, open_project):
    lose(ada)
    bob = open_project("Bob", ada.bucket)
    for project in (bob, ada):
        project.synchronise()
        project.sync.start_anew()
        project.synchronise()
    label(bob, "dog", "d.jpg")
    for project in (bob, ada, bob):
        project.synchronise()
    assert ada.shown() == bob.shown() == {**LABELED, "d.jpg": ["dog"]}

    lose(ada, below="")
    for project in (ada, bob):
        project.synchronise()
        project.sync.start_anew()
        project.synchronise()
    assert ada.shown() == bob.shown() == {}
    assert ada.sync.warnings() == bob.sync.warnings() == ()
    assert ada.store.project == bob.store.project


@pytest.mark.parametrize("other", [None, "another project"])
def test_a_bucket_with_another_identity_is_not_filled_without_a_question(open_project, other):
    bucket = MemoryBucket()
    ada = open_project("ada", bucket)
    (cat,) = ada.create("cat")
    ada.do(Assign((cat,), ada.ids("a.jpg")))
    ada.synchronise()
    ada.synchronise()
    project = json.loads(bucket.objects["_cloudanno/project.json"])
    bucket.delete(["_cloudanno/project.json"])
    if other:
        bucket.put("_cloudanno/project.json", json.dumps(project | {"id": other}).encode())

    before = {*bucket.objects}
    ada.do(Assign((cat,), ada.ids("b.jpg")))
    ada.synchronise()
    assert ada.sync.is_lost
    assert {*bucket.objects} == before
    ada.sync.resend()
    ada.synchronise()
    assert not ada.sync.is_lost
    assert {*ada.shown()} == {"a.jpg", "b.jpg"}
