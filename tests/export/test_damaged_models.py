"""Model files that are damaged, contradict themselves or explode: one sentence each."""

import zipfile

import numpy as np
import pytest

from cloudanno_desktop.export.artifact import Format
from cloudanno_desktop.export.coreml.numpy_ops import LayerUnknown
from cloudanno_desktop.export.open_predictor import open_predictor
from cloudanno_desktop.export.predictor import ModelUnreadable

pytest.importorskip("tensorflow")
pytest.importorskip("coremltools")

pytestmark = pytest.mark.training


def rewritten(source, target, changes):
    """Copy a zip; ``changes`` replaces the bodies of members whose names end so."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            for end, change in changes.items():
                body = change(body) if name.endswith(end) else body
            new.writestr(name, body)
    return target


def packed(exported, file_format):
    path = exported[file_format].path
    return path.with_name(path.name + ".zip") if path.is_dir() else path


BODIES = {
    "cut": lambda body: body[: len(body) // 2],
    "empty": lambda body: b"",
    "words": lambda body: b"hello",
    "list": lambda body: b"[]",
    "flipped": lambda body: bytes(value ^ 0x55 for value in body),
}


@pytest.mark.parametrize("change", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(
    ("file_format", "member"),
    [
        (Format.KERAS, "config.json"),
        (Format.KERAS, "model.weights.h5"),
        (Format.COREML, "model.mlmodel"),
        (Format.COREML, "weight.bin"),
    ],
)
def test_a_damaged_member_is_one_sentence(exported, tmp_path, file_format, member, change):
    path = packed(exported, file_format)
    broken = rewritten(path, tmp_path / path.name, {member: change})
    with pytest.raises(ModelUnreadable, match=path.name) as refusal:
        open_predictor(broken)
    assert len(str(refusal.value)) < 600
    assert "\n" not in str(refusal.value)


def test_bytes_changed_anywhere_never_end_in_a_traceback(exported, tmp_path):
    whole = exported[Format.MLMODEL].path.read_bytes()
    random = np.random.default_rng(5)
    opened = 0
    for _ in range(20):
        body = bytearray(whole)
        for place in random.integers(0, 4000, 6):
            body[place] = random.integers(256)
        (tmp_path / "x.mlmodel").write_bytes(body)
        try:
            open_predictor(tmp_path / "x.mlmodel")
            opened += 1
        except (ModelUnreadable, LayerUnknown):
            continue
    assert opened < 20


@pytest.mark.parametrize("file_format", [Format.KERAS, Format.TFLITE])
@pytest.mark.parametrize("labels", ["one", "one\ntwo", "\n".join(map(str, range(7)))])
def test_labels_that_are_not_as_many_as_the_outputs_are_refused(
    exported, tmp_path, file_format, labels
):
    path = exported[file_format].path
    changed = tmp_path / path.name
    if file_format is Format.KERAS:
        rewritten(path, changed, {"labels.txt": lambda body: labels.encode()})
    else:
        network = path.read_bytes()[: zip_begin(path)]
        changed.write_bytes(network)
        with zipfile.ZipFile(changed, "a") as archive:
            archive.writestr("labels.txt", labels)
    with pytest.raises(ModelUnreadable, match="does not fit its"):
        open_predictor(changed)


def zip_begin(path):
    with zipfile.ZipFile(path) as archive:
        return min(member.header_offset for member in archive.infolist())


@pytest.mark.parametrize("name", ["x.keras", "x.mlpackage.zip"])
def test_a_file_that_explodes_is_refused_before_it_is_unpacked(tmp_path, name):
    with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.mlpackage/Data/weights", bytes(70_000_000))
    with pytest.raises(ModelUnreadable, match="unpacks to 70 MB"):
        open_predictor(tmp_path / name)


def test_a_package_of_countless_files_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.mlpackage.zip", "w") as archive:
        for number in range(10_001):
            archive.writestr(f"x.mlpackage/{number}", b"")
    with pytest.raises(ModelUnreadable, match="10,001 files"):
        open_predictor(tmp_path / "x.mlpackage.zip")
