"""Disks that are full or may only be read: one sentence, the right code, and nothing is lost."""

import contextlib
import os
import shutil
import stat
import subprocess

import pytest

from tests.support.reported import one_sentence

BOUND = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def files_below(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of 3 MB."""
    if os.name == "nt" or os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def fill(disk, left=0):
    """Leave ``left`` bytes on the disk."""
    space = os.statvfs(disk)
    (disk / "ballast").write_bytes(bytes(max(0, space.f_bavail * space.f_bsize - left)))


def test_a_full_project_disk(cloudanno, photos, small_disk, tmp_path):
    project = small_disk / "project"
    project.mkdir()
    assert cloudanno("upload", project, photos / "cat", "--label", "cat").code == 0
    fill(small_disk)
    full = cloudanno("upload", project, photos / "dog", "--label", "dog")
    assert full.code in (1, 4)
    assert "full" in full.err
    assert "Traceback" not in full.err

    (small_disk / "ballast").unlink()
    assert cloudanno("upload", project, photos / "dog", "--label", "dog").code == 0
    status = cloudanno("status", project, "--json").document
    assert status["labels"] == [{"name": "cat", "count": 6}, {"name": "dog", "count": 6}]
    assert status["pending"] == 0


def test_a_disk_that_is_full_of_downloads_loses_nothing(cloudanno, project, small_disk):
    for number in range(4):
        (project / f"{number}.jpg").write_bytes(bytes([number]) * 1_200_000)
    (small_disk / "mine.txt").write_text("mine")

    full = cloudanno("download", project, small_disk)
    assert full.code in (1, 4)
    assert "is full" in full.err
    assert "Traceback" not in full.err
    assert (small_disk / "mine.txt").read_text() == "mine"
    whole = {path.name: path.stat().st_size for path in small_disk.iterdir()}
    assert set(whole.values()) <= {4, 1_200_000}, whole

    subprocess.run(["mount", "-o", "remount,size=9m", small_disk], check=True)
    again = cloudanno("download", project, small_disk)
    assert again.code == 0, again.err
    for number in range(4):
        assert (small_disk / f"{number}.jpg").read_bytes() == bytes([number]) * 1_200_000
    assert len(list(small_disk.iterdir())) == 5


@pytest.mark.parametrize("left", [0, 4096, 40_960, 200_000])
def test_a_full_disk_of_databases(cloudanno, photos, project, small_disk, left):
    home = str(small_disk)
    fill(small_disk, left)
    result = cloudanno("upload", project, photos, "--labels-from-folders", CLOUDANNO_HOME=home)
    assert result.code in (0, 1), result.err
    assert "Traceback" not in result.err
    assert result.code == 0 or "full" in result.err

    (small_disk / "ballast").unlink()
    again = cloudanno("upload", project, photos, "--labels-from-folders", CLOUDANNO_HOME=home)
    assert again.code == 0, again.err
    status = cloudanno("status", project, "--json", CLOUDANNO_HOME=home).document
    assert status["labels"] == [{"name": "cat", "count": 6}, {"name": "dog", "count": 6}]


def test_a_run_folder_on_a_full_disk(cloudanno, photos, project, small_disk):
    cloudanno("upload", project, photos, "--labels-from-folders")
    fill(small_disk)
    reported = one_sentence(
        cloudanno("train", project, "--weights", "none", "--out", small_disk / "run")
    )
    assert "full" in reported


def test_a_folder_that_cannot_be_made(cloudanno, photos, project, tmp_path):
    cloudanno("upload", project, photos, "--labels-from-folders")
    (tmp_path / "file").write_text("in the way")
    out = tmp_path / "file" / "run"
    one_sentence(cloudanno("train", project, "--weights", "none", "--out", out))
    one_sentence(cloudanno("status", project, CLOUDANNO_HOME=str(tmp_path / "file" / "home")))


@pytest.mark.training
@pytest.mark.xdist_group("training")
@pytest.mark.parametrize("left", [0, 100_000])
def test_a_full_disk_of_a_device_keeps_the_model_before(
    cloudanno, trained, photos, small_disk, tmp_path, left
):
    project, phone = tmp_path / "copy", small_disk / "phone"
    shutil.copytree(trained.project, project)
    publish = ("publish", project, trained.run, "--branch", "dev")
    pull = ("pull", project, phone, "--branch", "dev")
    assert cloudanno(*publish, "--formats", "tflite").code == 0
    model = cloudanno(*pull, "--json").document
    tflite = phone / model["files"]["tflite"]
    before = files_below(phone)
    assert cloudanno(*publish).code == 0
    fill(small_disk, left)

    full = one_sentence(cloudanno(*pull))

    assert full == f"The model was not changed: the disk that holds “{phone}” is full.\n"
    after = files_below(phone)
    after.pop(phone / "installation.txt", None)  # names the device, whatever it pulls
    assert after == before
    assert cloudanno("predict", tflite, photos).code == 0
    (small_disk / "ballast").unlink()
    again = cloudanno(*pull, "--json").document
    assert set(again["files"]) == {"tflite", "keras"}


@pytest.fixture
def bound(cloudanno):
    """Run one command held to the permissions of files, also where the tests run as root."""
    if os.name == "nt":
        pytest.skip("folders have no such permissions there")
    if os.geteuid():
        return cloudanno
    if not shutil.which(BOUND[0]) or subprocess.run([*BOUND, "true"], check=False).returncode:
        pytest.skip("root cannot be held to permissions here")
    return lambda *arguments: cloudanno(*arguments, before=BOUND)


@contextlib.contextmanager
def only_readable(folder):
    """Take away the right to write below a folder."""
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        path.chmod(path.stat().st_mode & ~WRITE)
    yield files_below(folder)
    for path in paths:
        path.chmod(path.stat().st_mode | stat.S_IWUSR)


def test_a_project_that_may_only_be_read_keeps_labels_until_it_may_be_written(
    cloudanno, bound, project, photos
):
    assert cloudanno("upload", project, photos, "--labels-from-folders").code == 0
    with only_readable(project) as before:
        assert bound("status", project, "--json").document["labeled"] == 12
        for command in (
            ("label", project, "add", "small", "photos/cat/cat0.jpg"),
            ("sync", project),
            ("upload", project, photos / "cat" / "cat0.jpg", "--prefix", "new"),
        ):
            assert f"“{project}” does not allow to write" in one_sentence(bound(*command))
        assert bound("status", project, "--json").document["pending"] > 0
        assert files_below(project) == before

    assert cloudanno("sync", project).code == 0
    status = cloudanno("status", project, "--json").document
    counts = {label["name"]: label["count"] for label in status["labels"]}
    assert (counts, status["pending"]) == ({"cat": 5, "dog": 6, "small": 1}, 0)


def test_a_folder_that_may_only_be_read_does_not_become_a_project(bound, photos):
    with only_readable(photos) as before:
        reported = one_sentence(bound("status", photos))
        assert f"“{photos}” does not allow to write" in reported
        assert files_below(photos) == before


def test_a_target_that_may_only_be_read_is_told_once(cloudanno, bound, project, photos, tmp_path):
    assert cloudanno("upload", project, photos, "--labels-from-folders").code == 0
    target = tmp_path / "target"
    target.mkdir()
    (target / "mine.txt").write_text("mine")
    with only_readable(target) as before:
        for command in (
            ("download", project, target),
            ("download", project, target / "new"),
            ("train", project, "--weights", "none", "--out", target / "run"),
        ):
            reported = one_sentence(bound(*command))
            assert f"{target}" in reported
            assert "Permission denied" in reported
        assert files_below(target) == before


def test_what_is_all_there_already_may_lie_where_nothing_can_be_written(
    cloudanno, bound, project, photos, tmp_path
):
    assert cloudanno("upload", project, photos).code == 0
    target = tmp_path / "target"
    assert cloudanno("download", project, target).code == 0
    with only_readable(target):
        assert bound("download", project, target, "--json").document["skipped"] == 12


@pytest.mark.training
@pytest.mark.xdist_group("training")
def test_models_that_may_only_be_read_stay(cloudanno, bound, trained, tmp_path):
    project, phone = tmp_path / "copy", tmp_path / "phone"
    shutil.copytree(trained.project, project)
    publish = ("publish", project, trained.run, "--branch", "dev")
    pull = ("pull", project, phone, "--branch", "dev")
    assert cloudanno(*publish, "--formats", "tflite").code == 0
    assert cloudanno(*pull).code == 0
    with only_readable(project) as before:
        assert "does not allow to write" in one_sentence(bound(*publish))
        assert files_below(project) == before
    assert cloudanno(*publish).code == 0
    with only_readable(phone) as before:
        reported = one_sentence(bound(*pull))
        assert reported == (
            f"The model was not changed: “{phone}” cannot be used: Permission denied.\n"
        )
        assert files_below(phone) == before
