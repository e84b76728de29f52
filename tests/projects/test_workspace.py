"""An open project and the sample, when something goes wrong half-way."""

import pytest
from PIL import Image

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.labels.edits.assign import CreateLabel
from cloudanno_desktop.labels.journal.operations import object_key
from cloudanno_desktop.projects import sample, uploads
from cloudanno_desktop.projects.sample import make_sample
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings


class Killed(BaseException):
    """The program was ended."""


def draw(folder, _seed=0, _progress=None):
    pictures = []
    for label in ("leaf", "shell"):
        (folder / label).mkdir()
        for number in range(5):
            path = folder / label / f"{label}{number}.jpg"
            Image.new("RGB", (20, 20), (number * 40, 90, len(label) * 20)).save(path)
            pictures.append(path)
    return pictures


def test_own_operations_are_sent_though_the_journal_of_another_is_damaged(tmp_path):
    with Workspace.open(parse_address(str(tmp_path)), Settings()) as workspace:
        workspace.bucket.put(object_key("other", 1), b"damaged\n")
        workspace.apply(CreateLabel("leaf"))

        workspace.synchronise()

        assert workspace.labels.pending() == 0


@pytest.mark.logs_warning
def test_a_sample_that_was_cut_short_is_made_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "_load_generator", lambda: draw)
    record_upload, lives = uploads.record_upload, iter(range(3))

    def record_while_alive(workspace, *given):
        if next(lives, None) is None:
            raise Killed
        return record_upload(workspace, *given)

    with monkeypatch.context() as patch:
        patch.setattr(uploads, "record_upload", record_while_alive)
        with pytest.raises(Killed):
            make_sample(tmp_path / "sample", Settings())
    make_sample(tmp_path / "sample", Settings())

    with Workspace.open(parse_address(str(tmp_path / "sample")), Settings()) as workspace:
        assert workspace.index.counts().images == 10
        assert len(workspace.labels.labeled_ids()) == 8
