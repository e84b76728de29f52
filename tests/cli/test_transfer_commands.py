"""Uploads and downloads by the command line."""

import json
from types import SimpleNamespace

import pytest
from PIL import Image

from cloudanno_desktop.cli.main import main


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    for number in range(4):
        place = folder / ("cat" if number % 2 else "dog")
        place.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (30, 20), (number * 40, 0, 0)).save(place / f"{number}.jpg")
    return folder


@pytest.fixture
def project(tmp_path, photos, capsys):
    folder = tmp_path / "project"
    folder.mkdir()
    assert main(["upload", str(folder), str(photos)]) == 0
    capsys.readouterr()
    return folder


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.jpg")}


def down(project, target, *more, capsys):
    code = main(["download", str(project), str(target), *more, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_whole_project_comes_down_and_is_not_fetched_twice(project, tmp_path, capsys):
    code, document = down(project, tmp_path / "out", capsys=capsys)
    again = down(project, tmp_path / "out", capsys=capsys)

    assert (code, document) == (0, {"downloaded": 4, "skipped": 0, "failed": []})
    assert again == (0, {"downloaded": 0, "skipped": 4, "failed": []})
    assert files(tmp_path / "out") == files(project)


def test_some_keys_or_a_prefix_come_down(project, tmp_path, capsys):
    code, document = down(project, tmp_path / "a", "photos/cat/1.jpg", "no.jpg", capsys=capsys)
    by_prefix = down(project, tmp_path / "b", "--prefix", "photos/dog/", capsys=capsys)

    assert code == 4
    assert document["failed"] == [["no.jpg", "it is not in this project"]]
    assert list(files(tmp_path / "a")) == ["photos/cat/1.jpg"]
    assert by_prefix[1]["downloaded"] == 2
    assert set(files(tmp_path / "b")) == {"photos/dog/0.jpg", "photos/dog/2.jpg"}


@pytest.mark.parametrize(
    ("existing", "names"),
    [
        ("rename", {"0.jpg": b"theirs", "0 (2).jpg": b"mine"}),
        ("skip", {"0.jpg": b"theirs"}),
        ("overwrite", {"0.jpg": b"mine"}),
    ],
)
def test_a_taken_name_is_treated_as_the_option_says(tmp_path, capsys, existing, names):
    mine, project, target = (tmp_path / name for name in ("mine", "project", "target"))
    for folder in (mine, project, target):
        folder.mkdir()
    (mine / "0.jpg").write_bytes(b"mine")
    (project / "0.jpg").write_bytes(b"theirs")
    (target / "0.jpg").write_bytes(b"theirs")

    up = ["upload", str(project), str(mine / "0.jpg"), "--existing", existing]
    assert main(up) == 0
    capsys.readouterr()
    assert files(project) == names

    (project / "0.jpg").write_bytes(b"mine")
    (project / "0 (2).jpg").unlink(missing_ok=True)
    assert down(project, target, "--existing", existing, capsys=capsys)[0] == 0
    assert files(target) == names


def test_nobody_is_asked_where_nobody_can_answer(project, photos, capsys):
    assert main(["upload", str(project), str(photos), "--existing", "ask"]) == 1
    assert "--existing" in capsys.readouterr().err


class Terminal:
    def isatty(self):
        return True


def test_a_person_at_a_terminal_is_asked_once_for_all(tmp_path, capsys, monkeypatch):
    mine, project = tmp_path / "mine", tmp_path / "project"
    for folder, body in ((mine, b"mine"), (project / "mine", b"theirs")):
        folder.mkdir(parents=True)
        for number in range(3):
            (folder / f"{number}.jpg").write_bytes(body)
    monkeypatch.setattr(
        "cloudanno_desktop.cli.existing_option.sys", SimpleNamespace(stdin=Terminal())
    )
    asked = []
    monkeypatch.setattr(
        "cloudanno_desktop.cli.existing_option.click.prompt",
        lambda text, **_: asked.append(text) or "O",
    )

    assert main(["upload", str(project), str(mine), "--existing", "ask"]) == 0

    assert len(asked) == 1
    assert "already exists (new: 4 bytes, existing: 6 bytes)" in asked[0]
    assert set(files(project).values()) == {b"mine"}
