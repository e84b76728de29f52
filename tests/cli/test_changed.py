"""``cloudanno changed``: what other programs did to labeled pictures of a folder."""

import os
import shutil

import pytest
from PIL import Image

NAMES = ("a", "b", "c")


@pytest.fixture
def folder(project, run, tmp_path, monkeypatch):
    """A folder with three pictures labeled “cat” on this computer."""
    monkeypatch.setenv("CLOUDANNO_HOME", str(tmp_path / "one"))
    for number, name in enumerate(NAMES):
        Image.new("RGB", (32, 32), (number, 0, 0)).save(project / f"{name}.bmp")
    assert run("label", project, "set", "cat", *(f"{name}.bmp" for name in NAMES)).code == 0
    return project


def changed(run, folder, *options):
    return run("changed", folder, "--json", *options).document["changed"]


def on_another_computer(tmp_path, monkeypatch):
    monkeypatch.setenv("CLOUDANNO_HOME", str(tmp_path / "two"))


def test_copies_of_the_same_bytes_are_the_same_pictures(folder, run, tmp_path, monkeypatch):
    for name in NAMES:
        copy = folder / "copy"
        shutil.copyfile(folder / f"{name}.bmp", copy)
        copy.replace(folder / f"{name}.bmp")
        os.utime(folder / f"{name}.bmp", (1, 1))
    assert changed(run, folder) == []
    on_another_computer(tmp_path, monkeypatch)
    assert changed(run, folder) == []


def test_another_picture_of_the_same_size_is_marked_until_it_is_kept(
    folder, run, tmp_path, monkeypatch
):
    shutil.copyfile(folder / "b.bmp", folder / "a.bmp")
    on_another_computer(tmp_path, monkeypatch)
    assert changed(run, folder) == ["a.bmp"]
    assert "1 picture changed since labeled" in run("status", folder).out
    assert run("status", folder, "--json").document["changed"] == 1

    assert run("changed", folder, "--keep").code == 0
    assert changed(run, folder) == []
    monkeypatch.setenv("CLOUDANNO_HOME", str(tmp_path / "one"))
    assert changed(run, folder) == []
    assert run("status", folder, "--json").document["labeled"] == 3


def test_dropped_labels_are_gone_on_every_computer(folder, run, tmp_path, monkeypatch):
    shutil.copyfile(folder / "b.bmp", folder / "a.bmp")
    assert "labels removed" in run("changed", folder, "--drop").out
    on_another_computer(tmp_path, monkeypatch)
    assert run("status", folder, "--json").document["labeled"] == 2


@pytest.mark.parametrize("is_newcomer", [False, True])
def test_a_renamed_picture_is_offered_its_label(folder, run, tmp_path, monkeypatch, is_newcomer):
    (folder / "a.bmp").rename(folder / "heron.bmp")
    if is_newcomer:
        on_another_computer(tmp_path, monkeypatch)
    document = run("changed", folder, "--json").document
    assert document["renamed"] == [{"key": "heron.bmp", "was": "a.bmp"}]
    assert run("status", folder, "--json").document["labeled"] == 2

    assert run("changed", folder, "--renamed").code == 0
    document = run("changed", folder, "--json").document
    assert (document["changed"], document["renamed"]) == ([], [])
    assert run("status", folder, "--json").document["labeled"] == 3
