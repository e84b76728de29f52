import msgspec
import pytest

from cloudanno_desktop.labels.journal.operations import (
    Assigned,
    Header,
    JournalTooNew,
    JournalUnreadable,
    LabelCreated,
    Operation,
    Stamp,
    decode_object,
    encode_object,
    encode_operation,
    object_key,
    parse_key,
)

TIME = "000001795217577.00000"
OPERATIONS = (
    Operation("1", TIME, "Ada", LabelCreated("l1", "cät\n", "#4e79a7", 1.0)),
    Operation("2", TIME, "Ada", Assigned(("l1",), ("é/b c.jpg", "😀.png"))),
)
HEADER = Header(1, "writer-1", 7, {"other": 3})
BODY = encode_object(HEADER, [encode_operation(operation) for operation in OPERATIONS])


def test_an_object_is_read_as_it_was_written():
    found = decode_object(BODY, "writer-1", 7)

    assert found.header == HEADER
    assert found.operations == OPERATIONS
    assert BODY.count(b"\n") == 3


def test_the_form_on_disk_is_the_documented_one():
    second = msgspec.json.decode(BODY.splitlines()[2])

    assert second == {
        "id": "2",
        "clock": TIME,
        "author": "Ada",
        "act": {"kind": "assign", "labels": ["l1"], "images": ["é/b c.jpg", "😀.png"]},
    }


@pytest.mark.parametrize(
    "body",
    [
        BODY[:-1],
        BODY[:60],
        b"",
        b"{}\n",
        BODY.replace(b"7.00000", b"x"),
        BODY.replace(b"l1", b"\xff"),
        BODY.replace(b'"other":3', b'"other":1%s' % (b"0" * 30)),
        BODY.replace(b'"other":3', b'"other":-1'),
        BODY.replace(b'"format"', b'"x":%s,"format"' % (b"[" * 100_000 + b"]" * 100_000)),
        BODY.replace(TIME.encode(), b"9999999999999999.99999"),
        BODY.replace(TIME.encode(), TIME.translate({48: 0x660}).encode()),
    ],
)
def test_a_damaged_object_is_refused(body):
    with pytest.raises(JournalUnreadable):
        decode_object(body, "writer-1", 7)


def test_an_object_under_another_key_is_refused():
    with pytest.raises(JournalUnreadable):
        decode_object(BODY, "writer-2", 7)


@pytest.mark.parametrize(
    ("old", "new"), [(b'"format":1', b'"format":2'), (b'"assign"', b'"dance"')]
)
def test_a_newer_form_is_told_from_a_damaged_one(old, new):
    with pytest.raises(JournalTooNew):
        decode_object(BODY.replace(old, new), "writer-1", 7)


def test_keys_are_read_back_and_others_are_passed_over():
    assert parse_key(object_key("abc-1", 12)) == ("abc-1", 12)
    assert parse_key("_cloudanno/journal/abc/12.jsonl") is None
    assert parse_key("_cloudanno/journal/a/b/0000000001.jsonl") is None
    assert parse_key("_cloudanno/journal/a/000000000\u0661.jsonl") is None


def test_stamps_sort_the_same_as_tuples_and_as_text():
    later = "000001795217577.00001"
    stamps = [
        Stamp(time, writer, sequence, position)
        for time in (TIME, later)
        for writer in ("ab", "ab-c", "B")
        for sequence in (2, 10)
        for position in (0, 11)
    ]

    assert sorted(stamps) == sorted(stamps, key=str)
