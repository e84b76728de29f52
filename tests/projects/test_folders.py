"""Folders of a bucket get another name; the labels of the project around them follow."""

import uuid
from contextlib import closing
from pathlib import Path

import boto3
import pytest

from cloudanno_desktop.bucket.bulk import Amount
from cloudanno_desktop.bucket.connections.address import ProjectAddress, parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.open_bucket import open_bucket
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.labels.edits.assign import Assign, CreateLabel
from cloudanno_desktop.projects.folders import (
    Folder,
    current_in,
    delete_folder,
    measure,
    move_folder,
)
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings

KEYS = ("spring/a b.jpg", "spring/deep/c+d.jpg", "springs/e.jpg", "f.jpg")


@pytest.fixture(params=["folder", "s3"])
def top(request, tmp_path):
    if request.param == "folder":
        (tmp_path / "birds").mkdir()
        return parse_address(str(tmp_path / "birds"))
    request.getfixturevalue("aws_keys")
    endpoint = request.getfixturevalue("s3_endpoint")
    name = f"folders-{uuid.uuid4().hex[:10]}"
    client = boto3.client("s3", endpoint_url=endpoint)
    client.create_bucket(Bucket=name)
    client.close()
    return ProjectAddress(f"s3://{name}", Connection(endpoint_url=endpoint, addressing="path"))


def put(top, keys):
    with closing(open_bucket(top)) as bucket:
        for key in keys:
            bucket.put(key, key.encode())


def below(top, root):
    return ProjectAddress(f"{top.location}/{root}".rstrip("/"), top.connection)


def label(workspace, **labels):
    workspace.refresh()
    for name, key in labels.items():
        workspace.apply(CreateLabel(name))
        label_id = workspace.labels.label_named(name).id
        workspace.apply(Assign((label_id,), (workspace.index.id_of(key),)))


def labels_of(workspace):
    workspace.refresh()
    names = {found.id: found.name for found in workspace.labels.catalog.shown}
    rows = workspace.index.rows(workspace.index.all_ids())
    carried = workspace.labels.labels_of([row.id for row in rows])
    return {row.key: [names[x] for x in carried[row.id]] for row in rows}


def folder(top, prefix, current=None):
    return Folder(top, prefix, Settings(), None, current)


RENAMED = {
    "2026/spring/a b.jpg": ["heron"],
    "2026/spring/deep/c+d.jpg": ["stork"],
    "springs/e.jpg": ["crane"],
    "f.jpg": [],
}


def test_labels_follow_a_folder_of_a_project_that_is_not_open(top):
    put(top, KEYS)
    with Workspace.open(top, Settings()) as workspace:
        label(workspace, heron=KEYS[0], stork=KEYS[1], crane=KEYS[2])
        workspace.synchronise()
    report = move_folder(folder(top, "spring/"), "2026/spring/")
    assert (len(report.moved), report.failed) == (2, [])
    assert not top.is_folder or not Path(top.location, "spring").exists()
    with Workspace.open(top, Settings()) as workspace:
        assert labels_of(workspace) == RENAMED


def test_labels_follow_a_folder_of_the_open_project_at_once(top):
    put(top, KEYS)
    with Workspace.open(top, Settings()) as workspace:
        label(workspace, heron=KEYS[0], stork=KEYS[1], crane=KEYS[2])
        current = current_in(top, workspace)
        move_folder(folder(top, "spring/", current), "2026/spring/")
        rows = workspace.index.rows(workspace.index.all_ids())
        assert {row.key for row in rows} == set(RENAMED)
        assert labels_of(workspace) == RENAMED


def test_labels_of_an_old_annotation_file_follow_too(top):
    put(top, KEYS)
    document = (
        b'{"version":"1.0","type":"classification","labels":["heron"],'
        b'"annotations":{"spring/a b.jpg":[{"label":"heron"}]}}'
    )
    with closing(open_bucket(top)) as bucket:
        bucket.put("_annotations.json", document)
    move_folder(folder(top, "spring/"), "late/")
    with Workspace.open(top, Settings()) as workspace:
        assert labels_of(workspace)["late/a b.jpg"] == ["heron"]
        assert b"late/a b.jpg" in workspace.bucket.get("_annotations.json").body
        assert b"spring/a b.jpg" not in workspace.bucket.get("_annotations.json").body


def test_a_folder_that_is_a_project_takes_its_labels_along(top):
    put(top, KEYS)
    with Workspace.open(below(top, "spring"), Settings()) as workspace:
        label(workspace, heron="a b.jpg")
        workspace.sync.open()
        assert workspace.labels.pending() > 0  # labeled here, not sent yet
    move_folder(folder(top, "spring/"), "summer/")
    with Workspace.open(below(top, "summer"), Settings()) as workspace:
        assert labels_of(workspace) == {"a b.jpg": ["heron"], "deep/c+d.jpg": []}


def test_a_folder_in_two_projects_at_once_is_not_moved(top):
    put(top, KEYS)
    for root, key in (("", KEYS[1]), ("spring", "deep/c+d.jpg")):
        with Workspace.open(below(top, root), Settings()) as workspace:
            label(workspace, heron=key)
            workspace.synchronise()
    with pytest.raises(Failed, match="several projects"):
        move_folder(folder(top, "spring/deep/"), "spring/other/")
    with Workspace.open(top, Settings()) as workspace:
        assert labels_of(workspace)[KEYS[1]] == ["heron"]


def test_labels_do_not_leave_their_project(top):
    put(top, ["team/spring/a.jpg"])
    with Workspace.open(below(top, "team"), Settings()) as workspace:
        label(workspace, heron="spring/a.jpg")
        workspace.synchronise()
    with pytest.raises(Failed, match="outside the project"):
        move_folder(folder(top, "team/spring/"), "elsewhere/")
    assert measure(folder(top, "elsewhere/")) == Amount(0, 0)


def test_files_that_are_no_pictures_move_along(top):
    put(top, ["notes/readme.txt", "notes/a.jpg"])
    move_folder(folder(top, "notes/"), "texts/")
    with closing(open_bucket(top)) as bucket:
        assert bucket.get("texts/readme.txt").body == b"notes/readme.txt"
        assert bucket.get("texts/a.jpg").body == b"notes/a.jpg"
    assert measure(folder(top, "notes/")) == Amount(0, 0)


def test_a_deleted_folder_leaves_the_open_project_at_once(top):
    put(top, KEYS)
    with Workspace.open(top, Settings()) as workspace:
        label(workspace, heron=KEYS[0], crane=KEYS[2])
        current = current_in(top, workspace)
        assert delete_folder(folder(top, "spring/", current)).objects == 2
        assert workspace.index.counts().images == 2
        counts = {row.label.name: row.images for row in workspace.labels.labels()}
        assert counts == {"heron": 0, "crane": 1}
        assert labels_of(workspace) == {"springs/e.jpg": ["crane"], "f.jpg": []}
