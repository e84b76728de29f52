"""A model file is asked as it was trained, wherever it lies."""

import hashlib
import json
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

from cloudanno_desktop.cli.main import main
from cloudanno_desktop.dataset.run_folder import JOB_VERSION, Job, RunFolder, TrainOptions
from cloudanno_desktop.export.artifact import Format, packed
from cloudanno_desktop.export.model_card import ModelMetadata, input_rule
from cloudanno_desktop.export.open_predictor import open_predictor
from cloudanno_desktop.training.preprocess import read_pixels
from tests.export.conftest import LABELS

pytest.importorskip("tensorflow")


@pytest.fixture
def photo(tmp_path):
    """A wide picture that looks different when it is cropped, padded or stretched."""
    pixels = np.random.default_rng(5).integers(0, 256, (6, 18, 3), np.uint8)
    path = tmp_path / "wide.png"
    Image.fromarray(pixels).resize((540, 180), Image.Resampling.NEAREST).save(path)
    return path


@pytest.fixture
def scores(photo, capsys):
    """What ``cloudanno predict`` says of the photo."""

    def scores(model, *options):
        assert main(["predict", str(model), str(photo), "--json", *options]) == 0
        return list(json.loads(capsys.readouterr().out)[0]["scores"].values())

    return scores


def expected(model, photo, resize):
    return open_predictor(model).predict(read_pixels(photo, resize)[None].astype(np.float32))[0]


def pulled(file, folder, **changes):
    """Lay ``file`` out as a client does, served as ``changes`` say; return its place."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    path = f"models/{digest}/{file.name}"
    offered = {"format": "tflite", "key": f"models/artifacts/{digest}/{file.name}"}
    offered |= {"bytes": file.stat().st_size, "sha256": digest}
    (folder / path).parent.mkdir(parents=True)
    shutil.copyfile(file, folder / path)
    same = {"branch": "main", "version": "1", "serial": 1, "poll_after_s": 60}
    served = same | {
        "labels": list(LABELS),
        "rollout": {"percent": 100},
        "artifacts": [offered],
        "task": "single-label",
        "thresholds": [],
        "input": {"width": 224, "height": 224, "resize": "pad"} | changes,
    }
    current = same | {"etag": "", "files": {"tflite": path}, "served": served}
    (folder / "current.json").write_text(json.dumps(current))
    return folder / path


@pytest.mark.parametrize("file_format", list(Format))
def test_every_file_says_itself_how_pictures_go_in(exported, file_format, tmp_path):
    path = exported[file_format].path
    if path.is_dir():
        path = packed(path)
    alone = shutil.copyfile(path, tmp_path / path.name)
    assert open_predictor(alone).metadata == ModelMetadata("single-label", (), input_rule("crop"))


def test_a_bare_file_is_asked_as_it_was_trained(exported, scores, photo):
    path = exported[Format.TFLITE].path
    assert scores(path) == pytest.approx(expected(path, photo, "crop"), abs=1e-5)
    assert scores(path) != pytest.approx(expected(path, photo, "stretch"), abs=1e-3)


def test_a_pulled_file_is_asked_as_its_branch_says(exported, scores, photo, tmp_path):
    path = pulled(exported[Format.TFLITE].path, tmp_path / "phone")
    assert scores(path) == pytest.approx(expected(path, photo, "pad"), abs=1e-5)
    assert scores(path) != pytest.approx(expected(path, photo, "crop"), abs=1e-3)


@pytest.mark.parametrize("change", [{"width": 192}, {"color": "BGR"}, {"exif": "ignore"}])
def test_a_file_that_wants_other_pictures_is_not_asked(exported, photo, tmp_path, capsys, change):
    path = pulled(exported[Format.TFLITE].path, tmp_path / "phone", **change)
    assert main(["predict", str(path), str(photo)]) == 1
    assert "takes pictures in a way" in capsys.readouterr().err


def test_an_older_file_says_it_in_words(exported, scores, photo, tmp_path):
    old = tmp_path / "old.tflite"
    body = exported[Format.TFLITE].path.read_bytes().replace(b"cloudanno.json", b"something.else")
    old.write_bytes(body)
    assert scores(old) == pytest.approx(expected(old, photo, "crop"), abs=1e-5)


def test_where_nothing_says_it_the_user_is_asked(exported, scores, photo, tmp_path, capsys):
    old = tmp_path / "old.keras"
    with zipfile.ZipFile(exported[Format.KERAS].path) as source, zipfile.ZipFile(old, "w") as kept:
        for name in source.namelist():
            if name != "cloudanno.json":
                kept.writestr(name, source.read(name))
    assert main(["predict", str(old), str(photo)]) == 1
    assert "--resize" in capsys.readouterr().err
    assert scores(old, "--resize", "pad") == pytest.approx(expected(old, photo, "pad"), abs=1e-4)


def test_the_network_of_a_run_is_asked_as_the_run_says(exported, scores, photo, tmp_path):
    run = RunFolder(tmp_path / "run")
    options = TrainOptions(resize="pad")
    run.write_job(Job(JOB_VERSION, "birds", LABELS, False, (), options, ""))
    shutil.copyfile(exported[Format.KERAS].path, run.model_path)
    assert scores(run.model_path) == pytest.approx(expected(run.path, photo, "pad"), abs=1e-4)


def test_labels_count_from_the_thresholds_of_the_model(exported, photo, tmp_path, capsys):
    path = pulled(exported[Format.TFLITE].path, tmp_path / "phone")
    current = path.parents[2] / "current.json"
    served = json.loads(current.read_text())
    served["served"] |= {"task": "multi-label", "thresholds": [0.0, 1.0, 0.0, 1.0, 1.0, 1.0]}
    current.write_text(json.dumps(served))
    assert main(["predict", str(path), str(photo), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["labels"] == [LABELS[0], LABELS[2]]


def test_no_name_runs_as_a_formula_in_a_spreadsheet(exported, photo, tmp_path, monkeypatch):
    shutil.copyfile(photo, tmp_path / "=1+1.png")
    monkeypatch.chdir(tmp_path)
    model = exported[Format.TFLITE].path
    assert main(["predict", str(model), "=1+1.png", "--csv", "table.csv"]) == 0
    table = (tmp_path / "table.csv").read_bytes()
    assert table.startswith("\N{BYTE ORDER MARK}".encode())
    assert b"\n'=1+1.png," in table
