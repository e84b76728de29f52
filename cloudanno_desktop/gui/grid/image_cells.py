"""What the grid shows of a few images, read by id: names, labels, states, problems."""

from collections.abc import Iterator, Mapping, Sequence

from PySide6.QtCore import QCoreApplication

from cloudanno_desktop.gui.grid.cell import Cell, Chip
from cloudanno_desktop.labels.image_states import NO_MARKS, Marks, Part, State
from cloudanno_desktop.projects.workspace import Workspace

MARK_COLOR = "#7b8494"  # of states and pins: grey, so that none is taken for a label


def read_cells(
    workspace: Workspace, ids: Sequence[int], conflicts: Mapping[int, tuple[str, ...]]
) -> list[Cell]:
    """Return the cells of images; those in ``conflicts`` show every label in conflict."""
    labels = {label.id: label for label in workspace.labels.catalog.shown}
    carried = workspace.labels.labels_of(ids) | {i: conflicts[i] for i in ids if i in conflicts}
    marks = workspace.labels.marks_of(ids)
    return [
        Cell(
            row.id,
            row.key,
            (
                *(Chip(labels[x].name, labels[x].color) for x in carried[row.id] if x in labels),
                *_mark_chips(marks.get(row.id, NO_MARKS)),
            ),
            row.problem or "",
        )
        for row in workspace.index.rows(ids)
    ]


def _mark_chips(marks: Marks) -> Iterator[Chip]:
    states = {
        State.SKIPPED: _tr("skipped"),
        State.UNSURE: _tr("not sure"),
        State.EXCLUDED: _tr("excluded"),
    }
    parts = {Part.TRAIN: _tr("training"), Part.VAL: _tr("validation"), Part.TEST: _tr("test")}
    for state in marks.states:
        yield Chip(states[state], MARK_COLOR)
    if marks.part is not None:
        yield Chip(_tr("always %1").replace("%1", parts[marks.part]), MARK_COLOR)


def _tr(text: str) -> str:
    return QCoreApplication.translate("cells", text)
