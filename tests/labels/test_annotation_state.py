"""What a project remembers of its annotation files."""

import msgspec
import pytest
import zstandard

from cloudanno_desktop.labels.annotations.state import (
    PIECE_BYTES,
    AnnotationState,
    AnnotationStates,
    Body,
)
from cloudanno_desktop.labels.journal import local_journal

LONG = bytes(range(256)) * (PIECE_BYTES // 256) + b"and more"


@pytest.mark.parametrize("body", [b"", b"{}", LONG])
def test_files_come_back_as_they_were(project, body):
    bodies = (Body(True, "etag of the labels", body), Body(False, "", b""))
    files = AnnotationStates(project.store, "csv")

    files.save(AnnotationState(tuple(one.seen() for one in bodies)), bodies)

    assert files.bodies() == bodies
    assert files.load().files == tuple(one.seen() for one in bodies)


def test_files_that_an_older_version_remembered_are_known(project):
    bodies = (Body(True, "etag", LONG),)
    packed = zstandard.compress(msgspec.msgpack.encode(bodies))
    with project.store.taking() as writing:
        local_journal.set_state(writing.connection, "files-json-bodies", packed)

    assert AnnotationStates(project.store, "json").bodies() == bodies
