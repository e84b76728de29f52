"""What is published for an exported file."""

import hashlib
import os
import zipfile

from cloudanno_desktop.export.artifact import Format, exported_file, packed


def package(folder, names):
    for name in names:
        path = folder / "model.mlpackage" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder / "model.mlpackage"


def test_a_single_file_is_published_as_it_is(tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(b"abc")
    assert packed(path) == path
    file = exported_file(Format.TFLITE, path)
    assert (file.bytes, file.sha256) == (3, hashlib.sha256(b"abc").hexdigest())


def test_the_zip_depends_on_names_and_contents_only(tmp_path):
    first = package(tmp_path / "one", ["Manifest.json", "Data/b", "Data/a"])
    second = package(tmp_path / "two", ["Data/a", "Data/b", "Manifest.json"])
    os.utime(second / "Data" / "a", (1e9, 1e9))
    (second / "Manifest.json").chmod(0o600)
    one, two = (exported_file(Format.COREML, path) for path in (first, second))
    assert one.sha256 == two.sha256
    (second / "Data" / "a").write_text("other")
    assert exported_file(Format.COREML, second).sha256 != one.sha256


def test_the_zip_holds_the_package_as_a_folder(tmp_path):
    body = packed(package(tmp_path, ["Manifest.json", "Data/a"]))
    assert body == tmp_path / "model.mlpackage.zip"
    with zipfile.ZipFile(body) as archive:
        assert archive.namelist() == ["model.mlpackage/Data/a", "model.mlpackage/Manifest.json"]
        assert archive.testzip() is None


def test_every_format_has_its_own_file_and_caption():
    assert len({file_format.file_name for file_format in Format}) == len(Format)
    assert len({file_format.caption for file_format in Format}) == len(Format)
