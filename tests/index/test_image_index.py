"""Reading the index: ids in order, rows, search, uploads."""

import numpy as np
import pytest

from cloudanno_desktop.database import Database
from cloudanno_desktop.index.image_index import ImageIndex, ImageUnknown, IndexCounts
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS
from cloudanno_desktop.index.scanner import scan


@pytest.fixture
def filled(index, listed_bucket, entry):
    def fill(*keys):
        scan(listed_bucket([entry(key) for key in keys]), index)
        return index

    return fill


def test_rows_come_in_the_order_asked(filled, keys_of):
    index = filled("a.jpg", "b.jpg", "c.jpg")
    a, b, c = index.all_ids()

    assert keys_of([c, a, b, a]) == ["c.jpg", "a.jpg", "b.jpg", "a.jpg"]
    assert keys_of(np.array([b], np.int32)) == ["b.jpg"]
    assert index.rows([]) == []


def test_an_unknown_id_is_an_error(filled):
    with pytest.raises(KeyError):
        filled("a.jpg").rows([12345])


def test_rows_of_thousands_of_ids_are_found(filled):
    index = filled(*[f"{i:05}.jpg" for i in range(3500)])

    ids = index.all_ids()[::-1]

    assert [row.id for row in index.rows(ids)] == ids.tolist()


def test_ids_are_found_by_key_and_unknown_keys_left_out(filled):
    index = filled("a.jpg", "b.jpg")

    assert index.ids_of(["b.jpg", "zz.jpg"]) == {"b.jpg": index.id_of("b.jpg")}
    with pytest.raises(ImageUnknown, match="zz"):
        index.id_of("zz.jpg")


def test_ids_are_those_of_the_last_start(filled, tmp_path):
    index = filled("b.jpg", "a.jpg")
    again = Database(tmp_path / "project.db", INDEX_MIGRATIONS)

    assert ImageIndex(again).all_ids().tolist() == index.all_ids().tolist()
    again.close()


def test_ids_are_right_after_an_upload_since_the_last_scan(filled, entry, tmp_path, keys_of):
    index = filled("b.jpg", "d.jpg")
    generation = index.generation

    index.record_upload(entry("c.jpg"))

    assert keys_of(index.all_ids()) == ["b.jpg", "c.jpg", "d.jpg"]
    assert index.generation != generation
    again = Database(tmp_path / "project.db", INDEX_MIGRATIONS)
    assert keys_of(ImageIndex(again).all_ids()) == ["b.jpg", "c.jpg", "d.jpg"]
    again.close()


def test_an_upload_counts_once_however_often_it_is_recorded(filled, entry):
    index = filled("a.jpg")

    first = index.record_upload(entry("b.jpg", "1", 100))
    second = index.record_upload(entry("b.jpg", "2", 40))

    assert first == second
    assert index.counts() == IndexCounts(2, 50)


def test_an_overwritten_picture_loses_its_problem(filled, entry):
    index = filled("a.jpg")
    index.note_problem(index.id_of("a.jpg"), "cut off")

    index.record_upload(entry("a.jpg", "other"))

    assert index.rows(index.all_ids())[0].problem is None


def test_keys_that_labels_name_get_ids_without_being_images(filled, entry, database):
    index = filled("a.jpg")

    with database.transaction() as connection:
        ids = index.ensure(connection, ["later.jpg", "a.jpg", "later.jpg"])

    assert ids == [index.id_of("later.jpg"), index.id_of("a.jpg"), index.id_of("later.jpg")]
    assert index.all_ids().tolist() == [index.id_of("a.jpg")]
    assert index.record_upload(entry("later.jpg")) == ids[0]
    assert index.counts().images == 2


def test_an_index_knows_whether_the_bucket_was_ever_seen_whole(index, listed_bucket):
    assert not index.was_scanned

    scan(listed_bucket([]), index)

    assert index.was_scanned


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cat", ["Cat/1.jpg", "b/CAT_x.jpg"]),
        ("CAT 1", ["Cat/1.jpg"]),
        ("", ["100%.jpg", "Cat/1.jpg", "Straße.jpg", "b/CAT_x.jpg", "café.jpg", "猫.jpg"]),
        ("0%", ["100%.jpg"]),
        ("t_x", ["b/CAT_x.jpg"]),
        ("猫", ["猫.jpg"]),
        ("CAFÉ", ["café.jpg"]),
        ("cafe\u0301 jpg", ["café.jpg"]),
        ("STRASSE", []),
        ("straße", ["Straße.jpg"]),
        ("\\", []),
        ("dog", []),
    ],
)
def test_search_finds_keys_with_every_word(filled, keys_of, text, found):
    index = filled("Cat/1.jpg", "b/CAT_x.jpg", "100%.jpg", "猫.jpg", "café.jpg", "Straße.jpg")

    assert keys_of(index.search(text.split())) == sorted(found, key=str.encode)
