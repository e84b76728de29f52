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


def one_sentence(result):
    assert result.code == 1, (result.out, result.err)
    assert result.out == ""
    assert len(result.err.strip().splitlines()) == 1, result.err
    assert "Traceback" not in result.err
    return result.err


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "InvalidAccessKeyId", "AccessDenied"])
def test_wrong_keys(cloudanno, aws_keys, refusing, code):
    told = one_sentence(cloudanno("status", f"s3://{code}", "--endpoint-url", refusing))
    assert "test-secret" not in told
    assert code in told or "key" in told


def test_a_server_that_breaks_off(cloudanno, aws_keys):
    """It accepts and closes at once, again and again."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            try:
                while True:
                    server.accept()[0].close()
            except OSError:
                return

        thread = threading.Thread(target=answer)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        told = one_sentence(cloudanno("status", "s3://photos", "--endpoint-url", address))
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert "127.0.0.1" in told


def test_a_server_that_never_answers(cloudanno, aws_keys):
    """The time-out of the connection bounds the wait."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        added = cloudanno(
            "connections", "add", "slow", "--endpoint-url", address, "--read-timeout", "1"
        )
        told = one_sentence(cloudanno("status", "s3://photos", "--connection", "slow"))
    assert added.code == 0, added.err
    assert "127.0.0.1" in told


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
    told = one_sentence(cloudanno("upload", project, photos, "--labels-from-folders"))
    assert "unlabeled" in told


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
    told = one_sentence(
        cloudanno("train", project, "--weights", "none", "--out", small_disk / "run")
    )
    assert "full" in told


def test_a_folder_that_cannot_be_made(cloudanno, photos, project, tmp_path):
    cloudanno("upload", project, photos, "--labels-from-folders")
    (tmp_path / "file").write_text("in the way")
    out = tmp_path / "file" / "run"
    one_sentence(cloudanno("train", project, "--weights", "none", "--out", out))
    one_sentence(cloudanno("status", project, CLOUDANNO_HOME=str(tmp_path / "file" / "home")))


@pytest.mark.training
@pytest.mark.xdist_group("training")
def test_a_csv_that_cannot_be_written(cloudanno, photos, trained, tmp_path):
    model = next((trained.run / "exports").glob("*.tflite"))
    told = cloudanno("predict", model, photos, "--csv", tmp_path / "nowhere" / "x.csv")
    assert "nowhere" in one_sentence(told)


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
    told = cloudanno("train", project, *chosen)
    assert told.code == 1
    assert "weights.h5" in told.err.splitlines()[-1]
    assert "Traceback" not in told.err


@pytest.mark.parametrize("wrong", [("--backbone", "resnet9000"), ("--formats", "tflite,floppy")])
def test_a_backbone_or_format_that_does_not_exist(cloudanno, photos, project, wrong):
    cloudanno("upload", project, photos, "--labels-from-folders")
    told = cloudanno("train", project, "--weights", "none", *wrong)
    assert told.code == 1
    assert wrong[1].rpartition(",")[2] in told.err.splitlines()[-1]
    assert "Traceback" not in told.err


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
