"""upload, status, label, labels, scan and sync on a folder and on S3."""

import io
import json

import boto3
import pytest

from cloudanno_desktop.bucket.errors import Unreachable
from cloudanno_desktop.bucket.s3.bucket import S3Bucket


@pytest.fixture(params=["folder", "s3"])
def target(request, tmp_path, project):
    """A project and the options that reach it: a folder, or a bucket of moto's server."""
    if request.param == "folder":
        return [project]
    request.getfixturevalue("aws_keys")
    endpoint = request.getfixturevalue("s3_endpoint")
    name = f"photos-{tmp_path.name.lower().replace('_', '-')}"[:63].strip("-")
    boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket=name)
    return [f"s3://{name}/birds", "--endpoint-url", endpoint]


def test_upload_by_folders_labels_every_photo(run, target, photos):
    uploaded = run("upload", *target, photos, "--labels-from-folders", "--json")
    status = run("status", *target, "--json").document

    assert (uploaded.code, uploaded.document["uploaded"]) == (0, 12)
    assert (status["images"], status["labeled"], status["pending"]) == (12, 12, 0)
    assert status["labels"] == [{"name": "cat", "count": 6}, {"name": "dog", "count": 6}]


def test_uploading_again_moves_nothing_and_loses_nothing(run, target, photos):
    run("upload", *target, photos, "--labels-from-folders")
    again = run("upload", *target, photos, "--label", "pet", "--json").document
    status = run("status", *target, "--json").document

    assert (again["uploaded"], again["skipped"]) == (0, 12)
    assert {label["name"]: label["count"] for label in status["labels"]}["pet"] == 12


def test_another_computer_sees_the_labels(run, target, photos, tmp_path, monkeypatch):
    run("upload", *target, photos / "cat", "--label", "cat")
    monkeypatch.setenv("CLOUDANNO_HOME", str(tmp_path / "another-home"))

    status = run("status", *target, "--json").document
    assert (status["labeled"], status["labels"]) == (6, [{"name": "cat", "count": 6}])


def test_label_commands_change_what_status_shows(run, target, photos, monkeypatch):
    run("upload", *target, photos)
    keys = [f"photos/cat/cat{number}.jpg" for number in range(3)]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(keys)))
    added = run("label", *target, "add", "kitten", "-")
    removed = run("label", *target, "remove", "kitten", keys[0])
    moved = run("label", *target, "set", "puppy", keys[1])
    labels = run("labels", *target, "list", "--json").document

    assert (added.code, removed.code, moved.code) == (0, 0, 0)
    assert labels == [{"name": "kitten", "count": 1}, {"name": "puppy", "count": 1}]


def test_labeling_an_unknown_key_lists_it_and_ends_with_4(run, target, photos):
    run("upload", *target, photos)
    result = run("label", *target, "add", "cat", "photos/cat/cat0.jpg", "no/such.jpg")

    assert result.code == 4
    assert "no/such.jpg" in result.err
    assert run("status", *target, "--json").document["labeled"] == 1


def test_labels_are_created_renamed_merged_and_deleted(run, target, photos):
    run("upload", *target, photos, "--labels-from-folders")
    run("labels", *target, "create", "bird")
    run("labels", *target, "rename", "cat", "tomcat")
    merged = run("labels", *target, "merge", "dog", "tomcat", "--json").document
    deleted = run("labels", *target, "delete", "bird", "--json").document

    assert {"name": "tomcat", "count": 12} in merged
    assert deleted == [{"name": "tomcat", "count": 12}]


def test_a_label_is_deleted_with_the_photos_that_have_only_it(run, target, photos):
    run("upload", *target, photos, "--labels-from-folders")
    deleted = run("labels", *target, "delete", "dog", "--mode", "images", "--json")
    status = run("status", *target, "--json").document

    assert deleted.document == [{"name": "cat", "count": 6}]
    assert (status["images"], status["labeled"]) == (6, 6)
    run("upload", *target, photos / "dog" / "dog0.jpg", "--prefix", "photos/dog/")
    assert run("status", *target, "--json").document["images"] == 7


def test_files_of_a_label_are_deleted_only_with_their_number(run, project, photos, monkeypatch):
    run("upload", project, photos, "--labels-from-folders")
    monkeypatch.setattr("sys.stdin", io.StringIO("5\n"))
    refused = run("labels", project, "delete", "dog", "--mode", "files")
    assert refused.code == 3
    assert run("status", project, "--json").document["images"] == 12

    monkeypatch.setattr("sys.stdin", io.StringIO("6\n"))
    deleted = run("labels", project, "delete", "dog", "--mode", "files", "--json")
    assert deleted.code == 0
    assert not list((project / "photos" / "dog").glob("*.jpg"))
    assert len(list((project / "_cloudanno" / "trash").rglob("0*"))) == 6
    assert run("labels", project, "list", "--json").document == [{"name": "cat", "count": 6}]
    run("labels", project, "delete", "cat", "--mode", "files", "--yes")
    assert run("status", project, "--json").document["images"] == 0


def test_a_photo_that_appears_by_itself_is_unlabeled(run, project, photos):
    run("upload", project, photos, "--labels-from-folders")
    (project / "phone.jpg").write_bytes((photos / "cat" / "cat0.jpg").read_bytes())

    found = run("scan", project, "--json").document
    assert (found["new"], found["images"]) == (1, 13)
    assert run("status", project, "--json").document["unlabeled"] == 1


def test_the_annotation_file_is_readable_by_older_tools(run, project, photos):
    run("upload", project, photos, "--labels-from-folders")

    file = json.loads((project / "_annotations.json").read_text("utf-8"))
    assert (file["version"], file["type"], file["labels"]) == (
        "1.0",
        "classification",
        ["cat", "dog"],
    )
    assert file["annotations"]["photos/dog/dog3.jpg"] == [{"label": "dog"}]


def test_a_named_file_that_is_no_image_is_listed(run, project, photos, tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("hello")
    result = run("upload", project, note, photos / "cat" / "cat0.jpg")

    assert result.code == 4
    assert "note.txt" in result.err
    assert run("status", project, "--json").document["images"] == 1


def test_a_project_with_several_labels_per_picture_and_back(run, target, photos):
    run("upload", *target, photos, "--labels-from-folders")
    assert run("labels", *target, "multi").code == 0
    key = "photos/cat/cat0.jpg"
    run("label", *target, "add", "dog", key)
    refused = run("labels", *target, "single")
    labels = run("labels", *target, "list", "--json").document
    run("label", *target, "remove", "cat", key)

    assert labels == [{"name": "cat", "count": 6}, {"name": "dog", "count": 7}]
    assert refused.code == 1
    assert "more than one label: 1" in refused.err
    assert run("labels", *target, "single").code == 0
    run("label", *target, "add", "cat", key)
    assert run("status", *target, "--json").document["labels"] == [
        {"name": "cat", "count": 6},
        {"name": "dog", "count": 6},
    ]
    assert run("labels", *target, "multi", "cat").code == 2


def test_labels_given_without_a_network_wait_and_are_sent_later(
    run, photos, s3_endpoint, aws_keys, monkeypatch
):
    project = "s3://away-from-home"
    reach = ["--endpoint-url", s3_endpoint]
    boto3.client("s3", endpoint_url=s3_endpoint).create_bucket(Bucket="away-from-home")
    run("upload", project, photos, *reach)

    def unreachable(*_arguments):
        raise Unreachable(s3_endpoint, "the network is gone")

    with monkeypatch.context() as away:
        away.setattr(S3Bucket, "list_pages", unreachable)
        away.setattr(S3Bucket, "put", unreachable)
        given = run("label", project, "add", "cat", "photos/cat/cat0.jpg", *reach)
        status = run("status", project, *reach, "--json")

    assert (given.code, status.code) == (0, 0)
    assert "will be sent at the next sync" in given.err
    assert (status.document["labeled"], status.document["pending"]) == (1, 2)
    assert run("sync", project, *reach).code == 0
    sent = run("status", project, *reach, "--json")
    assert (sent.document["labeled"], sent.document["pending"]) == (1, 0)
