"""Publishing, on a real folder, on S3, and with a bucket that dies at every step."""

import json
import threading

import pytest

from cloudanno_desktop.bucket.bucket import PutOptions
from cloudanno_desktop.bucket.errors import ConditionRefused
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.progress import Cancelled
from cloudanno_desktop.publish.artifacts import (
    ArtifactDamaged,
    FormatMissing,
    NothingToPublish,
    PublishBlocked,
)
from cloudanno_desktop.publish.branch_format import (
    BranchNameRefused,
    ModelFileUnreadable,
    VersionFile,
    check_branch_name,
    compatibility_key,
    decode,
    version_key,
)
from cloudanno_desktop.publish.bucket_source import BucketSource
from cloudanno_desktop.publish.publisher import (
    BranchMissing,
    NothingEarlier,
    PublishOptions,
    VersionMissing,
    list_branches,
    promote,
    publish,
    rollback,
)
from tests.support.device import assert_whole, fetch


class Died(BaseException):
    """The power went."""


class MortalBucket:
    """Dies at the step of the given number, before or after it was done."""

    def __init__(self, bucket, lives, after):
        self._bucket, self._lives, self._after = bucket, lives, after

    def __getattr__(self, name):
        value = getattr(self._bucket, name)
        return self._mortal(value) if name in {"put", "upload", "copy"} else value

    def _mortal(self, call):
        def step(*given, **options):
            self._lives -= 1
            if self._lives < 0 and not self._after:
                raise Died
            done = call(*given, **options)
            if self._lives < 0:
                raise Died
            return done

        return step


class PlainBucket:
    """A service that refuses every conditional write."""

    def __init__(self, bucket):
        self._bucket = bucket

    def __getattr__(self, name):
        return getattr(self._bucket, name)

    def put(self, key, body, options=PutOptions()):
        self._refuse(key, options)
        return self._bucket.put(key, body, options)

    def upload(self, key, path, options=PutOptions(), progress=lambda *_: None):
        self._refuse(key, options)
        return self._bucket.upload(key, path, options, progress)

    def _refuse(self, key, options):
        if options.if_absent or options.if_match:
            raise ConditionRefused(key)


def test_the_bucket_holds_what_the_branch_names(bucket, folder, make_run):
    published = publish(bucket, make_run(), "dev")

    served = json.loads((folder / "models/branches/dev.json").read_bytes())
    assert served["serial"] == published.serial == 1
    assert served["labels"] == ["leaf", "shell"]
    assert served["input"]["width"] == 224
    assert [a["format"] for a in served["artifacts"]] == ["tflite", "coreml", "mlmodel"]
    assert served["artifacts"][1]["key"].endswith("/model.mlpackage.zip")
    for key in published.keys:
        assert (folder / key).is_file()


def test_the_model_card_names_the_accuracy_and_the_network(bucket, make_run):
    published = publish(bucket, make_run(accuracy=0.9), "dev")

    key = version_key(published.version)
    version = decode(key, bucket.get(key).body, VersionFile)
    assert version.model_card.metrics.accuracy == 0.9
    assert version.model_card.origin.backbone == "mobilenet_v2"


def test_no_folder_of_this_computer_is_published(bucket, folder, make_run):
    keys = publish(bucket, make_run(), "dev").keys

    texts = [(folder / key).read_text() for key in keys if key.endswith(".json")]
    assert any("weights.h5" in text for text in texts)
    assert not any("/home/ann" in text for text in texts)


def test_the_branch_file_is_canonical_json(bucket, folder, make_run):
    publish(bucket, make_run(), "dev")

    body = (folder / "models/branches/dev.json").read_bytes()
    again = json.dumps(json.loads(body), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert again.encode() == body


@pytest.mark.parametrize(
    ("branch", "key"), [("main", "photos.mlmodel"), ("dev", "photos-dev.mlmodel")]
)
def test_apps_that_know_one_key_get_the_newest_network(bucket, folder, make_run, branch, key):
    publish(bucket, make_run("one"), branch)
    publish(bucket, make_run("two"), branch)

    assert compatibility_key(bucket.name, branch) == key
    assert (folder / key).read_bytes() == b"network two"


def test_a_version_without_network_file_leaves_the_copy_for_old_apps(bucket, folder, make_run):
    publish(bucket, make_run("one"), "main")
    publish(bucket, make_run("two"), "main", PublishOptions(formats=("tflite",)))

    assert (folder / "photos.mlmodel").read_bytes() == b"network one"


def test_publishing_the_same_run_again_gives_the_same_version(bucket, make_run):
    run = make_run()
    first, second = publish(bucket, run, "dev"), publish(bucket, run, "dev")

    assert (first.version, first.serial + 1) == (second.version, second.serial)


@pytest.mark.parametrize("after", [False, True], ids=["before the step", "after the step"])
@pytest.mark.parametrize("lives", range(6))
def test_dying_at_any_step_leaves_a_whole_model_served(bucket, make_run, tmp_path, lives, after):
    folder = tmp_path / bucket.name
    publish(bucket, make_run("one"), "main")
    device = tmp_path / "device"
    old = fetch(folder, "main", device).model

    with pytest.raises(Died):
        publish(MortalBucket(bucket, lives, after), make_run("two"), "main")
    seen = fetch(folder, "main", device).model
    assert_whole(device, seen)
    branch_was_written = lives > 4 or (lives == 4 and after)
    assert (seen.version != old.version) == branch_was_written
    assert (folder / "photos.mlmodel").read_bytes() in {b"network one", b"network two"}

    done = publish(bucket, make_run("two"), "main")
    assert fetch(folder, "main", device).model.version == done.version
    assert (folder / "photos.mlmodel").read_bytes() == b"network two"


def test_two_people_publishing_at_once_lose_no_serial(bucket, folder, make_run):
    runs = [make_run(f"run {number}") for number in range(6)]
    serials = []
    threads = [
        threading.Thread(target=lambda run=run: serials.append(publish(bucket, run, "main").serial))
        for run in runs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(serials) == [1, 2, 3, 4, 5, 6]
    served = json.loads((folder / "models/branches/main.json").read_bytes())
    network = next(a for a in served["artifacts"] if a["format"] == "mlmodel")
    assert (folder / "photos.mlmodel").read_bytes() == (folder / network["key"]).read_bytes()


def test_a_service_without_conditional_writes_is_served_too(bucket, make_run):
    plain = PlainBucket(bucket)

    assert [publish(plain, make_run(text), "dev").serial for text in ("one", "two")] == [1, 2]


def test_s3_serves_what_was_published(s3_endpoint, aws_keys, make_run, tmp_path):
    import boto3

    from cloudanno_desktop.bucket.prefixed_bucket import RootedBucket
    from cloudanno_desktop.bucket.s3.bucket import S3Bucket
    from cloudanno_desktop.bucket.s3.service import S3Service

    client = boto3.client("s3", endpoint_url=s3_endpoint)
    client.create_bucket(Bucket="photos-published")
    bucket = RootedBucket(S3Bucket(S3Service(client), "photos-published"), "team/")

    for text in ("one", "two"):
        published = publish(bucket, make_run(text), "dev")
    head = client.head_object(Bucket="photos-published", Key="team/models/branches/dev.json")
    assert head["CacheControl"] == "no-cache"
    pulled = fetch(BucketSource(bucket), "dev", tmp_path / "device")
    assert (pulled.model.version, pulled.model.serial) == (published.version, 2)
    assert_whole(tmp_path / "device", pulled.model)
    assert not fetch(BucketSource(bucket), "dev", tmp_path / "device").changed
    copied = client.get_object(Bucket="photos-published", Key="team/photos-published-dev.mlmodel")
    assert copied["Body"].read() == b"network two"
    bucket.close()


def test_a_file_that_lost_accuracy_blocks_and_says_how_much(bucket, folder, make_run):
    with pytest.raises(PublishBlocked) as caught:
        publish(bucket, make_run(accuracy=0.9, tflite_accuracy=0.8), "dev")

    assert "tflite file is right on 80.0%" in str(caught.value)
    assert "90.0%" in str(caught.value)
    assert not (folder / "models").exists()


def test_a_file_with_no_accuracy_at_all_blocks(bucket, make_run):
    run = make_run()
    result = json.loads((run.path / "result.json").read_bytes())
    result["artifacts"][0]["val_accuracy"] = -1.0
    (run.path / "result.json").write_text(json.dumps(result))

    with pytest.raises(PublishBlocked):
        publish(bucket, run, "dev")


def test_a_bad_file_can_be_left_out(bucket, make_run):
    run = make_run(accuracy=0.9, tflite_accuracy=0.5)

    assert publish(bucket, run, "dev", PublishOptions(formats=("coreml",))).serial == 1


def test_a_drop_within_the_limit_is_published(bucket, make_run):
    run = make_run(accuracy=0.9, tflite_accuracy=0.89)

    assert publish(bucket, run, "dev", PublishOptions(max_drop=0.01)).serial == 1


def test_a_file_changed_after_the_run_is_refused(bucket, folder, make_run):
    run = make_run()
    (run.exports_dir / "model.tflite").write_bytes(b"something else")

    with pytest.raises(ArtifactDamaged):
        publish(bucket, run, "dev")
    assert not (folder / "models").exists()


def test_a_damaged_file_in_the_bucket_is_replaced(bucket, folder, make_run):
    run = make_run()
    keys = publish(bucket, run, "dev").keys
    key = next(key for key in keys if key.endswith("model.tflite"))
    size = (folder / key).stat().st_size
    (folder / key).write_bytes(b"x" * size)

    publish(bucket, run, "dev")
    assert (folder / key).read_bytes() == (run.exports_dir / "model.tflite").read_bytes()


def test_formats_that_the_run_lacks_are_named(bucket, make_run):
    with pytest.raises(FormatMissing, match="onnx"):
        publish(bucket, make_run(), "dev", PublishOptions(formats=("onnx",)))


def test_a_run_without_files_cannot_be_published(bucket, make_run):
    run = make_run()
    result = json.loads((run.path / "result.json").read_bytes())
    (run.path / "result.json").write_text(json.dumps(result | {"artifacts": []}))

    with pytest.raises(NothingToPublish):
        publish(bucket, run, "dev")


@pytest.mark.parametrize("body", [b"not json", b"{}", b'{"schema": 2}'])
def test_a_branch_file_that_is_not_understood_is_never_overwritten(bucket, make_run, body):
    bucket.put("models/branches/dev.json", body)

    with pytest.raises(ModelFileUnreadable):
        publish(bucket, make_run(), "dev")
    assert bucket.get("models/branches/dev.json").body == body


@pytest.mark.parametrize("name", ["", "Main", "a/b", "..", "-x", "x.", "ä", "a" * 65, "a b"])
def test_names_that_cannot_stand_in_a_key_are_refused(name):
    with pytest.raises(BranchNameRefused):
        check_branch_name(name)


@pytest.mark.parametrize("name", ["main", "dev", "release-1.2", "a", "feature_x"])
def test_ordinary_names_are_accepted(name):
    check_branch_name(name)


def test_branches_are_listed_by_name(bucket, make_run):
    for branch in ("main", "dev"):
        publish(bucket, make_run(branch), branch)
    bucket.put("models/branches/README.txt", b"a note")

    assert [(b.branch, b.serial) for b in list_branches(bucket)] == [("dev", 1), ("main", 1)]


def test_promoting_serves_the_same_version(bucket, folder, make_run):
    published = publish(bucket, make_run("one"), "dev")

    promoted = promote(bucket, "dev", "main")
    assert (promoted.version, promoted.serial) == (published.version, 1)
    assert (folder / "photos.mlmodel").read_bytes() == b"network one"


def test_rolling_back_grows_the_serial_and_reaches_devices(bucket, folder, make_run, tmp_path):
    first = publish(bucket, make_run("one"), "main")
    second = publish(bucket, make_run("two"), "main")
    fetch(folder, "main", tmp_path / "device")

    rolled = rollback(bucket, "main", first.version)
    assert rolled.serial == second.serial + 1
    assert list_branches(bucket)[0].rollback_of == second.version
    assert fetch(folder, "main", tmp_path / "device").model.version == first.version
    assert (folder / "photos.mlmodel").read_bytes() == b"network one"


def test_rolling_back_without_a_version_goes_back_one_step_at_a_time(bucket, make_run):
    first, second, third = (publish(bucket, make_run(n), "main") for n in ("one", "two", "three"))
    publish(bucket, make_run("else"), "dev")

    assert rollback(bucket, "main").version == second.version
    assert rollback(bucket, "main").version == first.version
    with pytest.raises(NothingEarlier, match="Name the version"):
        rollback(bucket, "main")
    assert rollback(bucket, "main", third.version).version == third.version
    assert rollback(bucket, "main").version == first.version


def test_publishing_the_same_again_is_no_step_to_go_back(bucket, make_run):
    first = publish(bucket, make_run("one"), "main")
    run = make_run("two")
    for _ in range(2):
        publish(bucket, run, "main")

    assert rollback(bucket, "main").version == first.version


def test_branches_and_versions_that_do_not_exist_are_told(bucket, make_run):
    with pytest.raises(BranchMissing):
        promote(bucket, "dev", "main")
    publish(bucket, make_run(), "main")
    with pytest.raises(VersionMissing):
        rollback(bucket, "main", "20000101-000000-000000000000")


def test_stopping_leaves_the_branch_as_it_was(bucket, make_run):
    publish(bucket, make_run("one"), "dev")

    def stop(_done, _total, _text=""):
        raise Cancelled

    with pytest.raises(CloudAnnoError):
        publish(bucket, make_run("two"), "dev", PublishOptions(), stop)
    assert list_branches(bucket)[0].serial == 1


def test_only_a_model_file_becomes_the_copy_for_old_apps(bucket, folder, make_run):
    publish(bucket, make_run("one"), "main")
    bucket.put("_annotations.json", b"private")
    path = next((folder / "models" / "versions").iterdir())
    version = json.loads(path.read_bytes())
    for artifact in version["artifacts"]:
        artifact["key"] = "_annotations.json"
    path.write_text(json.dumps(version))

    rollback(bucket, "main", version["version"])
    assert (folder / "photos.mlmodel").read_bytes() == b"network one"
