import pytest

from cloudanno_desktop.labels.edits import Assign
from cloudanno_desktop.labels.query import Query, Tab, select


@pytest.fixture
def labeled(multi):
    multi.add_image("big/e.jpg", size=3_000_000)
    cat, big = multi.create("cat", "big cat")
    multi.do(Assign((cat,), multi.ids("a.jpg", "big/e.jpg")))
    multi.do(Assign((big,), multi.ids("big/e.jpg", "b.jpg")))
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
    ],
)
def test_a_query_shows_what_matches_in_the_order_of_keys(labeled, text, tab, keys):
    ids = select(labeled.index, labeled.store, Query(text, tab))

    assert [row.key for row in labeled.index.rows(ids)] == keys
