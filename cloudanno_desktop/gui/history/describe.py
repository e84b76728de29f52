"""What an operation of the journal did, in a few words."""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from cloudanno_desktop.labels.journal import operations as ops
from cloudanno_desktop.labels.journal.history import HistoryEntry
from cloudanno_desktop.labels.journal.local_journal import EXTERNAL


def describe(entry: HistoryEntry, names: Mapping[str, str]) -> str:
    """Return what was done; ``names`` are the known labels' names by id."""
    text = _of_label(entry, names) or _of_images(entry, names)
    return text.replace("%n", f"{entry.images:,}")


def author_of(entry: HistoryEntry) -> str:
    return (
        _tr("another program") if entry.author == EXTERNAL else entry.author or _tr("unknown user")
    )


def _of_label(entry: HistoryEntry, names: Mapping[str, str]) -> str:  # noqa: C901, PLR0911  one for each kind
    match entry.act:
        case ops.LabelCreated(name=name):
            return _tr("created the label “%1”").replace("%1", name)
        case ops.LabelRenamed(name=name):
            return _tr("renamed the label to “%1”").replace("%1", name)
        case ops.LabelRecolored(color=color):
            return _tr("changed its color to %1").replace("%1", color)
        case ops.LabelMoved():
            return _tr("moved it in the list")
        case ops.LabelDeleted():
            return _tr("deleted the label")
        case ops.LabelUndeleted():
            return _tr("restored the label")
        case ops.LabelMerged(label=label, into=into) if into:
            text = _tr("merged “%1” into “%2”").replace("%1", names.get(label, "?"))
            return text.replace("%2", names.get(into, "?"))
        case ops.LabelMerged():
            return _tr("unmerged labels")
        case ops.LabelMarked(negative=negative):
            return (
                _tr("marked it as “none of the above”")
                if negative
                else _tr("marked it as an ordinary label")
            )
    return ""


def _of_images(entry: HistoryEntry, names: Mapping[str, str]) -> str:  # noqa: C901, PLR0911  one for each kind
    match entry.act:
        case ops.Assigned(labels=labels):
            return _tr("added %1 (%n)").replace("%1", _listed(labels, names))
        case ops.Unassigned(labels=labels):
            return _tr("removed %1 (%n)").replace("%1", _listed(labels, names))
        case ops.LabelsSet(labels=labels):
            return _tr("set %1 (%n)").replace("%1", _listed(labels, names))
        case ops.Cleared():
            return _tr("removed all labels (%n)")
        case ops.ImagesDeleted():
            return _tr("removed from the project (%n)")
        case ops.ImagesRestored():
            return _tr("restored to the project (%n)")
        case ops.StateSet(state=state):
            return _tr("marked as %1 (%n)").replace("%1", state)
        case ops.StateCleared(state=state):
            return _tr("no longer marked as %1 (%n)").replace("%1", state)
        case ops.SplitPinned(split=split) if split:
            return _tr("always for %1 (%n)").replace("%1", split)
    return _tr("split automatic again (%n)")


def _listed(labels: tuple[str, ...], names: Mapping[str, str]) -> str:
    return ", ".join(f"“{names.get(label, '?')}”" for label in labels)


def _tr(text: str) -> str:
    return QCoreApplication.translate("history", text)
