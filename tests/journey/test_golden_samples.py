"""What a branch promises of a few pictures holds for the file that a device pulls."""

import hashlib
import json
import shutil

import pytest

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("training")]

ROUNDING = 1e-5


def test_a_pulled_file_gives_the_golden_samples_their_scores(cloudanno, trained, tmp_path):
    project, phone = tmp_path / "project", tmp_path / "phone"
    shutil.copytree(trained.project, project)
    assert cloudanno("publish", project, trained.run, "--branch", "dev").code == 0
    pulled = cloudanno("pull", project, phone, "--branch", "dev", "--json").document

    served = pulled["served"]
    golden = served["golden"]
    truth = [sample["key"].split("/")[0] for sample in golden]
    assert set(truth) == set(served["labels"])
    for sample in golden:
        photo = project / sample["key"]
        assert hashlib.sha256(photo.read_bytes()).hexdigest() == sample["sha256"]
        asked = cloudanno("predict", phone / pulled["files"]["tflite"], photo, "--json")
        (found,) = json.loads(asked.out)
        scores = [found["scores"][name] for name in served["labels"]]
        assert scores == pytest.approx(sample["expected"], abs=ROUNDING)
    assert str(tmp_path) not in json.dumps(served)
