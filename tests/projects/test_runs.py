"""What states and pins mean for a training run."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from cloudanno_desktop.bucket.bucket import StoredObject
from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.dataset.run_folder import TrainOptions
from cloudanno_desktop.images.originals import LocalOriginal
from cloudanno_desktop.labels.edits.relabel import AssignNamed
from cloudanno_desktop.labels.edits.states import PinSplit, SetState, TakeOut
from cloudanno_desktop.labels.image_states import Part, State
from cloudanno_desktop.projects.runs import Runs
from cloudanno_desktop.projects.uploads import record_upload
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "birds"
    folder.mkdir()
    with Workspace.open(parse_address(str(folder), None), Settings(author="Ada")) as workspace:
        when = datetime(2026, 1, 1, tzinfo=UTC)
        for name in ("heron", "stork"):
            entries = [StoredObject(f"{name}{n}.jpg", 10, "e", when) for n in range(8)]
            ids = [record_upload(workspace, entry, ()) for entry in entries]
            workspace.apply(AssignNamed({name: np.array(ids, np.int32)}))
        yield workspace


def test_excluded_images_stay_away_and_pinned_ones_go_where_they_belong(workspace, tmp_path):
    ids = workspace.labels.image_ids()
    workspace.apply(SetState(ids[:2], State.EXCLUDED))
    workspace.apply(PinSplit(ids[2:3], Part.VAL))
    workspace.apply(PinSplit(ids[3:4], Part.TEST))
    workspace.apply(TakeOut(ids[-1:]))
    files = {int(i): LocalOriginal(Path("/pictures") / str(i), f"digest {i}") for i in ids.tolist()}

    run = Runs(workspace).write(TrainOptions(), files, tmp_path / "run")

    parts = {image.key: image.split for image in run.read_job().images}
    assert len(parts) == 13
    assert not {"heron0.jpg", "heron1.jpg", "stork7.jpg"} & set(parts)
    assert (parts["heron2.jpg"], parts["heron3.jpg"]) == ("val", "test")


def test_uploading_an_image_that_was_taken_out_brings_it_back(workspace):
    (first,) = workspace.index.rows(workspace.labels.image_ids()[:1])
    workspace.apply(TakeOut((first.id,)))
    entry = StoredObject(first.key, 10, "other", datetime(2026, 2, 1, tzinfo=UTC))

    record_upload(workspace, entry, ())

    assert first.id in workspace.labels.image_ids()
