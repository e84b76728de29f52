"""What the window deleted without a network leaves the bucket at the next ``sync``."""

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings


def test_sync_deletes_what_was_deleted_without_a_network(tmp_path, run):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_bytes(b"picture")
    with Workspace.open(parse_address(str(folder)), Settings()) as workspace:
        workspace.refresh()
        workspace.deletions.add([workspace.index.id_of("a.jpg")])
    assert (folder / "a.jpg").exists()

    assert run("sync", folder).code == 0

    assert not (folder / "a.jpg").exists()
    assert (folder / "b.jpg").exists()
