"""Downloaded photos are forced to the disk before they have their names, many in one step."""

import errno
import sys

import pytest

from cloudanno_desktop import files as part_file
from cloudanno_desktop.files import force_disks
from cloudanno_desktop.transfers import commit_downloads, download
from cloudanno_desktop.transfers.model import Existing
from tests.support.moving import download_objects

NAMES = ["a.jpg", "b.jpg", "c.jpg"]


@pytest.fixture(autouse=True)
def _three_are_many(monkeypatch):
    monkeypatch.setattr(commit_downloads, "MANY", 1)


@pytest.fixture
def full(bucket):
    """A bucket with three photos."""
    for name in NAMES:
        bucket.put(name, f"there {name}".encode())
    return bucket


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def there(*names):
    return {name: f"there {name}".encode() for name in names}


def entries(bucket):
    return [entry for page in bucket.list_pages() for entry in page.objects]


@pytest.mark.parametrize("has_one_step", [True, False])
def test_every_byte_is_on_the_disk_before_a_photo_has_its_name(
    full, tmp_path, monkeypatch, has_one_step
):
    forced = []

    def at_once(folders):
        if has_one_step:
            forced.extend(path.read_bytes() for folder in folders for path in folder.iterdir())
        return has_one_step

    def alone(part):
        forced.append(part.read_bytes())

    def named(part, path, *, may_replace):
        assert part.read_bytes() in forced
        assert not path.exists()
        return real(part, path, may_replace=may_replace)

    real = commit_downloads.named
    monkeypatch.setattr(commit_downloads, "force_disks", at_once)
    monkeypatch.setattr(commit_downloads, "force", alone)
    monkeypatch.setattr(commit_downloads, "named", named)

    report = download_objects(full, entries(full), tmp_path / "target")

    assert len(report.done) == 3
    assert contents(tmp_path / "target") == there(*NAMES)


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        (Existing.RENAME, {"b.jpg": b"mine", "b (2).jpg": b"there b.jpg"}),
        (Existing.SKIP, {"b.jpg": b"mine"}),
        (Existing.OVERWRITE, {"b.jpg": b"there b.jpg"}),
    ],
)
@pytest.mark.parametrize(
    ("size_in_one_step", "moment"),
    [(1 << 20, (commit_downloads, "force_disks")), (0, (download, "finish"))],
)
def test_a_name_that_is_taken_at_the_last_moment_is_treated_as_chosen(
    full, tmp_path, monkeypatch, existing, expected, size_in_one_step, moment
):
    target = tmp_path / "target"
    real = getattr(*moment)

    def taken_meanwhile(what):
        (target / "b.jpg").write_bytes(b"mine")
        return real(what)

    monkeypatch.setattr(download, "READ_WHOLE_BYTES", size_in_one_step)
    monkeypatch.setattr(*moment, taken_meanwhile)
    (entry,) = [entry for entry in entries(full) if entry.key == "b.jpg"]

    report = download_objects(full, [entry], target, existing=existing)

    assert report.failed == []
    assert contents(target) == expected


def test_a_photo_that_cannot_be_forced_to_the_disk_fails_alone(full, tmp_path, monkeypatch):
    def alone(part):
        if part.read_bytes() == b"there b.jpg":
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(commit_downloads, "force_disks", lambda _: False)
    monkeypatch.setattr(commit_downloads, "force", alone)

    report = download_objects(full, entries(full), tmp_path / "target")

    assert [(one.key, "Input/output error" in one.reason) for one in report.failed] == [
        ("b.jpg", True)
    ]
    assert contents(tmp_path / "target") == there("a.jpg", "c.jpg")


def test_a_few_photos_do_not_wait_for_the_whole_disk(full, tmp_path, monkeypatch):
    monkeypatch.setattr(commit_downloads, "MANY", 4)
    monkeypatch.setattr(commit_downloads, "force_disks", pytest.fail)

    assert len(download_objects(full, entries(full), tmp_path / "target").done) == 3


def test_a_disk_that_cannot_be_forced_is_known(tmp_path, monkeypatch):
    monkeypatch.setattr(part_file, "MOST_UNWRITTEN_KB", 1 << 40)
    assert force_disks([tmp_path, tmp_path]) is (sys.platform == "linux")
    assert not force_disks([tmp_path / "missing"])


def test_nobody_waits_for_much_that_others_have_written(tmp_path, monkeypatch):
    monkeypatch.setattr(part_file, "MOST_UNWRITTEN_KB", -1)
    assert not force_disks([tmp_path])
