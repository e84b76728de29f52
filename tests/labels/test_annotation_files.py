"""Annotation files of all generations, as real projects have them."""

import json

import pytest

from cloudanno_desktop.labels.annotations.format import AnnotationsForeign, read_csv, read_json
from cloudanno_desktop.labels.edits.assign import Assign
from tests.support.memory_bucket import MODES, MemoryBucket

JSON, ROWS, NAMES = "_annotations.json", "_annotations.csv", "_labels.csv"

# The web application, early 2019: compact, no ids.
FIRST = (
    b'{"version":"1.0","type":"classification","labels":["cat","dog","empty"],'
    b'"annotations":{"a/b.jpg":[{"label":"cat"}],"b.jpg":[{"label":"dog"}]}}'
)
# Later: an id for each entry.
WITH_IDS = (
    b'{"version":"1.0","type":"classification","labels":["cat","dog","empty"],"annotations":{'
    b'"a/b.jpg":[{"id":"9f1f3e5a-36cf-4b0a-8d3d-7a44a4f1c2b1","label":"cat"}],'
    b'"b.jpg":[{"label":"dog","id":"0ed4d3a2-0f3e-4d41-9d4b-7f5d4a5e4d11"}]}}'
)
# Written by hand or by a script: indented, with a mark of the encoding, and keys of its own.
BY_HAND = (
    b"\xef\xbb\xbf"
    + json.dumps(
        {
            "tool": {"name": "ours"},
            "annotations": {
                "a/b.jpg": [{"label": "cat", "by": "Eve"}],
                "b.jpg": [{"label": "dog"}, {"label": "dog"}],
                "c.jpg": [],
            },
            "labels": ["cat", "dog", "empty"],
            "type": "classification",
            "version": "1.0",
        },
        indent=2,
    ).encode()
)
SAID = {"a/b.jpg": ("cat",), "b.jpg": ("dog",)}
LOCALIZATION = (
    b'{"version":"1.0","type":"localization","labels":["cat"],"annotations":{'
    b'"a.jpg":[{"id":"1","label":"cat","x":0.1,"y":0.1,"x2":0.5,"y2":0.5}]}}'
)
SECOND = b'{"version":"v2","labels":{"1":{"name":"cat"}},"images":{"a.jpg":{"labels":["1"]}}}'
COCO = b'{"images":[{"id":1,"file_name":"a.jpg"}],"annotations":[],"categories":[{"id":1}]}'


@pytest.mark.parametrize("body", [FIRST, WITH_IDS, BY_HAND], ids=["first", "ids", "by hand"])
def test_every_generation_of_the_json_file_says_the_same(body):
    content = read_json(body).content

    assert content.labels == ("cat", "dog", "empty")
    assert content.images == SAID


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (LOCALIZATION, "localization"),
        (SECOND, "v2"),
        (COCO, "COCO"),
        (b"null", "not an annotation"),
    ],
)
def test_other_forms_are_refused_with_their_name(body, reason):
    with pytest.raises(AnnotationsForeign, match=reason):
        read_json(body)


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        (b"a,b.jpg,cat\r\nc.jpg,dog\r\n", b"cat\r\ndog\r\n"),
        (b'"a,b.jpg","cat"\r\n"c.jpg","dog"\r\n', b'"cat"\r\n"dog"\r\n'),
        (b"a,b.jpg,cat\nc.jpg,dog", None),
        (b"\xef\xbb\xbfa,b.jpg,cat\r\n\r\nc.jpg,dog\r\n", b"cat\r\ndog"),
    ],
    ids=["unquoted", "quoted", "no names", "by hand"],
)
def test_every_form_of_the_csv_pair_says_the_same(rows, names):
    content = read_csv(rows, names).content

    assert content.labels == ("cat", "dog")
    assert content.images == {"a,b.jpg": ("cat",), "c.jpg": ("dog",)}


@pytest.mark.parametrize(
    "rows", [b"image,label\r\na.jpg,cat\r\n", b"filename,x,y,label\r\na.jpg,1,2,cat\r\n", b"a.jpg"]
)
def test_tables_of_other_tools_are_refused(rows):
    with pytest.raises(AnnotationsForeign):
        read_csv(rows, None)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("body", [FIRST, WITH_IDS, BY_HAND], ids=["first", "ids", "by hand"])
def test_what_we_do_not_use_is_kept_when_a_label_is_added(open_project, mode, body):
    bucket = MemoryBucket(mode)
    bucket.objects[JSON] = body
    keys = ("a/b.jpg", "b.jpg", "c.jpg")
    project = open_project("one", bucket, keys=keys, in_memory=True)
    assert not project.synchronise()
    assert bucket.objects[JSON] == body
    project.do(Assign((project.store.label_named("empty").id,), project.ids("c.jpg")))

    assert project.synchronise()

    old, new = (
        json.loads(text.removeprefix(b"\xef\xbb\xbf")) for text in (body, bucket.objects[JSON])
    )
    assert new["annotations"].pop("c.jpg") == [{"label": "empty"}]
    old["annotations"].pop("c.jpg", None)
    old["annotations"]["b.jpg"] = old["annotations"]["b.jpg"][:1]
    assert new == old


@pytest.mark.parametrize("mode", MODES)
def test_a_service_without_etags_is_no_empty_bucket(open_project, mode):
    bucket = MemoryBucket(mode)
    bucket.has_etags = False
    bucket.objects[JSON] = FIRST
    one = open_project("one", bucket, keys=("a/b.jpg", "b.jpg"), in_memory=True)
    one.synchronise()
    assert one.shown() == {key: list(names) for key, names in SAID.items()}
    dog = one.store.label_named("dog").id

    one.do(Assign((dog,), one.ids("a/b.jpg")))
    assert one.synchronise()
    assert not one.synchronise()
    written = bucket.objects[JSON]
    bucket.objects[JSON] = written.replace(
        b'"b.jpg":[{"label":"dog"}]', b'"b.jpg":[{"label":"cat"}]'
    )
    one.synchronise()

    assert one.shown() == {"a/b.jpg": ["dog"], "b.jpg": ["cat"]}


def test_the_file_is_read_again_only_when_it_has_changed(open_project):
    bucket = MemoryBucket()
    bucket.objects[JSON] = FIRST
    project = open_project("one", bucket, keys=("a/b.jpg",), in_memory=True)
    project.synchronise()
    bucket.gets.clear()

    for _ in range(3):
        project.synchronise()
    assert JSON not in bucket.gets

    bucket.objects[JSON] = WITH_IDS
    project.synchronise()
    assert bucket.gets.count(JSON) == 1


def changed(body, labels=(), **images):
    """Return a file with labels added and images labeled (or not, where the name is empty)."""
    file = json.loads(body)
    file["labels"] += labels
    for key, name in images.items():
        file["annotations"].pop(f"{key}.jpg", None)
        if name:
            file["annotations"][f"{key}.jpg"] = [{"label": name}]
    return json.dumps(file).encode()


@pytest.mark.parametrize("many", [False, True], ids=["single", "multi"])
def test_a_program_that_kept_an_old_file_in_memory_takes_no_label_away(open_project, many):
    bucket = MemoryBucket()
    one = open_project("one", bucket, in_memory=True)
    if many:
        one.sync.use_multi_label(multi_label=True)
    cat, dog = one.create("cat", "dog")
    one.do(Assign((cat,), one.ids("a.jpg")))
    one.synchronise()
    old = bucket.objects[JSON]
    one.create("cow")
    one.do(Assign((dog,), one.ids("b.jpg")))
    one.synchronise()

    for memory in (changed(old, d="dog"), changed(old, d="dog", c="cat")):
        bucket.objects[JSON] = memory
        one.synchronise()
        assert one.shown().items() >= {"a.jpg": ["cat"], "b.jpg": ["dog"], "d.jpg": ["dog"]}.items()

    assert one.shown()["c.jpg"] == ["cat"]
    assert one.counts() == {"cat": 2, "dog": 2, "cow": 0}
    said = json.loads(bucket.objects[JSON])
    assert set(said["annotations"]) == {"a.jpg", "b.jpg", "c.jpg", "d.jpg"}
    assert said["labels"] == ["cat", "dog", "cow"]


def test_a_label_that_a_program_takes_away_in_knowledge_of_ours_is_taken_away(open_project):
    bucket = MemoryBucket()
    one = open_project("one", bucket, in_memory=True)
    cat, dog = one.create("cat", "dog")
    one.do(Assign((cat,), one.ids("a.jpg")))
    one.do(Assign((dog,), one.ids("b.jpg")))
    one.synchronise()

    bucket.objects[JSON] = changed(bucket.objects[JSON], a="")
    one.synchronise()

    assert one.shown() == {"b.jpg": ["dog"]}
    bucket.objects[JSON] = changed(bucket.objects[JSON], ["cow"], b="cow")
    one.synchronise()
    assert one.shown() == {"b.jpg": ["cow"]}
