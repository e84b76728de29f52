"""The numbers beside the labels, whoever is first: the labels from the bucket or the scan."""

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.labels.edits.assign import Assign
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings


def test_labels_of_others_count_the_pictures_that_the_scan_finds(window, project):
    address = parse_address(str(project), None)
    with Workspace.open(address, Settings()) as other:
        other.refresh()
        heron = other.label_named("heron")
        other.apply(Assign((heron.id,), other.index.all_ids()[:3]))
        other.synchronise()
        window.open(address)  # a seat of its own, which knows nothing yet
        sidebar = window.app.project_widgets.sidebar
        window.wait(lambda: sidebar.label_at(0) is not None and sidebar.label_at(0).images == 3)
        window.wait(lambda: window.app.project.session.counts().images == 4)
