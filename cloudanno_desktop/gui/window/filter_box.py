"""The filter box: a field, a popover that shows what can be typed, and saved filters."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.common.theme import Theme, set_look, set_role
from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.gui.window.label_completer import LabelCompleter
from cloudanno_desktop.labels.filter_syntax import Unclear

MOST_SAVED = 20


class FilterBox(QLineEdit):
    """The field with its two buttons."""

    saved_changed = Signal(object)  # texts of the filters saved by the user

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, clearButtonEnabled=True)
        self._theme = theme
        self._saved: tuple[str, ...] = ()
        self._labels = LabelCompleter(self)
        self.setCompleter(self._labels)
        self.setPlaceholderText(self.tr("Filter: name, -name, label:cat, unlabeled"))
        self.setAccessibleName(self.tr("Filter"))
        self._star = QAction(self.tr("Saved filters"), self)
        self._help = QAction(self.tr("Filter syntax"), self)
        self.addAction(self._star, QLineEdit.ActionPosition.TrailingPosition)
        self.addAction(self._help, QLineEdit.ActionPosition.TrailingPosition)
        self._star.triggered.connect(self._open_saved)
        self._help.triggered.connect(self.show_help)
        self._recolor()
        theme.changed.connect(self._recolor)

    def show_saved(self, saved: Sequence[str]) -> None:
        self._saved = tuple(saved)

    def show_labels(self, names: Sequence[str]) -> None:
        """Offer ``names`` after ``label:``."""
        self._labels.show_labels(names)

    def show_unclear(self, terms: Sequence[Unclear]) -> str:
        """Mark the filter if it has terms that mean nothing; return what to say of the first."""
        problem = self._problem_of(terms[0]) if terms else ""
        self.setToolTip(problem)
        set_look(self, "state", "bad" if problem else "")
        return problem

    def show_help(self) -> None:
        """Show what can be typed; a pressed example is typed."""
        popover = FilterHelp(self)
        popover.chosen.connect(self._add)
        popover.open_below(self)

    def saved_menu(self) -> QMenu:
        menu = QMenu(self.tr("Saved filters"), self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text in self._saved:
            action = menu.addAction(text.replace("&", "&&"))
            action.triggered.connect(lambda _checked=False, text=text: self.setText(text))
        if self._saved:
            menu.addSeparator()
        text = self.text().strip()
        is_saved = text in self._saved
        keep = menu.addAction(
            self.tr("Remove this filter") if is_saved else self.tr("Save this filter")
        )
        keep.setEnabled(bool(text))
        keep.triggered.connect(lambda: self._toggle_saved(text))
        return menu

    def _problem_of(self, term: Unclear) -> str:
        said = self.tr("“%1” is not a filter.").replace("%1", term.text)
        if term.text.startswith("label:"):
            said = self.tr("No label is named %1.").replace("%1", term.text.removeprefix("label:"))
        meant = self.tr("Did you mean “%1”?").replace("%1", term.meant)
        return f"{said}\n{meant}" if term.meant else said

    def _open_saved(self) -> None:
        self.saved_menu().popup(self.mapToGlobal(QPoint(0, self.height())))

    def _toggle_saved(self, text: str) -> None:
        others = tuple(one for one in self._saved if one != text)
        is_saved = len(others) < len(self._saved)
        self._saved = others if is_saved else (text, *others)[:MOST_SAVED]
        self.saved_changed.emit(self._saved)

    def _add(self, example: str) -> None:
        text = self.text().strip()
        self.setText(f"{text} {example}" if text else example)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _recolor(self) -> None:
        self._star.setIcon(self._theme.icon("star_outline", self._theme.colors.muted))
        self._help.setIcon(self._theme.icon("info", self._theme.colors.muted))


class FilterHelp(QFrame):
    """The popover with examples."""

    chosen = Signal(str)  # the example that was pressed

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(self.tr("Filter syntax"))
        set_role(self, "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.addWidget(styled_label(self.tr("Filter by"), "heading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(2)
        for row, (example, meaning) in enumerate(self._examples()):
            button = QPushButton(example)
            set_role(button, "link")
            button.setToolTip(self.tr("Type this into the filter"))
            button.clicked.connect(lambda _checked=False, text=example: self._on_pressed(text))
            grid.addWidget(button, row, 0)
            grid.addWidget(styled_label(meaning, "muted"), row, 1)
        column.addLayout(grid)
        note = self.tr("All parts must match; “-” in front means “not”.")
        column.addWidget(styled_label(note, "muted"))

    def open_below(self, widget: QWidget) -> None:
        self.adjustSize()
        self.move(widget.mapToGlobal(QPoint(0, widget.height() + 2)))
        self.show()

    def _examples(self) -> list[tuple[str, str]]:
        return [
            ("leaf", self.tr("name contains this")),
            ('"two words"', self.tr("name contains this phrase")),
            ("-blurred", self.tr("name does not contain this")),
            ("label:oak", self.tr("has this label; quote names with spaces")),
            ("unlabeled", self.tr("has no label; also: labeled")),
            ("skipped", self.tr("also: unsure, excluded")),
            ("split:val", self.tr("always for validation; also: train, test")),
            ("changed", self.tr("another picture since it was labeled")),
            ("conflict", self.tr("two people labeled it differently")),
            ("size:>1mb", self.tr("large files; also <, >=, <= and kb, gb")),
            ("width:<224", self.tr("in pixels, of pictures shown before; also: height")),
            ("after:2026-01-31", self.tr("changed that day or later; also: before")),
        ]

    def _on_pressed(self, example: str) -> None:
        self.close()
        self.chosen.emit(example)
