"""Which folders stay on this computer."""

from contextlib import closing

from cloudanno_desktop.database import Database
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS
from cloudanno_desktop.index.offline_prefixes import FolderSize, OfflinePrefixes
from cloudanno_desktop.index.scanner import scan


def test_the_choice_is_remembered_and_names_its_images(
    index, database, listed_bucket, entry, tmp_path
):
    scan(listed_bucket([entry(k) for k in ("a/1.jpg", "a/b/2.jpg", "ab/3.jpg", "4.jpg")]), index)
    kept = OfflinePrefixes(database, tmp_path)

    kept.use(["a/", "a/b/"])

    assert OfflinePrefixes(database, tmp_path).all() == ["a/", "a/b/"]
    assert [row.key for row in kept.images()] == ["a/1.jpg", "a/b/2.jpg"]
    kept.use([""])
    assert len(kept.images()) == 4
    kept.use([])
    assert kept.images() == []


def test_two_windows_on_a_project_have_one_choice(database, tmp_path):
    with closing(Database(tmp_path / "other.db", INDEX_MIGRATIONS)) as other:
        OfflinePrefixes(database, tmp_path).use(["birds/"])
        assert OfflinePrefixes(other, tmp_path).all() == ["birds/"]


def test_a_choice_of_an_earlier_version_still_counts(database, tmp_path):
    with database.transaction() as connection:
        connection.execute("INSERT INTO kept_prefix VALUES ('birds/')")
    kept = OfflinePrefixes(database, tmp_path)
    assert kept.all() == ["birds/"]
    kept.use([])
    assert kept.all() == []


def test_folders_are_told_with_their_size(index, database, listed_bucket, entry, tmp_path):
    scan(listed_bucket([entry("a/1.jpg", size=5), entry("a/b/2.jpg"), entry("4.jpg")]), index)

    assert OfflinePrefixes(database, tmp_path).folders() == [
        FolderSize("", 3, 25),
        FolderSize("a/", 2, 15),
    ]


def test_deeper_folders_are_told_where_they_are_chosen(
    index, database, listed_bucket, entry, tmp_path
):
    scan(listed_bucket([entry("a/1.jpg", size=5), entry("a/b/2.jpg"), entry("4.jpg")]), index)
    kept = OfflinePrefixes(database, tmp_path)
    kept.use(["a/b/"])

    prefixes = [folder.prefix for folder in kept.folders("gone/")]

    assert prefixes == ["", "a/", "a/b/", "gone/"]
    assert kept.folders("gone/")[2:] == [FolderSize("a/b/", 1, 10), FolderSize("gone/", 0, 0)]


def test_an_empty_project_has_one_empty_folder(index, database, tmp_path):
    assert OfflinePrefixes(database, tmp_path).folders() == [FolderSize("", 0, 0)]
