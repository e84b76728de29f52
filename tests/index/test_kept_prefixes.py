"""Which folders stay on this computer."""

from cloudanno_desktop.index.kept import FolderSize, KeptPrefixes
from cloudanno_desktop.index.scanner import scan


def test_the_choice_is_remembered_and_names_its_images(index, database, listed_bucket, entry):
    scan(listed_bucket([entry(k) for k in ("a/1.jpg", "a/b/2.jpg", "ab/3.jpg", "4.jpg")]), index)
    kept = KeptPrefixes(database)

    kept.use(["a/", "a/b/"])

    assert KeptPrefixes(database).all() == ["a/", "a/b/"]
    assert [row.key for row in kept.images()] == ["a/1.jpg", "a/b/2.jpg"]
    kept.use([""])
    assert len(kept.images()) == 4
    kept.use([])
    assert kept.images() == []


def test_folders_are_told_with_their_size(index, database, listed_bucket, entry):
    scan(listed_bucket([entry("a/1.jpg", size=5), entry("a/b/2.jpg"), entry("4.jpg")]), index)

    assert KeptPrefixes(database).folders() == [FolderSize("", 3, 25), FolderSize("a/", 2, 15)]


def test_deeper_folders_are_told_where_they_are_chosen(index, database, listed_bucket, entry):
    scan(listed_bucket([entry("a/1.jpg", size=5), entry("a/b/2.jpg"), entry("4.jpg")]), index)
    kept = KeptPrefixes(database)
    kept.use(["a/b/"])

    prefixes = [folder.prefix for folder in kept.folders("gone/")]

    assert prefixes == ["", "a/", "a/b/", "gone/"]
    assert kept.folders("gone/")[2:] == [FolderSize("a/b/", 1, 10), FolderSize("gone/", 0, 0)]


def test_an_empty_project_has_one_empty_folder(index, database):
    assert KeptPrefixes(database).folders() == [FolderSize("", 0, 0)]
