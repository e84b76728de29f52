"""Folders of a project are moved, renamed and deleted by the command line, labels and all."""

import io
import json
import uuid

import pytest

from cloudanno_desktop.cli.main import FAILED, STOPPED, USAGE


@pytest.fixture
def labeled(run, project, photos):
    """A project in which the folder ``2025/pets`` holds twelve labeled pictures."""
    done = run("upload", project, photos, "--labels-from-folders", "--prefix", "2025/pets")
    assert done.code == 0
    return project


def pictures(project):
    return sorted(p.relative_to(project).as_posix() for p in project.rglob("*.jpg"))


def counts(run, project):
    listed = json.loads(run("labels", project, "list", "--json").out)
    return {item["name"]: item["count"] for item in listed}


@pytest.mark.parametrize(
    ("act", "target"),
    [
        (("move", "2025/pets/", "spring/garden"), "spring/garden/"),
        (("rename", "2025/pets", "animals"), "2025/animals/"),
        (("rename", "2025", "2026"), "2026/pets/"),
    ],
)
def test_a_folder_goes_elsewhere_with_its_labels(run, labeled, act, target):
    done = run("folder", labeled, *act, "--json")

    document = json.loads(done.out)
    assert (done.code, document["objects"], document["failed"]) == (0, 12, [])
    found = pictures(labeled)
    assert len(found) == 12
    assert all(key.startswith(target) for key in found)
    assert counts(run, labeled) == {"cat": 6, "dog": 6}
    marked = json.loads((labeled / "_annotations.json").read_text())["annotations"]
    assert all(key.startswith(target) for key in marked)
    assert not (labeled / "2025" / "pets").exists()


def test_a_folder_of_a_project_below_a_prefix_of_a_bucket_goes_elsewhere(
    run, photos, aws_keys, s3_endpoint, monkeypatch
):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_endpoint)
    bucket = f"s3://photos-{uuid.uuid4().hex[:12]}"
    team = f"{bucket}/team"
    assert run("upload", team, photos, "--labels-from-folders", "--create-bucket").code == 0

    tried = run("folder", team, "move", "photos/cat", "cats", "--dry-run", "--json").document
    moved = run("folder", team, "move", "photos/cat", "cats", "--json").document

    assert tried["estimated_requests"] == {"HEAD": 12, "COPY": 6, "DELETE": 1}
    assert (moved["objects"], moved["failed"]) == (6, [])
    assert counts(run, team) == {"cat": 6, "dog": 6}
    assert run("folder", team, "move", "photos/cat", "cats").code == FAILED
    assert run("folder", team, "delete", "cats", "--yes", "--json").document["objects"] == 6
    assert run("status", team, "--json").document["images"] == 6


def test_a_dry_run_says_how_much_it_is_and_does_nothing(run, labeled):
    before = pictures(labeled)
    size = sum((labeled / key).stat().st_size for key in before)

    for act in (("move", "2025", "x"), ("delete", "2025")):
        document = json.loads(run("folder", labeled, *act, "--dry-run", "--json").out)
        assert (document["objects"], document["bytes"], document["dry_run"]) == (12, size, True)
    assert pictures(labeled) == before


def test_a_folder_is_deleted_only_by_one_who_says_so(run, labeled, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("11\n"))
    assert run("folder", labeled, "delete", "2025/pets").code == STOPPED
    assert len(pictures(labeled)) == 12

    monkeypatch.setattr("sys.stdin", io.StringIO("12\n"))
    asked = run("folder", labeled, "delete", "2025/pets")
    assert (asked.code, pictures(labeled)) == (0, [])
    assert "12 objects" in asked.err
    assert counts(run, labeled) == {"cat": 0, "dog": 0}


def test_yes_asks_nothing(run, labeled):
    done = run("folder", labeled, "delete", "2025", "--yes", "--json")
    assert (done.code, json.loads(done.out)["objects"], pictures(labeled)) == (0, 12, [])


@pytest.mark.parametrize(
    ("act", "code", "words"),
    [
        (("move", "2024", "x"), FAILED, "no folder “2024/”"),
        (("move", "2025", "2025/pets/deep"), FAILED, "into itself"),
        (("move", "2025", "_cloudanno/x"), FAILED, "is reserved"),
        (("delete", "_cloudanno", "--yes"), FAILED, "is reserved"),
        (("delete", "/", "--yes"), FAILED, "the name is empty"),
        (("rename", "2025/pets", "a/b"), FAILED, "Use “move”"),
        (("move", "2025/pets/photos/cat", "2025/pets/photos/dog"), FAILED, "already a folder"),
        (("rename", "2025/pets"), USAGE, "takes 2 names"),
        (("delete", "2025", "x"), USAGE, "takes 1 names"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_touched(run, labeled, act, code, words):
    before = pictures(labeled)
    refused = run("folder", labeled, *act)
    assert refused.code == code
    assert words in refused.err
    assert pictures(labeled) == before
