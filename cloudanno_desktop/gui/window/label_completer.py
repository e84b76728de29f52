"""Completes ``label:`` in the filter box with the names of the project's labels."""

import re
from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QStringListModel, Qt
from PySide6.QtWidgets import QCompleter, QListView, QWidget

from cloudanno_desktop.labels.filter_syntax import quoted

TERM_AT_END = re.compile(
    r'(?P<before>(?:.*\s)?-?label:)(?:"(?P<quoted>[^"]*)|(?P<plain>[^\s"]*))$', re.I
)
NO_LABEL = "\n"  # the beginning of no name


class LabelCompleter(QCompleter):
    """Completes the last term alone; what stands before it stays."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._names = QStringListModel(self)
        self.setModel(self._names)
        popup = QListView()
        popup.setObjectName("completions")
        self.setPopup(popup)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)

    def show_labels(self, names: Sequence[str]) -> None:
        if names != self._names.stringList():
            self._names.setStringList(list(names))

    def splitPath(self, path: str) -> list[str]:
        found = TERM_AT_END.fullmatch(path)
        self._before = found["before"] if found else ""
        return [(found["quoted"] or found["plain"] or "") if found else NO_LABEL]

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        return self._before + quoted(str(index.data()))
