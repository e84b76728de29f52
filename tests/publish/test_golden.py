"""The golden samples of a branch: pictures that a client can fetch, and the scores to be found."""

import hashlib
import json

import pytest

from cloudanno_desktop.dataset.run_folder import ScoredPicture
from cloudanno_desktop.progress import Cancelled
from cloudanno_desktop.publish.bucket_source import BucketSource
from cloudanno_desktop.publish.publisher import PublishOptions, promote, publish, rollback
from tests.support.device import assert_whole, fetch


def photo(number):
    return b"photo %d" % number


@pytest.fixture
def scored(bucket):
    """Seven photos in the bucket as a run knows them."""
    pictures = []
    for number in range(7):
        key = f"ann's photos/{number} + é.jpg"
        bucket.put(key, photo(number))
        digest = hashlib.blake2b(photo(number), digest_size=32).hexdigest()
        pictures.append(ScoredPicture(key, digest, (number / 7, 1 - number / 7)))
    return pictures


def golden_of(folder, branch="dev"):
    return json.loads((folder / f"models/branches/{branch}.json").read_bytes())["golden"]


def numbers(golden):
    return [int(sample["key"].split("/")[1].split()[0]) for sample in golden]


def test_a_branch_names_a_few_pictures_with_digest_and_scores(bucket, folder, make_run, scored):
    publish(bucket, make_run(samples=scored), "dev")

    golden = golden_of(folder)
    assert numbers(golden) == [0, 1, 2, 3, 4]
    assert golden[3] == {
        "key": "ann's photos/3 + é.jpg",
        "sha256": hashlib.sha256(photo(3)).hexdigest(),
        "expected": [pytest.approx(3 / 7, abs=1e-6), pytest.approx(4 / 7, abs=1e-6)],
    }


def test_pictures_that_were_deleted_or_changed_are_passed_over(bucket, folder, make_run, scored):
    bucket.delete([scored[0].key])
    bucket.put(scored[2].key, b"another photo")

    publish(bucket, make_run(samples=scored), "dev")

    assert numbers(golden_of(folder)) == [1, 3, 4, 5, 6]


def test_pictures_of_another_project_are_not_named(bucket, folder, make_run, scored):
    bucket.delete([picture.key for picture in scored])

    publish(bucket, make_run(samples=scored), "dev")

    assert golden_of(folder) == []


def test_without_the_file_that_gave_the_scores_there_are_none(bucket, folder, make_run, scored):
    publish(bucket, make_run(samples=scored), "dev", PublishOptions(formats=("coreml",)))

    assert golden_of(folder) == []


def test_another_branch_and_an_earlier_version_keep_their_own(bucket, folder, make_run, scored):
    publish(bucket, make_run("one", samples=scored[:1]), "dev")
    promote(bucket, "dev", "main")
    publish(bucket, make_run("two", samples=scored[1:3]), "dev")

    assert numbers(golden_of(folder, "main")) == [0]
    assert numbers(golden_of(folder)) == [1, 2]
    rollback(bucket, "dev")
    assert numbers(golden_of(folder)) == [0]


def test_the_same_run_and_pictures_give_the_same_version(bucket, make_run, scored):
    run = make_run(samples=scored)
    first, second = publish(bucket, run, "dev"), publish(bucket, run, "dev")
    bucket.delete([scored[0].key])
    third = publish(bucket, run, "dev")

    assert first.version == second.version
    assert third.version != first.version


def test_stopping_while_pictures_are_read_publishes_nothing(bucket, folder, make_run, scored):
    def stop(_done, _total, text=""):
        if text == scored[1].key:
            raise Cancelled

    with pytest.raises(Cancelled):
        publish(bucket, make_run(samples=scored), "dev", PublishOptions(), stop)
    assert not (folder / "models").exists()


def test_devices_take_branches_with_and_without_samples(bucket, folder, make_run, scored, tmp_path):
    publish(bucket, make_run(samples=scored), "dev")
    with_samples = fetch(BucketSource(bucket), "dev", tmp_path / "device")
    assert_whole(tmp_path / "device", with_samples.model)
    assert with_samples.model.served["golden"] == golden_of(folder)
    assert not list((tmp_path / "device").rglob("*.jpg"))

    path = folder / "models/branches/dev.json"
    served = json.loads(path.read_bytes())
    del served["golden"]
    path.write_text(json.dumps(served))
    assert_whole(tmp_path / "other", fetch(folder, "dev", tmp_path / "other").model)
