"""Objects that storage does not hand out, among others that it does."""

import pytest

from cloudanno_desktop.bucket.errors import AccessDenied
from cloudanno_desktop.cli.main import DONE, FAILED, LEFT_OUT
from cloudanno_desktop.cli.model_input import listing, project_pictures
from cloudanno_desktop.cli.options import ProjectOptions, opened
from cloudanno_desktop.dataset.run_folder import TrainOptions
from cloudanno_desktop.projects.runs import Runs
from tests.support.faulty_service import refuse

ARCHIVED = refuse(403, "InvalidObjectState")
FORBIDDEN = refuse(403, "AccessDenied")
COLD, SECRET = "photos/cat/cat0.jpg", "photos/dog/dog"


@pytest.fixture
def ask(run, photos, faulty, s3_name, aws_keys):
    def ask(command, *rest):
        return run(command, f"s3://{s3_name}", *rest, "--endpoint-url", faulty.endpoint)

    assert ask("upload", photos, "--labels-from-folders").code == DONE
    return ask


@pytest.fixture
def options(faulty, s3_name):
    return ProjectOptions(f"s3://{s3_name}", "", faulty.endpoint, "", "", as_json=False)


def reads(*starts):
    return lambda asked: asked.is_read and asked.path.split("/", 2)[2].startswith(starts)


def test_a_download_leaves_out_what_is_archived_or_forbidden(ask, faulty, tmp_path):
    faulty.fails(ARCHIVED, reads(COLD))
    faulty.fails(FORBIDDEN, reads(SECRET))

    result = ask("download", tmp_path / "out", "--json")

    assert (result.code, result.document["downloaded"]) == (LEFT_OUT, 5)
    failed = dict(result.document["failed"])
    assert failed.pop(COLD) == f"“{COLD}” is archived: restore it first."
    assert len(failed) == 6
    assert all("AccessDenied" in reason and key in reason for key, reason in failed.items())


def test_a_run_is_prepared_without_what_is_archived_or_forbidden(ask, options, faulty, tmp_path):
    faulty.fails(ARCHIVED, reads(COLD))
    faulty.fails(FORBIDDEN, reads(SECRET + "1"))
    left_out = []

    with opened(options) as workspace:
        runs = Runs(workspace)
        run = runs.prepare(TrainOptions(), tmp_path / "run", on_failure=listing(left_out))

    assert len(run.read_job().images) == 10
    assert [key for key, _ in left_out] == [COLD, "photos/dog/dog1.jpg"]


def test_a_training_that_lacks_pictures_says_which_were_left_out(ask, faulty):
    faulty.fails(ARCHIVED, reads("photos/cat/"))

    result = ask("train")

    assert result.code == FAILED
    assert f"left out: {COLD}: “{COLD}” is archived: restore it first." in result.err


def test_a_prediction_leaves_out_what_is_archived(ask, options, faulty):
    faulty.fails(ARCHIVED, reads(COLD))
    left_out = []

    pictures = project_pictures(options, left_out)

    assert len(pictures) == 11
    assert left_out == [(COLD, f"“{COLD}” is archived: restore it first.")]


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidAccessKeyId"])
def test_a_key_that_may_read_no_object_is_one_error(ask, options, faulty, tmp_path, code):
    faulty.fails(refuse(403, code), reads("photos/"))
    left_out = []

    downloaded = ask("download", tmp_path / "out")
    with pytest.raises(AccessDenied, match=code):
        project_pictures(options, left_out)

    assert (downloaded.code, downloaded.err.count(code)) == (FAILED, 1)
    assert left_out == []
