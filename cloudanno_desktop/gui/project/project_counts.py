"""The numbers of a whole project, as the window shows them; counted away from the GUI thread."""

from dataclasses import dataclass, field

from cloudanno_desktop.gui.window.status_bar import ProjectCounts
from cloudanno_desktop.labels.label import LabelCount
from cloudanno_desktop.projects.workspace import Workspace


@dataclass(frozen=True, slots=True)
class CountedProject:
    labels: list[LabelCount] = field(default_factory=list)
    project: ProjectCounts = field(default_factory=ProjectCounts)


def count_project(workspace: Workspace) -> CountedProject:
    counts, labels = workspace.index.counts(), workspace.labels
    pending = labels.pending() + len(workspace.deletions)
    images, labeled = len(labels.image_ids()), len(labels.labeled_ids())
    return CountedProject(labels.labels(), ProjectCounts(images, counts.bytes, labeled, pending))
