import json
import sqlite3

import pytest

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.errors import StorageFailed
from cloudanno_desktop.bucket.prefixed_bucket import RootedBucket
from cloudanno_desktop.bucket.s3.bucket import S3Bucket
from cloudanno_desktop.bucket.s3.client import make_service
from cloudanno_desktop.labels.annotations.format import AnnotationsForeign
from cloudanno_desktop.labels.edits.assign import Assign, ClearLabels, DeleteLabel, SetLabels
from cloudanno_desktop.labels.edits.properties import RenameLabel
from cloudanno_desktop.labels.journal import local_journal
from cloudanno_desktop.labels.journal.operations import decode_object, parse_key
from cloudanno_desktop.project_keys import JOURNAL
from tests.support.apart import apart
from tests.support.memory_bucket import HONOURED, IGNORED, MODES, REFUSED, MemoryBucket, PowerLoss

JSON = "_annotations.json"


@pytest.fixture(params=MODES)
def bucket(request):
    return MemoryBucket(request.param)


def journal_of(bucket):
    """Return the operations in the bucket, after a look that no sequence has a gap."""
    places = sorted(filter(None, (parse_key(key) for key in bucket.objects)))
    for writer in {writer for writer, _ in places}:
        sequences = [number for other, number in places if other == writer]
        assert sequences == list(range(1, len(sequences) + 1))
    keys = [key for key in bucket.objects if key.startswith(JOURNAL)]
    found = [decode_object(bucket.objects[key], *parse_key(key)) for key in keys]
    return [operation for item in found for operation in item.operations]


def annotations(bucket, key=JSON):
    return json.loads(bucket.objects[key])


def old_file(images, labels=("cat", "dog"), **extra):
    entries = {key: [{"label": name} for name in names] for key, names in images.items()}
    body = {"version": "1.0", "type": "classification", "labels": labels, "annotations": entries}
    return json.dumps({**body, **extra}).encode()


def test_labels_reach_another_computer_and_the_file(open_project, bucket):
    one, two = open_project("one", bucket), open_project("two", bucket)
    (cat,) = one.create("cat")
    one.do(Assign((cat,), one.ids("a.jpg")))

    assert one.synchronise()
    two.synchronise()

    assert two.shown() == {"a.jpg": ["cat"]}
    assert one.store.pending() == two.store.pending() == 0
    assert bucket.objects[JSON] == (
        b'{"version":"1.0","type":"classification","labels":["cat"],'
        b'"annotations":{"a.jpg":[{"label":"cat"}]}}'
    )
    assert not one.synchronise()
    assert not two.synchronise()
    assert one.store.project == two.store.project


def test_labels_given_while_others_are_being_sent_are_sent_too(open_project, bucket):
    one, two = open_project("one", bucket), open_project("two", bucket)
    (cat,) = one.create("cat")
    waiting_objects = local_journal.waiting_objects

    def label_before_and_after(connection):
        one.do(Assign((cat,), one.ids("a.jpg")))
        found = waiting_objects(connection)
        one.do(Assign((cat,), one.ids("b.jpg")))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_journal, "waiting_objects", label_before_and_after)
        one.sync.push()

    assert one.store.pending() == 2
    one.synchronise()
    two.synchronise()
    assert two.shown() == one.shown() == {"a.jpg": ["cat"], "b.jpg": ["cat"]}


def test_two_computers_that_label_while_apart_lose_nothing(open_project, bucket):
    one, two = open_project("one", bucket), open_project("two", bucket)
    for project, key in ((one, "a.jpg"), (two, "b.jpg")):
        (cat,) = project.create("cat")
        project.do(Assign((cat,), project.ids(key)))

    for project in (one, two, one, two):
        project.synchronise()

    assert one.shown() == two.shown() == {"a.jpg": ["cat"], "b.jpg": ["cat"]}
    assert one.counts() == two.counts() == {"cat": 2}
    assert set(annotations(bucket)["annotations"]) == {"a.jpg", "b.jpg"}


def test_different_labels_set_while_apart_are_a_conflict_until_settled(open_project, bucket):
    one, two = apart(open_project, bucket)
    cat, dog = (one.store.catalog.named(name).id for name in ("cat", "dog"))

    for project in (one, two):
        (conflict,) = project.store.conflicts()
        assert (conflict.image_id,) == project.ids("a.jpg")
        assert set(conflict.label_ids) == {cat, dog}
        assert project.shown()["a.jpg"] == [{cat: "cat", dog: "dog"}[conflict.label_ids[0]]]

    one.do(SetLabels(one.ids("a.jpg"), conflict.label_ids[1:]))
    for project in (one, two):
        project.synchronise()
        assert project.store.conflicts() == []


def test_giving_the_label_that_shows_settles_a_conflict_for_everyone(open_project, bucket):
    one, two = apart(open_project, bucket)
    (conflict,) = two.store.conflicts()
    shown = conflict.label_ids[0]

    applied = two.do(Assign((shown,), two.ids("a.jpg", "b.jpg")))
    for project in (two, one):
        project.synchronise()
        assert project.store.conflicts() == []
        assert project.store.labels_of(project.ids("a.jpg")) == dict.fromkeys(
            project.ids("a.jpg"), (shown,)
        )
    two.do(applied.inverse)
    pending = two.store.pending()
    two.do(Assign((shown,), two.ids("a.jpg")))
    assert two.store.pending() == pending  # nobody disagrees any more


def test_a_label_replaced_in_knowledge_of_the_other_is_no_conflict(open_project, bucket):
    one, two = open_project("one", bucket), open_project("two", bucket)
    cat, dog = one.create("cat", "dog")
    one.do(Assign((cat,), one.ids("a.jpg")))
    one.synchronise()
    two.synchronise()
    two.do(Assign((dog,), two.ids("a.jpg")))
    two.synchronise()
    one.synchronise()

    assert one.shown() == {"a.jpg": ["dog"]}
    assert one.store.conflicts() == two.store.conflicts() == []


@pytest.mark.parametrize(
    ("mode", "after"),
    [(HONOURED, False), (HONOURED, True), (REFUSED, False), (IGNORED, True)],
)
def test_a_power_loss_at_any_call_loses_and_doubles_nothing(open_project, mode, after):
    for step in range(1, 60):
        bucket = MemoryBucket(mode)
        bucket.objects[JSON] = old_file({"d.jpg": ["dog"]})
        name = f"{mode}-{after}-{step}"
        project = open_project(name, bucket)
        project.sync.open()
        (cow,) = project.create("cow")
        project.do(Assign((cow,), project.ids("a.jpg")))
        bucket.calls, bucket.dies_at, bucket.after = 0, step, after
        try:
            project.synchronise()
        except PowerLoss:
            died = True
        else:
            died = False
        project.database.close()
        bucket.dies_at = None

        again = open_project(name, bucket, keys=())
        again.do(Assign((cow,), again.ids("b.jpg")))
        again.synchronise()
        witness = open_project(f"{name}-witness", bucket)
        witness.synchronise()

        shown = {"a.jpg": ["cow"], "b.jpg": ["cow"], "d.jpg": ["dog"]}
        assert again.shown() == witness.shown() == shown
        operations = journal_of(bucket)
        assert len({operation.id for operation in operations}) == len(operations)
        assert set(annotations(bucket)["annotations"]) == set(shown)
        assert again.store.pending() == 0
        if not died:
            return
    pytest.fail("an exchange never ends")


def test_a_copied_database_goes_on_as_another_writer(open_project, bucket, tmp_path):
    one = open_project("one", bucket)
    (cat,) = one.create("cat")
    one.synchronise()
    one.database.close()
    (tmp_path / "copy.db").write_bytes((tmp_path / "one.db").read_bytes())
    one, copy = open_project("one", bucket, keys=()), open_project("copy", bucket, keys=())
    one.do(Assign((cat,), one.ids("a.jpg")))
    copy.do(Assign((cat,), copy.ids("b.jpg")))
    copy.do(RenameLabel(cat, "feline"))

    for project in (one, copy, one, copy):
        project.synchronise()

    assert one.shown() == copy.shown() == {"a.jpg": ["feline"], "b.jpg": ["feline"]}
    assert len(journal_of(bucket)) == 4


def test_an_old_file_is_taken_in_alike_by_two_computers_at_once(open_project, bucket):
    bucket.objects[JSON] = old_file({"a.jpg": ["cat"], "absent.jpg": ["dog"]})
    before = bucket.objects[JSON]
    one, two = open_project("one", bucket), open_project("two", bucket)
    one.sync.open()
    two.sync.open()
    for project in (one, two, one, two):
        project.synchronise()

    assert one.shown() == two.shown() == {"a.jpg": ["cat"]}
    assert one.counts() == two.counts() == {"cat": 1, "dog": 0}
    assert one.store.conflicts() == []
    assert bucket.objects[JSON] == before


def test_a_file_with_several_labels_an_image_makes_a_multi_label_project(open_project, bucket):
    bucket.objects[JSON] = old_file({"a.jpg": ["cat", "dog"]})
    project = open_project("one", bucket)

    project.synchronise()

    assert project.store.project.multi_label
    assert project.shown() == {"a.jpg": ["cat", "dog"]}


def test_ids_and_unknown_keys_of_the_file_are_kept(open_project, bucket):
    body = old_file({"a.jpg": ["cat"]}, tool="ours")
    raw = json.loads(body)
    raw["annotations"]["a.jpg"][0] |= {"id": "1234", "by": "Eve"}
    bucket.objects[JSON] = json.dumps(raw).encode()
    project = open_project("one", bucket)
    project.synchronise()
    cat = project.store.label_named("cat")

    project.do(RenameLabel(cat.id, "feline"))
    project.do(Assign((cat.id,), project.ids("b.jpg")))
    project.synchronise()

    written = annotations(bucket)
    assert written["tool"] == "ours"
    assert written["labels"] == ["feline", "dog"]
    assert written["annotations"] == {
        "a.jpg": [{"label": "feline", "id": "1234", "by": "Eve"}],
        "b.jpg": [{"label": "feline"}],
    }


@pytest.mark.parametrize("many", [False, True], ids=["single", "multi"])
def test_what_another_program_changes_in_the_file_is_taken_in(open_project, bucket, many):
    start = {"a.jpg": ["cat"], "b.jpg": ["cat"], "c.jpg": ["dog", "cat"] if many else ["dog"]}
    bucket.objects[JSON] = old_file(start)
    project = open_project("one", bucket)
    project.synchronise()
    dog = project.store.label_named("dog").id
    project.do(Assign((dog,), project.ids("d.jpg")))
    bucket.objects[JSON] = old_file(
        {"a.jpg": ["cow"], "c.jpg": start["c.jpg"]}, ("cat", "dog", "cow")
    )

    project.synchronise()

    shown = {"a.jpg": ["cow"], "c.jpg": sorted(start["c.jpg"]), "d.jpg": ["dog"]}
    assert project.shown() == shown
    assert set(annotations(bucket)["annotations"]) == set(shown)
    authors = {operation.author for operation in journal_of(bucket)}
    assert authors == {"Ada", "external"}


def test_a_label_that_another_program_removes_is_deleted(open_project, bucket):
    bucket.objects[JSON] = old_file({"a.jpg": ["cat"]})
    project = open_project("one", bucket)
    project.synchronise()
    bucket.objects[JSON] = old_file({}, ("dog",))

    project.synchronise()

    assert project.counts() == {"dog": 0}


def test_a_newcomer_does_not_bring_back_what_the_file_still_says(open_project, bucket):
    bucket.objects[JSON] = old_file({"a.jpg": ["cat"], "b.jpg": ["dog"]})
    one = open_project("one", bucket)
    one.sync.open()
    one.do(ClearLabels(one.ids("a.jpg")))
    one.do(DeleteLabel(one.store.label_named("dog").id))
    one.sync.push()

    two = open_project("two", bucket)
    two.synchronise()

    assert two.shown() == {}
    assert two.counts() == {"cat": 0}


def test_a_file_of_another_computer_is_not_taken_for_outside_work(open_project, bucket):
    one, two = open_project("one", bucket), open_project("two", bucket)
    cat, dog = one.create("cat", "dog")
    one.do(Assign((cat,), one.ids("a.jpg")))
    one.synchronise()
    two.synchronise()
    two.do(Assign((dog,), two.ids("a.jpg")))

    one.synchronise()
    two.synchronise()
    one.synchronise()

    assert one.shown() == two.shown() == {"a.jpg": ["dog"]}
    assert {operation.author for operation in journal_of(bucket)} == {"Ada"}


def test_the_csv_pair_is_kept_up_to_date_where_there_is_one(open_project, bucket):
    bucket.objects["_annotations.csv"] = b'a,b.jpg,cat\r\n"c.jpg","dog"\r\n'
    project = open_project("one", bucket, keys=("a,b.jpg", "c.jpg"))
    project.synchronise()
    assert project.shown() == {"a,b.jpg": ["cat"], "c.jpg": ["dog"]}

    project.do(Assign((project.store.label_named("dog").id,), project.ids("a,b.jpg")))
    project.synchronise()

    assert bucket.objects["_annotations.csv"] == b'"a,b.jpg",dog\r\nc.jpg,dog\r\n'
    assert bucket.objects["_labels.csv"] == b"cat\r\ndog\r\n"
    assert set(annotations(bucket)["annotations"]) == {"a,b.jpg", "c.jpg"}


@pytest.mark.parametrize(
    ("key", "body", "reason"),
    [
        (JSON, b'{"version":"1.0","type":"localization","labels":[],"annotations":{}}', "regions"),
        (JSON, b'{"version":"v2","labels":{},"images":{}}', "v2"),
        (JSON, b'{"images":[],"categories":[]}', "COCO"),
        (JSON, b"[" * 100_000, "not valid JSON"),
        (JSON, b'{"version":"1.0","type":"classification","la', "not valid JSON"),
        (JSON, b'{"version":"1.0","type":"classification","labels":[1]}', "structure"),
        (JSON, b"[]", "not an annotation file"),
        ("_annotations.csv", b"image,label\r\na.jpg,cat\r\n", "header"),
        ("_annotations.csv", b"a.jpg\r\n", "rows"),
        ("_cloudanno/project.json", b'{"schema":9}', "read"),
    ],
)
def test_what_is_not_understood_is_never_overwritten(open_project, bucket, key, body, reason):
    bucket.objects[key] = body
    project = open_project("one", bucket)

    project.synchronise()

    assert reason in project.store.read_only_reason
    assert bucket.objects == {key: body}
    bucket.objects.clear()
    project.synchronise()
    assert project.store.read_only_reason is None


def test_a_file_that_becomes_foreign_later_is_left_while_labels_go_on(open_project, bucket):
    project = open_project("one", bucket)
    (cat,) = project.create("cat")
    project.synchronise()
    bucket.objects[JSON] = b'{"version":"v2"}'
    project.do(Assign((cat,), project.ids("a.jpg")))

    with pytest.raises(AnnotationsForeign):
        project.synchronise()

    assert bucket.objects[JSON] == b'{"version":"v2"}'
    assert project.store.pending() == 0


def test_a_failing_service_is_no_empty_project(open_project, bucket, monkeypatch):
    bucket.objects[JSON] = old_file({"a.jpg": ["cat"]})
    before = dict(bucket.objects)
    project = open_project("one", bucket)
    read = bucket.get

    def failing(key, if_none_match=None):
        if key == JSON:
            raise StorageFailed("memory", "read", "500")
        return read(key, if_none_match)

    monkeypatch.setattr(bucket, "get", failing)
    with pytest.raises(StorageFailed):
        project.synchronise()

    assert bucket.objects == before
    monkeypatch.undo()
    project.synchronise()
    assert project.shown() == {"a.jpg": ["cat"]}


def test_a_damaged_journal_of_one_writer_does_not_hold_up_the_others(open_project, bucket):
    one, two, three = (open_project(name, bucket) for name in ("one", "two", "three"))
    for project, key in ((one, "a.jpg"), (two, "b.jpg")):
        (cat,) = project.create("cat")
        project.do(Assign((cat,), project.ids(key)))
        project.sync.push()
    first = min(key for key in bucket.objects if key.startswith(JOURNAL))
    whole = bucket.objects[first]
    bucket.objects[first] = whole[:-20]

    three.sync.open()
    assert len(three.shown()) == 1
    assert first in three.sync.warnings()[0]

    bucket.objects[first] = whole
    three.sync.pull()
    assert three.shown() == {"a.jpg": ["cat"], "b.jpg": ["cat"]}
    assert three.sync.warnings() == ()


def test_labels_travel_over_real_requests(open_project, s3_endpoint, aws_keys):
    service = make_service(
        Connection(name="test", endpoint_url=s3_endpoint, access_key_id="test"),
        Secret("test-secret"),
    )
    service.client.create_bucket(Bucket="labels-travel")
    bucket = RootedBucket(S3Bucket(service, "labels-travel"), "birds/")
    one, two = open_project("one", bucket), open_project("two", bucket)
    for project, key in ((one, "a.jpg"), (two, "b.jpg")):
        (cat,) = project.create("cat")
        project.do(Assign((cat,), project.ids(key)))

    for project in (one, two, one):
        project.synchronise()

    assert one.shown() == two.shown() == {"a.jpg": ["cat"], "b.jpg": ["cat"]}
    body = service.client.get_object(Bucket="labels-travel", Key="birds/_annotations.json")[
        "Body"
    ].read()
    assert set(json.loads(body)["annotations"]) == {"a.jpg", "b.jpg"}
    service.close()


def test_a_database_from_a_backup_takes_in_what_it_sent_since(open_project, bucket, tmp_path):
    one = open_project("one", bucket)
    (cat,) = one.create("cat")
    one.synchronise()
    with sqlite3.connect(tmp_path / "backup.db") as backup:
        one.database.reader().backup(backup)
    backup.close()
    one.do(Assign((cat,), one.ids("a.jpg")))
    one.synchronise()

    restored = open_project("backup", bucket)
    restored.synchronise()

    assert restored.shown() == {"a.jpg": ["cat"]}
    assert set(annotations(bucket)["annotations"]) == {"a.jpg"}
