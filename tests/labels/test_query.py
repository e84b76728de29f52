from datetime import UTC, datetime

import pytest

from cloudanno_desktop.bucket.bucket import StoredObject
from cloudanno_desktop.index.dimensions import Measured, note_pixels
from cloudanno_desktop.labels.edits.assign import Assign
from cloudanno_desktop.labels.edits.states import PinSplit, SetState, TakeOut
from cloudanno_desktop.labels.image_states import Part, State
from cloudanno_desktop.labels.query import Query, Tab, select, select_and_count


@pytest.fixture
def labeled(multi):
    multi.add_image("big/e.jpg", size=3_000_000)
    cat, big = multi.create("cat", "big cat")
    multi.do(Assign((cat,), multi.ids("a.jpg", "big/e.jpg")))
    multi.do(Assign((big,), multi.ids("big/e.jpg", "b.jpg")))
    multi.do(SetState(multi.ids("c.jpg"), State.SKIPPED))
    multi.do(SetState(multi.ids("a.jpg", "c.jpg"), State.UNSURE))
    multi.do(SetState(multi.ids("b.jpg"), State.EXCLUDED))
    multi.do(PinSplit(multi.ids("a.jpg"), Part.VAL))
    multi.do(PinSplit(multi.ids("d.jpg"), Part.TRAIN))
    return multi


@pytest.mark.parametrize(
    ("text", "tab", "keys"),
    [
        ("", Tab.ALL, ["a.jpg", "b.jpg", "big/e.jpg", "c.jpg", "d.jpg"]),
        ("", Tab.LABELED, ["a.jpg", "b.jpg", "big/e.jpg"]),
        ("", Tab.UNLABELED, ["c.jpg", "d.jpg"]),
        ("BIG jpg", Tab.ALL, ["big/e.jpg"]),
        ("label:cat", Tab.ALL, ["a.jpg", "big/e.jpg"]),
        ('-label:"Big Cat"', Tab.ALL, ["a.jpg", "c.jpg", "d.jpg"]),
        ('label:cat label:"big cat"', Tab.ALL, ["big/e.jpg"]),
        ("label:unknown", Tab.ALL, []),
        ("unlabeled c", Tab.ALL, ["c.jpg"]),
        ("labeled a.jpg", Tab.ALL, ["a.jpg"]),
        ("size:>1mb", Tab.ALL, ["big/e.jpg"]),
        ("size:<=1kb label:cat", Tab.ALL, ["a.jpg"]),
        ("size:>", Tab.LABELED, ["a.jpg", "b.jpg", "big/e.jpg"]),
        ("-big", Tab.ALL, ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]),
        ("-size:>1mb -unlabeled", Tab.ALL, ["a.jpg", "b.jpg"]),
        ("skipped", Tab.ALL, ["c.jpg"]),
        ("-skipped", Tab.UNLABELED, ["d.jpg"]),
        ("unsure", Tab.ALL, ["a.jpg", "c.jpg"]),
        ("excluded", Tab.ALL, ["b.jpg"]),
        ("split:val", Tab.ALL, ["a.jpg"]),
        ("split:Training", Tab.ALL, ["d.jpg"]),
        ("split:", Tab.ALL, ["a.jpg", "b.jpg", "big/e.jpg", "c.jpg", "d.jpg"]),
        ("after:2026-01-02", Tab.ALL, ["new one.jpg"]),
        ("before:2026-02 label:cat", Tab.ALL, ["a.jpg", "big/e.jpg"]),
        ("after:2026-99", Tab.ALL, []),
        ("after:20", Tab.ALL, []),
        ('"new one"', Tab.ALL, ["new one.jpg"]),
        ('"w one', Tab.ALL, ["new one.jpg"]),
        ('-"new one" -label:cat', Tab.ALL, ["b.jpg", "c.jpg", "d.jpg"]),
        ('"skipped"', Tab.ALL, []),
        ("label:", Tab.ALL, ["a.jpg", "b.jpg", "big/e.jpg", "c.jpg", "d.jpg"]),
        ('label:"big c', Tab.ALL, []),
        ("http:x", Tab.ALL, []),
        ("-", Tab.LABELED, ["a.jpg", "b.jpg", "big/e.jpg"]),
        ('"', Tab.LABELED, ["a.jpg", "b.jpg", "big/e.jpg"]),
        ('-"" : -: ""', Tab.LABELED, ["a.jpg", "b.jpg", "big/e.jpg"]),
        ("conflict", Tab.ALL, []),
    ],
)
def test_a_query_shows_what_matches_in_the_order_of_keys(labeled, text, tab, keys):
    if any("new one.jpg" in key for key in keys):
        add_later(labeled)

    ids = select(labeled.index, labeled.store, Query(text, tab))

    assert [row.key for row in labeled.index.rows(ids)] == keys


def add_later(project):
    later = datetime(2026, 3, 1, tzinfo=UTC)
    project.index.record_upload(StoredObject("new one.jpg", 1, "etag", later))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("size:>1m", "size:>1mb"),
        ("-size:>big", "size:>1mb"),
        ("jpg width:wide", "width:<224"),
        ("split:vall", "split:val"),
        ("lable:cat", "label:cat"),
        ("-lable:cat", "label:cat"),
        ("hight:<9", "height:<9"),
        ("http:x", '"http:x"'),
        ("-label:cot", "label:cat"),
        ("label:big", 'label:"big cat"'),
        ("-label:zebra", ""),
    ],
)
def test_a_filter_with_a_mistake_finds_nothing_and_names_what_was_meant(labeled, text, meant):
    shown = select_and_count(labeled.index, labeled.store, Query(text))

    assert not len(shown.ids)
    assert [one.meant for one in shown.unclear] == [meant]


def test_the_numbers_of_all_tabs_follow_the_filter(labeled):
    shown = select_and_count(labeled.index, labeled.store, Query("-big", Tab.LABELED))

    assert shown.counts == {Tab.ALL: 4, Tab.UNLABELED: 2, Tab.LABELED: 2, Tab.CONFLICTS: 0}


def test_only_pictures_whose_size_is_known_are_small_or_large(labeled):
    small, large = labeled.ids("a.jpg", "b.jpg")
    rows = {row.id: row.etag for row in labeled.index.rows([small, large])}
    note_pixels(
        labeled.index.database,
        {small: Measured(rows[small], 200, 300), large: Measured(rows[large], 4000, 300)},
    )

    def shown(text):
        return [row.key for row in labeled.index.rows(select(*_asked(labeled, text)))]

    assert shown("width:<224") == ["a.jpg"]
    assert shown("width:>=224px") == ["b.jpg"]
    assert shown("height:<=300 -width:<224") == ["b.jpg"]
    assert shown("height:>300") == []
    assert shown("height:<=300") == ["a.jpg", "b.jpg"]
    assert shown("width:") == shown("width:<") == shown("")


def test_a_picture_that_changed_has_no_known_size(labeled):
    (image,) = labeled.ids("a.jpg")
    (row,) = labeled.index.rows([image])
    note_pixels(labeled.index.database, {image: Measured(row.etag, 200, 300)})
    labeled.index.record_upload(StoredObject("a.jpg", 9, "other", datetime.now(UTC)))
    note_pixels(labeled.index.database, {image: Measured(row.etag, 200, 300)})
    assert not len(select(*_asked(labeled, "width:<224")))


def _asked(project, text):
    return project.index, project.store, Query(text)


def test_an_image_that_was_taken_out_of_the_project_is_nowhere(labeled):
    applied = labeled.do(TakeOut(labeled.ids("a.jpg", "c.jpg")))

    shown = select_and_count(labeled.index, labeled.store, Query("jpg"))
    assert [row.key for row in labeled.index.rows(shown.ids)] == ["b.jpg", "big/e.jpg", "d.jpg"]
    assert labeled.counts() == {"cat": 1, "big cat": 2}
    labeled.do(applied.inverse)
    assert select_and_count(labeled.index, labeled.store, Query("jpg")).counts[Tab.ALL] == 5


@pytest.mark.parametrize(
    ("query", "asks"),
    [
        (Query(tab=Tab.CONFLICTS), True),
        (Query("-conflict heron"), True),
        (Query('"conflict.jpg"'), False),
        (Query("conflict-zone"), False),
        (Query("label:conflict"), False),
    ],
)
def test_conflicts_are_looked_for_where_they_are_asked_for_only(query, asks):
    assert query.asks_conflicts is asks
