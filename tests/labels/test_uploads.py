"""Labels of uploads that a kill kept from them are given at the next start."""

import pytest

from cloudanno_desktop.bucket.bucket import StoredObject
from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.labels.edits.assign import CreateLabel, DeleteLabel
from cloudanno_desktop.projects.uploads import labels_of_uploads
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings
from cloudanno_desktop.transfers.download import NO_TIME
from cloudanno_desktop.transfers.model import Direction, Existing, TransferSpec


@pytest.fixture
def opened(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    return lambda: Workspace.open(parse_address(str(project), None), Settings(author="ada"))


def store_upload(workspace, name, labels):
    """Leave an upload as the media process does: in the bucket and the index, without labels."""
    path = workspace.folder / name
    spec = TransferSpec(path, name, 3, labels=labels)
    _, (transfer,) = workspace.queue.add(Direction.UP, "Upload", Existing.RENAME, [spec])
    image_id = workspace.index.record_upload(StoredObject(name, 3, "etag", NO_TIME))
    workspace.queue.note_stored(transfer.id, image_id)
    return image_id


def label(workspace, name):
    workspace.apply(CreateLabel(name))
    return workspace.labels.label_named(name).id


def test_a_picture_that_lost_its_label_to_a_kill_gets_it_at_the_next_start(opened):
    with opened() as workspace:
        heron, owl = label(workspace, "heron"), label(workspace, "owl")
        first = store_upload(workspace, "a.jpg", (heron,))
        second = store_upload(workspace, "b.jpg", (owl,))

    with opened() as workspace:
        assert workspace.labels.labels_of([first, second]) == {first: (heron,), second: (owl,)}
        assert workspace.queue.files() == workspace.queue.batches() == []
        assert workspace.labels.pending() > 0


def test_a_label_that_nobody_knows_any_more_is_left_out(opened):
    with opened() as workspace:
        heron = label(workspace, "heron")
        workspace.apply(DeleteLabel(heron))
        image = store_upload(workspace, "a.jpg", (heron, "never-heard-of"))
        other = store_upload(workspace, "b.jpg", ("never-heard-of",))

    with opened() as workspace:
        assert workspace.labels.labels_of([image, other]) == {image: (), other: ()}
        assert workspace.queue.files() == []


def test_labels_that_are_given_can_be_taken_back(opened):
    with opened() as workspace:
        heron = label(workspace, "heron")
        image = store_upload(workspace, "a.jpg", (heron,))
        applied = workspace.apply(labels_of_uploads(workspace))
        assert workspace.labels.labels_of([image]) == {image: (heron,)}
        workspace.apply(applied.inverse)

        assert workspace.labels.labels_of([image]) == {image: ()}
        assert labels_of_uploads(workspace) is None
