"""Labels through a service that takes conditions and ignores them."""

import json

import pytest

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.open_bucket import open_bucket
from cloudanno_desktop.labels.edits.assign import Assign
from tests.support.small_s3 import small_s3

FILE = "_annotations.json"


@pytest.fixture
def service():
    with small_s3("ignored") as state:
        yield state


@pytest.fixture
def open_it(service):
    opened = []

    def open_one():
        connection = Connection(name="small", endpoint_url=service.url, access_key_id="key")
        opened.append(open_bucket(parse_address("s3://photos", connection), Secret("secret")))
        return opened[-1]

    yield open_one
    for bucket in opened:
        bucket.close()


class Slow:
    """Lets ``meanwhile`` happen between reading the annotation file and writing it."""

    def __init__(self, bucket):
        self._bucket, self.meanwhile = bucket, None

    def __getattr__(self, name):
        return getattr(self._bucket, name)

    def put(self, key, body, options):
        if key == FILE and self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return self._bucket.put(key, body, options)


def labeled(service):
    file = json.loads(service.objects[f"photos/{FILE}"])
    return {key: [x["label"] for x in found] for key, found in file["annotations"].items()}


def test_of_two_writers_of_the_file_neither_loses_labels(open_project, open_it, service):
    slow = Slow(open_it())
    one, two = open_project("one", open_it()), open_project("two", slow)
    for project, key in ((one, "a.jpg"), (two, "b.jpg")):
        (cat,) = project.create("cat")
        project.do(Assign((cat,), project.ids(key)))
    slow.meanwhile = one.synchronise

    for project in (two, one, two):
        project.synchronise()

    assert slow.meanwhile is None
    assert labeled(service) == {"a.jpg": ["cat"], "b.jpg": ["cat"]}
    assert one.shown() == two.shown() == labeled(service)


def test_what_another_program_writes_at_that_moment_is_taken_in(open_project, open_it, service):
    slow = Slow(open_it())
    project = open_project("one", slow)
    (cat,) = project.create("cat")
    project.do(Assign((cat,), project.ids("a.jpg")))
    project.synchronise()

    def other_program():
        file = json.loads(service.objects[f"photos/{FILE}"])
        file["annotations"]["d.jpg"] = [{"label": "cat"}]
        service.objects[f"photos/{FILE}"] = json.dumps(file).encode()

    slow.meanwhile = other_program
    project.do(Assign((cat,), project.ids("b.jpg")))
    project.synchronise()

    assert slow.meanwhile is None
    assert labeled(service) == {key: ["cat"] for key in ("a.jpg", "b.jpg", "d.jpg")}
    assert project.shown() == labeled(service)
