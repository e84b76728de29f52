"""What an operation of the journal did, in a few words."""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from cloudanno_desktop.labels.journal.history import HistoryEntry
from cloudanno_desktop.labels.journal.local_journal import EXTERNAL
from cloudanno_desktop.labels.journal.operations import (
    Assigned,
    Cleared,
    ImagesDeleted,
    ImagesRestored,
    LabelCreated,
    LabelDeleted,
    LabelMarked,
    LabelMerged,
    LabelMoved,
    LabelRecoloured,
    LabelRenamed,
    LabelsSet,
    LabelUndeleted,
    SplitPinned,
    StateCleared,
    StateSet,
    Unassigned,
)


def reported(entry: HistoryEntry, names: Mapping[str, str]) -> str:
    """Return what was done; ``names`` are the known labels' names by id."""
    text = _of_label(entry, names) or _of_images(entry, names)
    return text.replace("%n", f"{entry.images:,}")


def author_of(entry: HistoryEntry) -> str:
    return _tr("another program") if entry.author == EXTERNAL else entry.author or _tr("somebody")


def _of_label(entry: HistoryEntry, names: Mapping[str, str]) -> str:  # noqa: C901, PLR0911  one for each kind
    match entry.act:
        case LabelCreated(name=name):
            return _tr("made the label “%1”").replace("%1", name)
        case LabelRenamed(name=name):
            return _tr("renamed the label to “%1”").replace("%1", name)
        case LabelRecoloured(color=color):
            return _tr("changed its colour to %1").replace("%1", color)
        case LabelMoved():
            return _tr("moved it in the list")
        case LabelDeleted():
            return _tr("deleted the label")
        case LabelUndeleted():
            return _tr("brought the label back")
        case LabelMerged(label=label, into=into) if into:
            text = _tr("merged “%1” into “%2”").replace("%1", names.get(label, "?"))
            return text.replace("%2", names.get(into, "?"))
        case LabelMerged():
            return _tr("parted merged labels")
        case LabelMarked(negative=negative):
            return (
                _tr("let it stand for “none of the above”")
                if negative
                else _tr("let it stand for itself")
            )
    return ""


def _of_images(entry: HistoryEntry, names: Mapping[str, str]) -> str:  # noqa: C901, PLR0911  one for each kind
    match entry.act:
        case Assigned(labels=labels):
            return _tr("gave %1 (%n)").replace("%1", _listed(labels, names))
        case Unassigned(labels=labels):
            return _tr("took %1 away (%n)").replace("%1", _listed(labels, names))
        case LabelsSet(labels=labels):
            return _tr("set %1 (%n)").replace("%1", _listed(labels, names))
        case Cleared():
            return _tr("removed all labels (%n)")
        case ImagesDeleted():
            return _tr("took out of the project (%n)")
        case ImagesRestored():
            return _tr("brought back into the project (%n)")
        case StateSet(state=state):
            return _tr("marked as %1 (%n)").replace("%1", state)
        case StateCleared(state=state):
            return _tr("no longer marked as %1 (%n)").replace("%1", state)
        case SplitPinned(split=split) if split:
            return _tr("always for %1 (%n)").replace("%1", split)
    return _tr("part of training by chance (%n)")


def _listed(labels: tuple[str, ...], names: Mapping[str, str]) -> str:
    return ", ".join(f"“{names.get(label, '?')}”" for label in labels)


def _tr(text: str) -> str:
    return QCoreApplication.translate("history", text)
