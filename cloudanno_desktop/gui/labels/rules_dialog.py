"""Which names labels of this project may have; says at once which names do not fit."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.common.theme import set_look
from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.labels.naming_rules import (
    LabelNameRefused,
    PatternRefused,
    RuleProfile,
    check_name,
    check_pattern,
)
from cloudanno_desktop.labels.store import ProjectSettings

SHOWN_NAMES = 8


class RulesDialog(QDialog):
    """Chooses the rules for names; ``names`` are those in use."""

    chosen = Signal(object, str)  # a ``RuleProfile``, a pattern

    def __init__(
        self, settings: ProjectSettings, names: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Naming rules"))
        self.setMinimumWidth(480)
        self._names = names
        self._choices: dict[RuleProfile, QRadioButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 14)
        column.addWidget(styled_label(self.tr("Allowed label names"), "heading"))
        for profile, text, note in self._texts():
            self._add_choice(column, profile, text, note)
        self._pattern = QLineEdit(settings.pattern, placeholderText="[a-z0-9-]{1,32}")
        self._pattern.setAccessibleName(self.tr("Pattern"))
        self._pattern.setContentsMargins(26, 0, 0, 0)
        self._result = styled_label("", wraps=True)
        self._result.setObjectName("meaning")
        self._result.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(self._pattern)
        column.addSpacing(8)
        column.addWidget(self._result)
        column.addStretch(1)
        column.addWidget(self._build_buttons())
        self._choices[settings.profile].setChecked(True)
        for button in self._choices.values():
            button.toggled.connect(self._show_state)
        self._pattern.textChanged.connect(self._show_state)
        self._show_state()

    def _texts(self) -> list[tuple[RuleProfile, str, str]]:
        return [
            (RuleProfile.FREE, self.tr("Free"), self.tr("Any name up to 200 characters.")),
            (
                RuleProfile.MODELARTS,
                self.tr("Huawei ModelArts"),
                self.tr("1–32 letters, digits, “-”, “_” or Chinese characters."),
            ),
            (
                RuleProfile.WATSON_SAFE,
                self.tr("Safe for Watson"),
                self.tr('None of * | { } \\ / " < > ? $'),
            ),
            (
                RuleProfile.CUSTOM,
                self.tr("Custom pattern"),
                self.tr("Letters, sets such as [a-z], repeats such as {1,32}, and | for “or”."),
            ),
        ]

    def _add_choice(self, column: QVBoxLayout, profile: RuleProfile, text: str, note: str) -> None:
        button = QRadioButton(text)
        button.setAccessibleDescription(note)
        self._choices[profile] = button
        column.addWidget(button)
        hint = styled_label(note, "muted", wraps=True)
        hint.setContentsMargins(26, 0, 0, 4)
        column.addWidget(hint)

    def _build_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._use = buttons.addButton(self.tr("Apply"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._on_use)
        buttons.rejected.connect(self.reject)
        return buttons

    def _profile(self) -> RuleProfile:
        return next(profile for profile, button in self._choices.items() if button.isChecked())

    def _show_state(self) -> None:
        is_custom = self._profile() is RuleProfile.CUSTOM
        self._pattern.setEnabled(is_custom)
        problem = self._pattern_problem() if is_custom else ""
        set_look(self._pattern, "state", "bad" if problem else "")
        set_look(self._result, "role", "bad" if problem else "muted")
        self._result.setText(problem or self._meaning())
        self._use.setEnabled(not problem)

    def _pattern_problem(self) -> str:
        try:
            check_pattern(self._pattern.text())
        except PatternRefused as refused:
            return str(refused)
        return ""

    def _meaning(self) -> str:
        unfit = [name for name in self._names if not self._fits(name)]
        if not unfit:
            return self.tr("All label names follow these rules.") if self._names else ""
        shown = ", ".join(f"“{name}”" for name in unfit[:SHOWN_NAMES])
        more = ", …" if len(unfit) > SHOWN_NAMES else ""
        text = self.tr(
            "%n existing name(s) not allowed, unchanged until you rename: ", "", len(unfit)
        )
        return text + shown + more

    def _fits(self, name: str) -> bool:
        try:
            check_name(name, self._profile(), self._pattern.text())
        except LabelNameRefused:
            return False
        return True

    def _on_use(self) -> None:
        self.chosen.emit(self._profile(), self._pattern.text())
        self.accept()
