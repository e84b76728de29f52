"""What was opened before an opening failed is closed again: Python 3.13 warns of what is not."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cloudanno_desktop import paths
from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.errors import BucketMissing
from cloudanno_desktop.database import Database, DatabaseTooNew, Migration
from cloudanno_desktop.errors import DiskFull, FileProblem
from cloudanno_desktop.images import thumbnail_cache_schema
from cloudanno_desktop.media.requests import open_project
from cloudanno_desktop.media_messages import commands
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings
from cloudanno_desktop.training.feature_cache import FeatureStore

DESCRIPTORS = Path("/proc/self/fd")
pytestmark = pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="no /proc")


def open_files(folder):
    found = [entry.readlink() for entry in DESCRIPTORS.iterdir() if os.path.lexists(entry)]
    return sorted(path.name for path in found if path.is_relative_to(folder))


def write_newer(path):
    Database(path, [Migration("from-the-future", ())]).close()


@pytest.fixture
def address(tmp_path):
    (tmp_path / "photos").mkdir()
    return parse_address(str(tmp_path / "photos"))


@pytest.fixture
def project_file(address):
    """Open the project once, so that its file is there."""
    with Workspace.open(address, Settings()) as workspace:
        return workspace.database.path


def test_a_database_of_a_newer_version_is_closed(tmp_path):
    write_newer(tmp_path / "project.db")
    with pytest.raises(DatabaseTooNew) as refused:
        Database(tmp_path / "project.db", [])
    assert refused.traceback
    assert not open_files(tmp_path)


def test_a_file_that_is_no_database_is_closed(tmp_path):
    (tmp_path / "project.db").write_bytes(b"no database at all " * 100)
    with pytest.raises(FileProblem) as refused:
        Database(tmp_path / "project.db", [])
    assert refused.traceback
    assert not open_files(tmp_path)


def test_a_full_disk_at_opening_is_reported_as_a_full_disk(tmp_path, monkeypatch):
    def refuse(*_given, **_named):
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
        raise error

    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(sqlite3, "connect", refuse)
    with pytest.raises(FileProblem):
        Database(tmp_path / "project.db", [])
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage._replace(free=0))
    with pytest.raises(DiskFull):
        Database(tmp_path / "project.db", [])


def test_a_project_whose_folder_is_gone_is_let_go_of(address, project_file):
    Path(address.location).rmdir()
    with pytest.raises(BucketMissing) as refused:
        Workspace.open(address, Settings())
    assert refused.traceback
    assert not open_files(project_file.parent)


def test_a_project_of_a_newer_version_is_let_go_of_by_both_processes(address, project_file):
    project_file.unlink()
    write_newer(project_file)
    request = commands.OpenProject(1, address, os.fsencode(project_file), None)

    for project_opener in (
        lambda: Workspace.open(address, Settings()),
        lambda: open_project(request, Settings(), None),
    ):
        with pytest.raises(DatabaseTooNew) as refused:
            project_opener()
        assert refused.traceback
        assert not open_files(project_file.parent)


def test_the_media_process_lets_go_of_all_when_its_last_step_fails(
    address, project_file, monkeypatch
):
    def fail(*_given):
        raise FileProblem("thread", "no more of them")

    monkeypatch.setattr("cloudanno_desktop.media.requests.ThumbnailFetcher", fail)
    request = commands.OpenProject(1, address, os.fsencode(project_file), None)
    with pytest.raises(FileProblem) as refused:
        open_project(request, Settings(), None)
    assert refused.traceback
    assert not open_files(paths.data_dir())
    assert not open_files(paths.thumbnails_file().parent)


@pytest.mark.logs_warning
def test_thumbnails_that_can_be_written_but_not_read_are_closed(tmp_path, monkeypatch):
    bare, calls = thumbnail_cache_schema._bare, []

    def refuse_every_second(path):
        calls.append(path)
        if len(calls) % 2 == 0 and path.name != ":memory:":
            raise sqlite3.OperationalError("too many open files")
        return bare(path)

    monkeypatch.setattr(thumbnail_cache_schema, "_bare", refuse_every_second)
    reader, writer = thumbnail_cache_schema.open_cache(tmp_path / "thumbnails.db")
    assert reader is writer
    assert not open_files(tmp_path)
    writer.close()


@pytest.mark.logs_warning
def test_damaged_features_are_thrown_away_with_their_log(tmp_path):
    for end in ("", "-wal", "-shm"):
        (tmp_path / f"features.db{end}").write_bytes(b"damage " * 1000)
    with closing(FeatureStore(tmp_path)) as store:
        assert list(store.read("any", ["digest"])) == []
    assert not open_files(tmp_path)


@pytest.mark.logs_warning
def test_features_of_a_newer_version_are_replaced(tmp_path):
    write_newer(tmp_path / "features.db")
    with closing(FeatureStore(tmp_path)) as store:
        assert list(store.read("any", ["digest"])) == []
