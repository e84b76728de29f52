"""A scan against listings of every kind."""

import json
import random
import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudanno_desktop.bucket.errors import Unreachable
from cloudanno_desktop.bucket.folder.bucket import FolderBucket
from cloudanno_desktop.database import Database
from cloudanno_desktop.index.image_index import ImageIndex, IndexCounts
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS
from cloudanno_desktop.index.scanner import scan
from cloudanno_desktop.progress import Cancelled


def all_keys(index):
    return [row.key for row in index.rows(index.all_ids())]


def figures(report):
    return report.new, report.changed, report.vanished, report.images


def table(index):
    columns = "SELECT key, size, etag, present, problem FROM image ORDER BY key"
    return index.database.reader().execute(columns).fetchall()


def counted(index):
    (images, size) = (
        index.database.reader()
        .execute("SELECT count(*), coalesce(sum(size), 0) FROM image WHERE present = 1")
        .fetchone()
    )
    return IndexCounts(images, size)


def test_a_first_scan_finds_the_images_in_key_order(index, listed_bucket, entry):
    page = [entry("b.jpg"), entry("notes.txt"), entry("a.png"), entry("_cloudanno/x.jpg")]

    report = scan(listed_bucket(page, [entry("C.JPG", size=5)]), index)

    assert figures(report) == (3, 0, 0, 3)
    assert all_keys(index) == ["C.JPG", "a.png", "b.jpg"]
    assert index.counts() == IndexCounts(3, 25)


def test_a_second_scan_finds_what_is_new_changed_and_gone(index, listed_bucket, entry):
    scan(listed_bucket([entry("a.jpg"), entry("b.jpg"), entry("c.jpg")]), index)
    ids = index.ids_of(["a.jpg", "b.jpg", "c.jpg"])

    report = scan(listed_bucket([entry("d.jpg"), entry("b.jpg", "2", 7), entry("a.jpg")]), index)

    assert figures(report) == (1, 1, 1, 3)
    assert all_keys(index) == ["a.jpg", "b.jpg", "d.jpg"]
    assert index.counts() == IndexCounts(3, 27)
    assert index.ids_of(["a.jpg", "b.jpg", "c.jpg"]) == ids


def test_an_image_that_comes_back_keeps_its_id(index, listed_bucket, entry):
    scan(listed_bucket([entry("a.jpg"), entry("b.jpg")]), index)
    first = index.id_of("a.jpg")
    scan(listed_bucket([entry("b.jpg")]), index)

    report = scan(listed_bucket([entry("a.jpg"), entry("b.jpg")]), index)

    assert figures(report) == (1, 0, 0, 2)
    assert index.id_of("a.jpg") == first


def test_an_unchanged_bucket_writes_nothing(index, listed_bucket, entry):
    bucket = listed_bucket(*[[entry(f"{p}/{i}.jpg") for i in range(50)] for p in range(40)])
    scan(bucket, index)
    watcher = sqlite3.connect(index.database.path)
    before = watcher.execute("PRAGMA data_version").fetchone()

    report = scan(bucket, index)

    assert figures(report) == (0, 0, 0, 2000)
    assert watcher.execute("PRAGMA data_version").fetchone() == before
    watcher.close()


def test_a_scan_that_fails_removes_nothing_and_keeps_what_it_found(index, listed_bucket, entry):
    scan(listed_bucket([entry("a.jpg"), entry("b.jpg")]), index)
    broken = listed_bucket([entry("c.jpg")], Unreachable("https://s3", "reset"))

    with pytest.raises(Unreachable):
        scan(broken, index)

    assert {"a.jpg", "b.jpg"} <= set(all_keys(index))
    assert index.counts() == counted(index)


def test_a_scan_that_is_cancelled_removes_nothing(index, listed_bucket, entry):
    scan(listed_bucket([entry("a.jpg"), entry("b.jpg")]), index)

    def stop(done, total, text=""):
        raise Cancelled

    with pytest.raises(Cancelled):
        scan(listed_bucket([entry("c.jpg")], [entry("d.jpg")]), index, stop)

    assert all_keys(index)[:2] == ["a.jpg", "b.jpg"]


def test_an_empty_bucket_empties_the_index(index, listed_bucket, entry):
    scan(listed_bucket([entry("a.jpg")]), index)

    assert figures(scan(listed_bucket(), index)) == (0, 0, 1, 0)
    assert index.all_ids().tolist() == []
    assert index.counts() == IndexCounts(0, 0)


def test_order_and_repetition_of_pages_make_no_difference(index, listed_bucket, entry, tmp_path):
    entries = [entry(f"{i % 7}/{i}.jpg", str(i), i + 1) for i in range(300)]
    scan(listed_bucket(entries[:100], entries[100:200], entries[200:]), index)
    shuffled = random.Random(4).sample(entries, 300)
    pages = [shuffled[i : i + 40] for i in range(0, 300, 40)]
    other = ImageIndex(Database(tmp_path / "other.db", INDEX_MIGRATIONS))

    report = scan(listed_bucket(*pages, pages[1], pages[0], pages[0]), other)

    assert figures(report) == (300, 0, 0, 300)
    assert table(other) == table(index)
    other.database.close()


def test_what_is_uploaded_during_a_scan_does_not_vanish(index, listed_bucket, entry):
    scan(listed_bucket([entry("old.jpg"), entry("a.jpg")]), index)

    def upload_meanwhile(done, total, text=""):
        index.record_upload(entry("old.jpg", "new bytes", 99))
        index.record_upload(entry("fresh.jpg"))

    report = scan(listed_bucket([entry("a.jpg")]), index, upload_meanwhile)

    assert report.vanished == 0
    assert all_keys(index) == ["a.jpg", "fresh.jpg", "old.jpg"]
    assert index.rows([index.id_of("old.jpg")])[0].etag == "new bytes"


def test_an_old_listing_does_not_overwrite_a_fresh_upload(index, listed_bucket, entry):
    scan(listed_bucket([entry("a.jpg", "1"), entry("b.jpg")]), index)

    def upload_meanwhile(done, total, text=""):
        if index.rows([index.id_of("b.jpg")])[0].etag == "1":
            index.record_upload(entry("b.jpg", "3"))

    listing = listed_bucket([entry("a.jpg")], [entry("b.jpg", "2")])
    scan(listing, index, upload_meanwhile)

    assert index.rows([index.id_of("b.jpg")])[0].etag == "3"


def test_a_changed_picture_loses_its_old_problem(index, listed_bucket, entry):
    scan(listed_bucket([entry("a.jpg"), entry("b.jpg")]), index)
    for key in ("a.jpg", "b.jpg"):
        index.note_problem(index.id_of(key), "cut off")

    scan(listed_bucket([entry("a.jpg", "2"), entry("b.jpg")]), index)

    rows = index.rows([index.id_of("a.jpg"), index.id_of("b.jpg")])
    assert [row.problem for row in rows] == [None, "cut off"]


def test_the_first_page_can_be_seen_while_the_rest_is_listed(index, listed_bucket, entry):
    seen = []
    pages = [[entry("a.jpg")], [entry("b.jpg")], [entry("c.jpg")]]

    scan(listed_bucket(*pages), index, lambda *_: seen.append(all_keys(index)))

    assert seen[0] == ["a.jpg"]
    assert seen[-1] == ["a.jpg", "b.jpg", "c.jpg"]


def test_strange_names_of_a_real_folder_are_found(index, tmp_path, shared_data):
    folder = tmp_path / "photos"
    made = 0
    for name in json.loads((shared_data / "odd" / "names.json").read_bytes()):
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
            made += "." in name  # one of them has no suffix, and is no image
        except OSError:
            continue  # a name that this disk cannot hold

    report = scan(FolderBucket(folder), index)

    assert made > 20
    assert report.images == made
    assert {row.size for row in index.rows(index.all_ids())} == {1}


objects = st.dictionaries(
    st.sampled_from([f"{c}.jpg" for c in "abcdef"]), st.integers(1, 3), max_size=6
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(objects, min_size=1, max_size=4), data=st.data())
def test_after_any_history_the_index_is_the_last_listing(
    steps, data, tmp_path_factory, listed_bucket, entry
):
    path = tmp_path_factory.mktemp("history") / "p.db"
    with closing(Database(path, INDEX_MIGRATIONS)) as database:  # a draw may end the example
        _scan_and_compare(ImageIndex(database), steps, data, listed_bucket, entry)


def _scan_and_compare(index, steps, data, listed_bucket, entry):
    for step in steps:
        entries = [entry(key, str(etag), etag) for key, etag in step.items()]
        order = data.draw(st.permutations(entries))
        cut = data.draw(st.integers(0, len(order)))
        scan(listed_bucket(order[:cut], order[cut:], order[:1]), index)
        assert {r.key: r.size for r in index.rows(index.all_ids())} == step
        assert all_keys(index) == sorted(step)
        assert index.counts() == counted(index)
