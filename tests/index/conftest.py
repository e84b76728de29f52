"""A bucket whose listing the test decides, and an index beside it."""

from datetime import UTC, datetime

import pytest

from cloudanno_desktop.bucket.bucket import Page, StoredObject
from cloudanno_desktop.database import Database
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


class ListedBucket:
    """Only a listing: pages as given, an exception in their place is raised."""

    def __init__(self, *pages):
        self.pages = list(pages)

    def list_pages(self, prefix="", delimiter=""):
        for page in self.pages:
            if isinstance(page, Exception):
                raise page
            yield Page(list(page), [])


def stored(key, etag="1", size=10):
    return StoredObject(key, size, etag, NOON)


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "project.db", INDEX_MIGRATIONS)
    yield database
    database.close()


@pytest.fixture
def index(database):
    return ImageIndex(database)


@pytest.fixture
def listed_bucket():
    return ListedBucket


@pytest.fixture
def entry():
    return stored


@pytest.fixture
def keys_of(index):
    return lambda ids: [row.key for row in index.rows(ids)]
