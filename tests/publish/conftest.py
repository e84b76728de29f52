"""A finished run without any network library: small files that stand for exported models."""

import pytest

from cloudanno_desktop.bucket.folder.bucket import FolderBucket
from cloudanno_desktop.dataset.run_folder import (
    JOB_VERSION,
    ArtifactResult,
    Job,
    LabelScore,
    RunFolder,
    RunResult,
    TrainOptions,
)
from cloudanno_desktop.export.artifact import Format, exported_file
from tests.support.device import LABELS


class RunMaker:
    def __init__(self, folder):
        self.folder = folder
        self.made = 0

    def __call__(self, text="one", accuracy=0.9, tflite_accuracy=0.9, samples=()):
        self.made += 1
        run = RunFolder(self.folder / f"run{self.made}")
        run.write_job(Job(JOB_VERSION, "birds", LABELS, False, (), TrainOptions(), ""))
        run.exports_dir.mkdir()
        bodies = {"tflite": text.encode() * 500, "mlmodel": b"network " + text.encode()}
        for name, body in bodies.items():
            (run.exports_dir / f"model.{name}").write_bytes(body)
        package = run.exports_dir / "model.mlpackage"
        (package / "Data").mkdir(parents=True)
        (package / "Manifest.json").write_text("{}")
        (package / "Data" / "weights.bin").write_bytes(text.encode() * 100)
        run.write_result(self._result(run, accuracy, tflite_accuracy, samples))
        return run

    def _result(self, run, accuracy, tflite_accuracy, samples):
        artifacts = []
        for name, found in (
            ("tflite", tflite_accuracy),
            ("coreml", accuracy),
            ("mlmodel", accuracy),
        ):
            path = run.exports_dir / Format(name).file_name
            file = exported_file(Format(name), path)
            where = str(path.relative_to(run.path))
            artifacts.append(ArtifactResult(name, where, file.bytes, file.sha256, found, 1.0, 0.0))
        return RunResult(
            labels=LABELS,
            multi_label=False,
            train_images=80,
            val_images=20,
            val_accuracy=accuracy,
            val_accuracy_interval=(0.7, 0.97),
            per_label=(LabelScore("leaf", 10, 0.9, 0.9, 0.9),),
            confusion=((9, 1), (1, 9)),
            mistakes=(),
            temperature=1.0,
            thresholds=(0.5, 0.5),
            seconds={"total": 2.0},
            backbone="mobilenet_v2",
            weights="/home/ann/secret/weights.h5",
            device="cpu",
            mode="fast",
            unreadable={},
            artifacts=tuple(artifacts),
            samples=tuple(samples),
        )


@pytest.fixture
def make_run(tmp_path):
    return RunMaker(tmp_path)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "photos"
    path.mkdir()
    return path


@pytest.fixture
def bucket(folder):
    return FolderBucket(folder)
