"""What the commands say of a training before and after it."""

import json
from dataclasses import dataclass

import pytest

from cloudanno_desktop.cli.train_report import note_contradictions, print_result, train_document
from cloudanno_desktop.dataset.run_folder import (
    JOB_VERSION,
    Job,
    JobImage,
    LabelScore,
    RunFolder,
    RunResult,
    TrainOptions,
)


@dataclass
class Run:
    folder: RunFolder
    result: RunResult


@pytest.fixture
def run_of(tmp_path):
    """A run of which 56 of 64 validation pictures came out right."""

    def run_of(*scores, images=()):
        folder = RunFolder(tmp_path)
        labels = tuple(score.name for score in scores)
        folder.write_job(Job(JOB_VERSION, "pets", labels, False, images, TrainOptions(), ""))
        result = RunResult(
            labels=labels,
            multi_label=False,
            train_images=200,
            val_images=64,
            val_accuracy=0.875,
            val_accuracy_interval=(0.77, 0.93),
            per_label=scores,
            confusion=(),
            mistakes=(),
            temperature=1.0,
            thresholds=(),
            seconds={"total": 3.0},
            backbone="mobilenet_v2",
            weights="none",
            device="CPU",
            mode="fast",
            unreadable={},
        )
        return Run(folder, result)

    return run_of


def test_the_headline_names_labels_that_were_not_tested_or_are_missed(run_of, capsys):
    run = run_of(
        LabelScore("cat", 60, 0.9, 1.0, 0.9),
        LabelScore("dog", 4, 0.0, 0.0, 0.0),
        LabelScore("emu", 0, 0.0, 0.0, 0.0),
    )
    print_result(run.folder, run.result)
    headline, under, *_rest = capsys.readouterr().out.splitlines()
    assert "64 validation pictures, none of “emu”" in headline
    assert "dog" in under
    assert "0.0% on 4 pictures" in under
    document = train_document(run.folder, run.result)
    assert (document.untested, document.weak) == (("emu",), ("dog",))


def test_nothing_is_added_where_every_label_is_found(run_of, capsys):
    run = run_of(LabelScore("cat", 60, 0.9, 1.0, 0.9), LabelScore("dog", 4, 1.0, 0.5, 0.6))
    print_result(run.folder, run.result)
    assert "on 64 validation pictures, 3.0 s" in capsys.readouterr().out


def test_copies_with_different_labels_are_listed_by_both_names(run_of, capsys):
    images = (
        JobImage("a.jpg", "a.jpg", "same", (0,), "train"),
        JobImage("b.jpg", "b.jpg", "other", (1,), "train"),
        JobImage("c.jpg", "c.jpg", "same", (1,), "val"),
    )
    scores = (LabelScore("cat", 1, 1.0, 1.0, 1.0), LabelScore("dog", 1, 1.0, 1.0, 1.0))
    run = run_of(*scores, images=images)
    note_contradictions(run.folder.read_job())
    assert "a.jpg (cat) = c.jpg (dog)" in capsys.readouterr().err
    assert train_document(run.folder, run.result).contradictions == (("a.jpg", "c.jpg"),)


def test_training_offers_to_leave_a_small_label_out(run, project, photos):
    (photos / "cow").mkdir()
    for number in range(3):
        (photos / "cow" / f"{number}.jpg").write_bytes(
            (photos / "cat" / f"cat{number}.jpg").read_bytes() + b"\0"
        )
    run("upload", project, photos, "--labels-from-folders")
    refused = run("train", project, "--weights", "none", "--formats", "")
    assert refused.code == 1
    assert "“cow” (3)" in refused.err
    assert "--leave-out cow" in refused.err
    unknown = run("train", project, "--leave-out", "cwo")
    assert (unknown.code, "“cwo”" in unknown.err) == (1, True)


def test_a_test_set_says_which_labels_it_lacks(tmp_path, capsys):
    from cloudanno_desktop.cli.evaluate_command import _report
    from cloudanno_desktop.training.evaluate import Evaluation

    scores = (LabelScore("cat", 9, 1.0, 0.3, 0.4), LabelScore("dog", 0, 0.0, 0.0, 0.0))
    found = Evaluation(9, 0.3, (0.1, 0.6), scores, (), ())
    _report(found, ("cat", "dog"), {}, as_json=False)
    assert "on 9 pictures, none of “dog”" in capsys.readouterr().out
    _report(found, ("cat", "dog"), {}, as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert (document["untested"], document["weak"]) == (["dog"], ["cat"])
