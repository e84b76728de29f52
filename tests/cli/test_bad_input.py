"""Bad input ends with one clear sentence and the right code, and loses nothing."""

import io
import json
import os
import socket

import pytest

from cloudanno_desktop.cli.main import main


@pytest.fixture
def closed_port():
    """An address on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def one_sentence(result):
    assert result.code == 1
    assert result.out == ""
    assert len(result.err.strip().splitlines()) == 1
    assert "Traceback" not in result.err
    return result.err


def test_a_missing_folder(run, tmp_path):
    assert "nowhere" in one_sentence(run("status", tmp_path / "nowhere"))


def test_a_missing_bucket(run, aws_keys, s3_endpoint):
    result = run("status", "s3://no-such-bucket-here", "--endpoint-url", s3_endpoint)
    assert "no-such-bucket-here" in one_sentence(result)


def test_an_unreachable_endpoint(run, aws_keys, closed_port):
    address = f"http://127.0.0.1:{closed_port}"
    result = run("status", "s3://photos", "--endpoint-url", address)
    assert f"127.0.0.1:{closed_port}" in one_sentence(result)


def test_a_missing_profile(run, aws_keys, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    assert "nobody" in one_sentence(run("status", "s3://photos", "--profile", "nobody"))


def test_a_connection_that_is_not_saved(run):
    assert "home" in one_sentence(run("status", "s3://photos", "--connection", "home"))


def test_a_foreign_annotation_file_is_left_as_it_is(run, project, photos):
    foreign = project / "_annotations.json"
    foreign.write_text('{"someone": "else\'s format"}')
    result = run("upload", project, photos, "--labels-from-folders")

    assert "_annotations.json" in one_sentence(result)
    assert foreign.read_text() == '{"someone": "else\'s format"}'


def test_a_broken_annotation_file_is_left_as_it_is(run, project, photos):
    broken = project / "_annotations.json"
    broken.write_text('{"version":"1.0","labels":["cat"')
    (project / "a.jpg").write_bytes((photos / "cat" / "cat0.jpg").read_bytes())

    assert "_annotations.json" in one_sentence(run("label", project, "add", "dog", "a.jpg"))
    assert broken.read_text() == '{"version":"1.0","labels":["cat"'


def test_training_with_one_label_only(run, project, photos):
    run("upload", project, photos / "cat", "--label", "cat")
    assert "2 labels" in one_sentence(run("train", project, "--weights", "none"))


def test_training_with_four_images_of_a_label(run, project, photos):
    run("upload", project, photos / "cat", "--label", "cat")
    run("upload", project, *sorted((photos / "dog").iterdir())[:4], "--label", "dog")
    assert "“dog” (4)" in one_sentence(run("train", project, "--weights", "none"))


def test_publishing_what_is_no_run(run, project, tmp_path):
    assert str(tmp_path) in one_sentence(run("publish", project, tmp_path, "--branch", "dev"))


def test_predicting_with_what_is_no_model(run, photos):
    assert "photos" in one_sentence(run("predict", photos, photos))


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["status"],
        ["labels", ".", "rename", "only-one"],
        ["train", ".", "--budget", "soon"],
        ["train", ".", "--val", "2"],
    ],
)
def test_wrong_usage_ends_with_2(run, arguments):
    assert run(*arguments).code == 2


def test_json_output_is_one_document(run, project, photos):
    run("upload", project, photos)
    assert json.loads(run("status", project, "--json").out)["images"] == 12


def test_a_name_that_is_no_text_does_not_spoil_the_json_document(run, project, tmp_path):
    name = os.fsdecode(b"bad\xff.txt")
    (tmp_path / name).write_bytes(b"x")

    result = run("upload", project, tmp_path / name, "--json")

    assert result.code == 4
    assert result.document["failed"][0][0].endswith(r"bad\udcff.txt")


def test_a_key_that_is_no_text_finds_the_file_of_that_name(run, project):
    name = os.fsdecode(b"bad\xff.jpg")
    (project / name).write_bytes(b"x")

    result = run("label", project, "add", "cat", name, os.fsdecode(b"no\xfe.jpg"), "--json")

    assert result.code == 4
    assert result.document == {"images": 1, "missing": ["no%FE.jpg"]}


def test_keys_from_standard_input_are_one_a_line_whatever_they_hold(run, project, monkeypatch):
    names = ("a\u2028b.jpg", "c\x0bd.jpg")
    for name in names:
        (project / name).write_bytes(b"x")
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(names) + "\n"))

    assert run("label", project, "add", "cat", "-", "--json").document["images"] == 2


def test_standard_output_that_lacks_a_character_stops_no_command(run, project, monkeypatch):
    run("labels", project, "create", "cät")
    out = io.TextIOWrapper(io.BytesIO(), "latin-1")
    run("labels", project, "create", "猫")
    monkeypatch.setattr("sys.stdout", out)

    assert main(["labels", str(project), "list"]) == 0
    out.flush()
    assert out.buffer.getvalue().count(b"\n") == 3


LIST = "one.jpg\r\ntwo.jpg\r\n"
LISTS = {
    "lines of Windows": LIST.encode(),
    "a mark before UTF-8": LIST.encode("utf-8-sig"),
    "PowerShell": LIST.encode("utf-16"),
    "the other byte order": b"\xfe\xff" + LIST.encode("utf-16-be"),
    "quotes and a path": b'"C:\\photos\\one.jpg",\n./two.jpg\n',
}


@pytest.mark.parametrize("body", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("command", ["label", "download"])
def test_lists_from_any_program_name_the_pictures(run, project, monkeypatch, body, command):
    for name in ("one.jpg", "two.jpg", "three.jpg"):
        (project / name).write_bytes(b"x")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(body), "utf-8", "surrogateescape"))
    if command == "label":
        assert run("label", project, "add", "cat", "-", "--json").document["images"] == 2
    else:
        target = project.parent / "target"
        assert run("download", project, target, "-", "--json").document["downloaded"] == 2


def test_a_name_that_several_pictures_have_is_left_out_and_listed(run, project, monkeypatch):
    for folder in ("first", "second"):
        (project / folder).mkdir()
        (project / folder / "same.jpg").write_bytes(b"x")
    monkeypatch.setattr("sys.stdin", io.StringIO("same.jpg\n"))
    result = run("label", project, "add", "cat", "-")
    assert result.code == 4
    assert "same.jpg: several pictures have this name" in result.err


def test_status_says_why_a_project_is_read_only(run, photos):
    (photos / "_annotations.csv").write_bytes("Bild;Art\r\ncat/cat0.jpg;Käfer\r\n".encode("cp1252"))

    assert "_annotations.csv" in run("status", photos, "--json").document["read_only_reason"]
    assert "This project is read-only: " in run("status", photos).out


@pytest.mark.parametrize("seed", ["-5", str(2**40)])
def test_a_seed_that_no_training_takes(run, photos, seed):
    result = run("train", photos, "--seed", seed)
    assert result.code != 0
    assert "--seed" in result.err
    assert "Traceback" not in result.err


def test_the_scheme_of_an_address_may_be_written_in_any_case(run, s3_endpoint, s3_name, aws_keys):
    reach = ("--endpoint-url", f" {s3_endpoint} ")
    for scheme in ("s3", "S3"):
        result = run("status", f"{scheme}://{s3_name}", *reach, "--json")
        assert result.code == 0, result.err
        assert result.document["images"] == 0


@pytest.mark.parametrize("hidden", ["AK\u200bIA", "AKIA\u00e9"])
def test_a_key_with_a_character_that_no_key_has_is_refused(run, s3_endpoint, monkeypatch, hidden):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", hidden)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    result = run("status", "s3://photos", "--endpoint-url", s3_endpoint)
    assert result.code == 1
    assert "the access key holds a character that no key has (U+" in result.err
