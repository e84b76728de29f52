"""Folders that become labels: links, leftovers of systems, names that cannot be labels."""

import os
from pathlib import PurePath

import pytest
from PIL import Image

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a right on Windows")


@pytest.fixture
def desk(tmp_path):
    folder = tmp_path / "desk"
    folder.mkdir()
    return folder


def draw(path, number=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (12, 9), (number * 40 % 256, 90, 30)).save(path, "PNG")
    return path


def by_folder(run, project, *files):
    result = run("upload", project, *files, "--labels-from-folders", "--json")
    labels = run("labels", project, "list", "--json").document
    return result, {label["name"]: label["count"] for label in labels}


@needs_links
def test_a_linked_picture_has_the_label_of_the_folder_that_shows_it(run, project, desk):
    draw(desk / "all" / "1.png")
    (desk / "train" / "oak").mkdir(parents=True)
    (desk / "train" / "oak" / "1.png").symlink_to(desk / "all" / "1.png")
    _result, labels = by_folder(run, project, desk / "train")
    assert labels == {"oak": 1}


@needs_links
def test_linked_class_folders_are_followed_and_circles_are_listed(run, project, desk):
    draw(desk / "elsewhere" / "1.png")
    (desk / "train").mkdir()
    (desk / "train" / "oak").symlink_to(desk / "elsewhere")
    (desk / "train" / "ash").symlink_to(desk / "elsewhere")
    (desk / "elsewhere" / "again").symlink_to(desk / "elsewhere")
    (desk / "train" / "gone.png").symlink_to(desk / "nowhere.png")
    result, labels = by_folder(run, project, desk / "train")
    assert labels == {"ash": 1, "oak": 1}
    assert result.code == 4
    assert sorted(reason for _path, reason in result.document["failed"]) == [
        "the link leads back to a folder that it lies in",
        "the link leads back to a folder that it lies in",
        "the link leads nowhere",
    ]


def test_a_class_may_be_called_models(run, project, desk):
    draw(desk / "cars" / "models" / "1.png")
    draw(desk / "models" / "2.png", 2)
    _result, labels = by_folder(run, project, desk / "cars", desk / "models")
    assert labels == {"models": 2}
    assert run("status", project, "--json").document["images"] == 2


def test_leftovers_of_systems_are_no_pictures_and_all_else_is_listed(run, project, desk):
    draw(desk / "oak" / "1.png")
    for name in ("oak/._1.png", "@eaDir/1.png", ".thumbnails/1.png", "__MACOSX/oak/._1.png"):
        draw(desk / name)
    for name in ("oak/.DS_Store", "oak/Thumbs.db", "oak/raw.DNG", "oak/without suffix"):
        (desk / name).write_bytes(b"x")
    (desk / "oak" / "empty.png").touch()
    draw(desk / "oak" / ".hidden" / "1.png")
    result, labels = by_folder(run, project, desk)
    assert (result.code, labels) == (4, {"oak": 1})
    listed = {PurePath(path).name: reason for path, reason in result.document["failed"]}
    assert listed == {
        "empty.png": "the file is empty",
        "raw.DNG": "its name does not end like an image’s",
        "without suffix": "its name does not end like an image’s",
        ".hidden": "the folder is hidden",
    }


def test_leftovers_and_empty_files_in_a_bucket_are_no_pictures(run, project):
    draw(project / "oak" / "1.png")
    draw(project / "@eaDir" / "1.png")
    draw(project / "oak" / "._1.png")
    (project / "oak" / "empty.png").touch()
    assert run("status", project, "--json").document["images"] == 1


def test_a_folder_that_is_no_label_goes_up_unlabeled_and_is_listed(run, project, desk):
    draw(desk / "unlabeled" / "1.png")
    draw(desk / "oak" / "2.png", 2)
    result, labels = by_folder(run, project, desk)
    assert (result.code, labels) == (4, {"oak": 1})
    assert result.document["uploaded"] == 2
    ((path, reason),) = result.document["failed"]
    assert path.endswith("1.png")
    assert reason == "uploaded without a label: this word is reserved"


def test_nothing_is_made_of_a_label_that_is_refused(run, project, desk):
    draw(desk / "1.png")
    result = run("upload", project, desk, "--label", "fine", "--label", "unlabeled")
    assert result.code == 1
    assert "“unlabeled” cannot be a label" in result.err
    assert run("labels", project, "list", "--json").document == []
    assert run("status", project, "--json").document["images"] == 0


@pytest.mark.parametrize("second", [["--label", "ash"], ["--labels-from-folders"]])
def test_two_labels_in_a_project_of_one_are_refused(run, project, desk, second):
    draw(desk / "elm" / "1.png")
    result = run("upload", project, desk, "--label", "oak", *second)
    assert result.code == 1
    assert "Each picture in this project has one label" in result.err
    assert run("status", project, "--json").document["images"] == 0


def test_composed_and_decomposed_folder_names_are_one_label(run, project, desk):
    draw(desk / "one" / "cafe\u0301" / "1.png")
    draw(desk / "two" / "caf\u00e9" / "2.png", 2)
    _result, labels = by_folder(run, project, desk / "one", desk / "two")
    assert labels == {"caf\u00e9": 2}


def test_labels_that_are_numbers_stand_in_their_order(run, project, desk):
    for number in ("0", "1", "2", "10"):
        draw(desk / number / f"{number}.png", int(number))
    _result, labels = by_folder(run, project, desk)
    assert list(labels) == ["0", "1", "2", "10"]


def test_a_folder_that_was_a_project_goes_up_without_the_files_of_the_program(run, project, desk):
    draw(desk / "oak" / "1.png")
    assert run("label", desk, "add", "old", "oak/1.png").code == 0
    result, labels = by_folder(run, project, desk)
    assert result.document["failed"] == []
    assert (result.code, labels) == (0, {"oak": 1})
