"""The whole way on real photos, with real processes, over the real S3 protocol."""

import csv
import json
import subprocess
import sys

import boto3
import numpy as np
import pytest

pytestmark = [pytest.mark.training, pytest.mark.slow, pytest.mark.xdist_group("training")]

WEIGHTS = "weights/mobilenet_v2_1.0_224_no_top.weights.h5"


def cloudanno(*arguments):
    """Run one command as its own process and return what it printed; it must succeed."""
    command = [sys.executable, "-m", "cloudanno_desktop", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def trashnet(shared_data, tmp_path):
    """Lay the authors' photos out as class folders: those to learn from, and their test part."""
    source = shared_data / "datasets" / "trashnet-1137"
    with (source / "labels.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            part = "test" if row["split"] == "test" else "photos"
            folder = tmp_path / part / row["label"]
            folder.mkdir(parents=True, exist_ok=True)
            photo = source / row["file"]
            (folder / photo.name).symlink_to(photo)
    return tmp_path


def scores(path):
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    return {row[0]: np.array(row[2:], float) for row in rows[1:]}


def test_from_photos_to_a_phone(trashnet, shared_data, s3_endpoint, aws_keys, tmp_path):
    reach = ["--endpoint-url", s3_endpoint]
    project = "s3://trash-or-treasure"
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    client.create_bucket(Bucket="trash-or-treasure")

    cloudanno("upload", project, trashnet / "photos", "--labels-from-folders", *reach)
    status = json.loads(cloudanno("status", project, *reach, "--json"))
    assert (status["images"], status["unlabeled"], status["pending"]) == (937, 0, 0)

    run = tmp_path / "run"
    weights = shared_data / WEIGHTS
    trained = json.loads(
        cloudanno("train", project, *reach, "--weights", weights, "--out", run, "--json")
    )
    assert trained["labels"] == ["cardboard", "glass", "metal", "paper", "plastic", "trash"]
    by_format = {artifact["format"]: artifact for artifact in trained["artifacts"]}
    assert set(by_format) == {"keras", "tflite", "coreml", "mlmodel"}
    for artifact in by_format.values():
        assert abs(artifact["val_accuracy"] - trained["val_accuracy"]) <= 0.01

    found = json.loads(cloudanno("evaluate", run, trashnet / "test", "--json"))
    assert found["images"] == 200
    assert found["accuracy"] >= 0.80

    cloudanno("publish", project, run, "--branch", "dev", *reach)
    keys = {item["Key"] for item in client.list_objects_v2(Bucket="trash-or-treasure")["Contents"]}
    assert "trash-or-treasure-dev.mlmodel" in keys
    pulled = json.loads(
        cloudanno("pull", project, tmp_path / "phone", *reach, "--branch", "dev", "--json")
    )
    assert pulled["changed"]
    (tflite,) = (tmp_path / "phone").rglob("*.tflite")

    cloudanno("predict", tflite, trashnet / "test", "--csv", tmp_path / "phone.csv")
    cloudanno("predict", run, trashnet / "test", "--csv", tmp_path / "keras.csv")
    phone, keras = scores(tmp_path / "phone.csv"), scores(tmp_path / "keras.csv")
    same = [phone[name].argmax() == keras[name].argmax() for name in keras]
    assert len(same) == 200
    assert np.mean(same) >= 0.99
