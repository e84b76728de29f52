"""What the world can do to a command: it ends with one sentence and the right code."""

import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import threading

import pytest

from tests.support.reported import one_sentence

ERROR = "<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>"


@pytest.fixture(scope="module")
def refusing():
    """Serve S3 that answers 403 with the code that is the bucket's name."""

    class Refusing(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = ERROR.format(code=self.path.strip("/").split("/")[0].split("?")[0]).encode()
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "InvalidAccessKeyId", "AccessDenied"])
def test_wrong_keys(cloudanno, aws_keys, refusing, code):
    reported = one_sentence(cloudanno("status", f"s3://{code}", "--endpoint-url", refusing))
    assert "test-secret" not in reported
    assert code in reported or "key" in reported


def test_a_server_that_breaks_off(cloudanno, aws_keys):
    """It accepts and closes at once, again and again."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def reply():
            try:
                while True:
                    server.accept()[0].close()
            except OSError:
                return

        thread = threading.Thread(target=reply)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        reported = one_sentence(cloudanno("status", "s3://photos", "--endpoint-url", address))
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert "127.0.0.1" in reported


def test_a_server_that_never_answers(cloudanno, aws_keys):
    """The time-out of the connection bounds the wait."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        added = cloudanno(
            "connections", "add", "slow", "--endpoint-url", address, "--read-timeout", "1"
        )
        reported = one_sentence(cloudanno("status", "s3://photos", "--connection", "slow"))
    assert added.code == 0, added.err
    assert "127.0.0.1" in reported


FOREIGN = {
    "coco": {"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [], "categories": []},
    "v2": {"version": "v2", "labels": {"a": {}}, "images": {"a.jpg": {}}},
    "localization": {
        "version": "1.0",
        "type": "localization",
        "labels": ["cat"],
        "annotations": {"cat0.jpg": [{"label": "cat", "x": 0, "y": 0, "x2": 1, "y2": 1}]},
    },
    "list": [1, 2, 3],
}


@pytest.mark.parametrize("shape", FOREIGN)
def test_a_foreign_project_can_be_looked_at_but_not_changed(cloudanno, project, photos, shape):
    shutil.copytree(photos / "cat", project, dirs_exist_ok=True)
    file = project / "_annotations.json"
    file.write_text(json.dumps(FOREIGN[shape]))
    before = file.read_bytes()

    looked = cloudanno("status", project, "--json")
    assert looked.code == 0, looked.err
    assert looked.document["images"] == 6
    assert "_annotations.json" in one_sentence(cloudanno("label", project, "add", "x", "cat0.jpg"))
    assert "_annotations.json" in one_sentence(cloudanno("labels", project, "create", "x"))
    assert file.read_bytes() == before


def test_a_csv_project_is_read_and_kept(cloudanno, project, photos):
    shutil.copytree(photos / "cat", project, dirs_exist_ok=True)
    (project / "_annotations.csv").write_bytes(b"cat0.jpg,cat\r\ncat1.jpg,big, old cat\r\n")
    assert cloudanno("label", project, "add", "dog", "cat2.jpg").code == 0
    rows = (project / "_annotations.csv").read_text()
    assert "cat0.jpg,cat" in rows
    assert "cat2.jpg,dog" in rows


@pytest.mark.parametrize("name", ["all", "Labeled", "UNLABELED", "", "   ", "a\nb", "x" * 300])
def test_a_label_name_that_is_refused(cloudanno, project, photos, name):
    one_sentence(cloudanno("upload", project, photos / "cat", "--label", name))
    assert not list(project.glob("**/*.jpg"))


def test_a_folder_name_that_is_no_label(cloudanno, project, photos):
    (photos / "cat").rename(photos / "unlabeled")
    uploaded = cloudanno("upload", project, photos, "--labels-from-folders")
    assert uploaded.code == 4
    assert uploaded.err.count("uploaded without a label: this word is reserved") == 6


def test_a_damaged_database(cloudanno, project, photos, home):
    assert cloudanno("upload", project, photos, "--labels-from-folders").code == 0
    (database,) = home.glob("data/projects/*/1/project.db")
    for path in database.parent.glob("project.db*"):
        path.write_bytes(os.urandom(20_000))
    assert "project.db" in one_sentence(cloudanno("status", project))


def test_a_database_damaged_in_its_middle(cloudanno, project, photos, home):
    assert cloudanno("upload", project, photos, "--labels-from-folders").code == 0
    (database,) = home.glob("data/projects/*/1/project.db")
    body = database.read_bytes()
    database.write_bytes(body[:4096] + os.urandom(len(body) - 4096))
    assert "project.db" in one_sentence(cloudanno("status", project))


@pytest.mark.training
@pytest.mark.xdist_group("training")
def test_a_csv_that_cannot_be_written(cloudanno, photos, trained, tmp_path):
    model = next((trained.run / "exports").glob("*.tflite"))
    reported = cloudanno("predict", model, photos, "--csv", tmp_path / "nowhere" / "x.csv")
    assert "nowhere" in one_sentence(reported)


@pytest.fixture
def weights(tmp_path, shared_data, request):
    """Files that look like weights and are none that fit."""
    import h5py

    path = tmp_path / "weights.h5"
    if request.param == "missing":
        return path
    if request.param == "jpeg":
        photo = shared_data / "datasets" / "hemlock-cherry-20" / "Hemlock" / "hemlock_1.jpg"
        shutil.copy(photo, path)
    elif request.param == "other network":
        shutil.copy(shared_data / "weights" / "mobilenet_v2_1.0_224_no_top.weights.h5", path)
    else:
        shutil.copy(shared_data / "weights" / "mobilenet_v1_0.25_224_no_top.h5", path)
        if request.param == "cut off":
            path.write_bytes(path.read_bytes()[:-100_000])
        else:
            with h5py.File(path, "a") as file:
                for value in (v for group in file.values() for v in deep(group)):
                    value[...] = 0
    return path


def deep(group):
    """Return the data sets below a group."""
    found = []
    group.visititems(lambda _, item: found.append(item) if hasattr(item, "dtype") else None)
    return found


@pytest.mark.training
@pytest.mark.xdist_group("training")
@pytest.mark.parametrize(
    "weights", ["missing", "jpeg", "other network", "cut off", "zeros"], indirect=True
)
def test_weights_that_do_not_fit(cloudanno, photos, project, weights):
    cloudanno("upload", project, photos, "--labels-from-folders")
    chosen = ("--weights", weights, "--backbone", "mobilenet_v1_025")
    reported = cloudanno("train", project, *chosen)
    assert reported.code == 1
    assert "weights.h5" in reported.err.splitlines()[-1]
    assert "Traceback" not in reported.err


@pytest.mark.training
@pytest.mark.xdist_group("training")
def test_weights_that_still_have_the_top_layer(cloudanno, photos, project, tmp_path):
    import h5py

    path, out = tmp_path / "with-top.h5", tmp_path / "run"
    with h5py.File(path, "w") as file:
        file["predictions/predictions/kernel:0"] = [[0.0] * 1000] * 3
    cloudanno("upload", project, photos, "--labels-from-folders")

    reported = cloudanno("train", project, "--weights", path, "--out", out)

    assert (reported.code, reported.out) == (1, "")
    assert reported.err.splitlines()[-1] == (
        f"“{path}” cannot be used as weights of mobilenet_v2: it still has the top layer for "
        "ImageNet's 1000 labels. Choose the file of this network without its top layer, or train "
        "without pretrained weights (--weights none)."
    )
    assert "Traceback" not in reported.err
    assert not (out / "result.json").exists()
    assert cloudanno("status", project, "--json").document["labeled"] == 12


@pytest.mark.parametrize("wrong", [("--backbone", "resnet9000"), ("--formats", "tflite,floppy")])
def test_a_backbone_or_format_that_does_not_exist(cloudanno, photos, project, wrong):
    cloudanno("upload", project, photos, "--labels-from-folders")
    reported = cloudanno("train", project, "--weights", "none", *wrong)
    assert reported.code == 1
    assert wrong[1].rpartition(",")[2] in reported.err.splitlines()[-1]
    assert "Traceback" not in reported.err


def test_two_commands_at_once_lose_nothing(cloudanno, start, photos, project):
    cloudanno("upload", project, photos)
    keys = sorted(path.relative_to(project).as_posix() for path in project.rglob("*.jpg"))
    running = [start("label", project, "add", f"n{n}", *keys[n::4]) for n in range(4)]
    assert [process.wait(60) for process in running] == [0, 0, 0, 0]
    assert cloudanno("sync", project).code == 0
    status = cloudanno("status", project, "--json").document
    assert {label["name"]: label["count"] for label in status["labels"]} == {
        f"n{n}": 3 for n in range(4)
    }


def test_a_clock_set_back_loses_no_edit(cloudanno, photos, project):
    """The second edit is made on a clock that stands a year before the first."""
    cloudanno("upload", project, photos / "cat", "--label", "cat")
    script = (
        "import sys, time; now = time.time, time.time_ns;"
        "time.time = lambda: now[0]() - 3e7; time.time_ns = lambda: now[1]() - 30 * 10**15;"
        "from cloudanno_desktop.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    (key, *_) = sorted(path.relative_to(project).as_posix() for path in project.rglob("*.jpg"))
    arguments = ["label", project, "remove", "cat", key]
    subprocess.run([sys.executable, "-c", script, *arguments], timeout=60, check=True)
    status = cloudanno("status", project, "--json").document
    assert status["labels"] == [{"name": "cat", "count": 5}]
