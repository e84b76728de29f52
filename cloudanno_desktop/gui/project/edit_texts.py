"""What edits do, in the user's language, and what undo and redo would do next."""

from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

EDIT_TEXTS = tuple(
    str(text)
    for text in (
        QT_TRANSLATE_NOOP("edits", "Assign label"),
        QT_TRANSLATE_NOOP("edits", "Remove label"),
        QT_TRANSLATE_NOOP("edits", "Set labels"),
        QT_TRANSLATE_NOOP("edits", "Remove all labels"),
        QT_TRANSLATE_NOOP("edits", "Create label"),
        QT_TRANSLATE_NOOP("edits", "Rename label"),
        QT_TRANSLATE_NOOP("edits", "Change color"),
        QT_TRANSLATE_NOOP("edits", "Move label"),
        QT_TRANSLATE_NOOP("edits", "Change “none of the above”"),
        QT_TRANSLATE_NOOP("edits", "Delete label"),
        QT_TRANSLATE_NOOP("edits", "Restore label"),
        QT_TRANSLATE_NOOP("edits", "Delete label and its pictures"),
        QT_TRANSLATE_NOOP("edits", "Merge labels"),
        QT_TRANSLATE_NOOP("edits", "Split label"),
        QT_TRANSLATE_NOOP("edits", "Label by folder"),
        QT_TRANSLATE_NOOP("edits", "Keep one label per picture"),
        QT_TRANSLATE_NOOP("edits", "Change state"),
        QT_TRANSLATE_NOOP("edits", "Pin to a part"),
        QT_TRANSLATE_NOOP("edits", "Remove from the project"),
        QT_TRANSLATE_NOOP("edits", "Resolve conflict"),
        QT_TRANSLATE_NOOP("edits", "Resolve conflicts"),
        QT_TRANSLATE_NOOP("edits", "Keep labels"),
        QT_TRANSLATE_NOOP("edits", "Give labels to renamed pictures"),
        QT_TRANSLATE_NOOP("edits", "Restore labels"),
        QT_TRANSLATE_NOOP("edits", "Move pictures"),
        QT_TRANSLATE_NOOP("edits", "Delete pictures"),
        QT_TRANSLATE_NOOP("edits", "Restore pictures"),
        QT_TRANSLATE_NOOP("edits", "Forget states"),
    )
)


def edit_text(text: str) -> str:
    return QCoreApplication.translate("edits", text)


@dataclass(frozen=True, slots=True)
class UndoState:
    undo_text: str = ""
    redo_text: str = ""
