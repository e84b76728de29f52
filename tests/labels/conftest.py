"""Projects to label in."""

from datetime import UTC, datetime

import msgspec
import pytest

from cloudanno_desktop.bucket.bucket import StoredObject
from cloudanno_desktop.database import Database
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS
from cloudanno_desktop.labels.edits.assign import CreateLabel
from cloudanno_desktop.labels.journal import local_journal
from cloudanno_desktop.labels.schema import LABEL_MIGRATIONS
from cloudanno_desktop.labels.store import LabelStore, ProjectSettings
from cloudanno_desktop.labels.sync import Sync
from tests.support.quick_database import QuickDatabase

KEYS = ("a.jpg", "b.jpg", "c.jpg", "d.jpg")


class Project:
    """One computer's view of a project."""

    def __init__(self, database, bucket=None, keys=KEYS, author="Ada", **sync_options):
        self.database = database
        self.index = ImageIndex(self.database)
        self.store = LabelStore(self.database, self.index, author)
        self.bucket = bucket
        self.sync = Sync(bucket, self.store, **sync_options)
        for key in keys:
            self.add_image(key)

    def add_image(self, key, size=1000):
        entry = StoredObject(key, size, "etag", datetime(2026, 1, 1, tzinfo=UTC))
        return self.index.record_upload(entry)

    def ids(self, *keys):
        return tuple(self.index.id_of(key) for key in keys)

    def create(self, *names):
        for name in names:
            CreateLabel(name).apply(self.store)
        return tuple(self.store.label_named(name).id for name in names)

    def do(self, edit):
        return edit.apply(self.store)

    def shown(self):
        """Return label names by image key, of labeled images."""
        names = {count.label.id: count.label.name for count in self.store.labels()}
        rows = self.index.rows(self.store.labeled_ids())
        carried = self.store.labels_of([row.id for row in rows])
        return {row.key: [names[x] for x in carried[row.id]] for row in rows}

    def counts(self):
        return {count.label.name: count.images for count in self.store.labels()}

    def allow_many(self):
        settings = ProjectSettings("project", multi_label=True)
        with self.database.transaction() as connection:
            local_journal.set_state(connection, "project", msgspec.json.encode(settings))

    def synchronise(self):
        self.sync.open()
        self.sync.push()
        self.sync.pull()
        return self.sync.write_annotations()


def open_database(path):
    return Database(path, (*INDEX_MIGRATIONS, *LABEL_MIGRATIONS))


@pytest.fixture
def open_project(tmp_path):
    """Return a function that opens a project of that name on this computer."""
    projects = []

    def opened(name="one", bucket=None, keys=KEYS, *, in_memory=False, **options):
        database = QuickDatabase() if in_memory else open_database(tmp_path / f"{name}.db")
        projects.append(Project(database, bucket, keys, **options))
        return projects[-1]

    yield opened
    for project in projects:
        project.database.close()


@pytest.fixture
def project(open_project):
    """Return a project of four images where an image carries one label."""
    return open_project()


@pytest.fixture
def multi(open_project):
    """Return a project of four images where an image may carry several labels."""
    project = open_project("many")
    project.allow_many()
    return project
