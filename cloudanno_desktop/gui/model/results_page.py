"""The results of a run: accuracy, figures of each label, confusion matrix, worst mistakes."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from cloudanno_desktop.dataset.run_folder import RunResult, untested, weak
from cloudanno_desktop.gui.common.format import shown_duration, shown_percent
from cloudanno_desktop.gui.common.tasks import TaskRunner
from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.gui.common.widgets import page, styled_label
from cloudanno_desktop.gui.model.confusion_view import ConfusionView
from cloudanno_desktop.gui.model.mistakes_view import MistakesView
from cloudanno_desktop.gui.model.score_table import ScoreTable

MISTAKES_PX = 420


class ResultsPage(QWidget):
    """Shows a ``RunResult``; ``mistakes`` holds the pictures of the chosen cell, or all."""

    back_requested = Signal()
    publish_requested = Signal()
    picture_requested = Signal(str)  # the key

    def __init__(self, theme: Theme, runner: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._all_mistakes = 0
        self._scores = ScoreTable()
        self.confusion = ConfusionView(theme)
        self.mistakes = MistakesView(runner)
        self.mistakes.setMinimumHeight(MISTAKES_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._build_head())
        column.addWidget(self._build_body(), 1)
        self.confusion.cell_chosen.connect(self._on_cell_chosen)
        self.mistakes.picture_requested.connect(self.picture_requested)

    def show_result(self, result: RunResult) -> None:
        low, high = result.val_accuracy_interval
        self._figure.setText(shown_percent(result.val_accuracy))
        text = self.tr("correct on %n validation picture(s)", "", result.val_images)
        confidence = self.tr("95% confidence: %1–%2").replace("%1", f"{100 * low:.1f}")
        self._explained.setText(f"{text}\n{confidence.replace('%2', shown_percent(high))}")
        self._how.setText(self._how_text(result))
        self._cautions.setText("\n".join(self._caution_texts(result)))
        self._cautions.setVisible(bool(self._cautions.text()))
        self._scores.show_scores(result.per_label)
        self.confusion.show_matrix(result.labels, result.confusion)
        self.mistakes.show_mistakes(result.mistakes)
        self._all_mistakes = len(result.mistakes)
        self._show_mistakes_title("", "")

    def _build_head(self) -> QWidget:
        head = QFrame()
        set_role(head, "edge-bottom")
        back = QPushButton(self.tr("Back to the pictures"))
        back.clicked.connect(self.back_requested)
        publish = QPushButton(self.tr("Publish…"))
        set_role(publish, "primary")
        publish.clicked.connect(self.publish_requested)
        row = QHBoxLayout(head)
        row.setContentsMargins(14, 8, 14, 8)
        row.addWidget(back)
        row.addSpacing(8)
        row.addWidget(styled_label(self.tr("Results"), "heading"))
        row.addStretch(1)
        row.addWidget(publish)
        return head

    def _build_body(self) -> QScrollArea:
        body = page()
        column = QVBoxLayout(body)
        column.setContentsMargins(20, 16, 20, 20)
        column.setSpacing(16)
        column.addWidget(self._build_figure())
        column.addWidget(_card(styled_label(self.tr("Labels"), "section"), self._scores))
        title = styled_label(self.tr("Confusion matrix"), "section")
        hint = self.tr(
            "Rows are labels, columns are predictions. Choose a cell to see its pictures below."
        )
        column.addWidget(_card(title, styled_label(hint, "muted", wraps=True), self.confusion))
        self._mistakes_title = styled_label("", "section")
        column.addWidget(_card(self._mistakes_title, self.mistakes))
        column.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setWidget(body)
        return area

    def _build_figure(self) -> QWidget:
        card = QFrame()
        set_role(card, "card")
        self._figure = styled_label("–", "figure")
        self._explained = styled_label()
        self._cautions = styled_label("", "warning", wraps=True)
        self._how = styled_label("", "muted")
        texts = QVBoxLayout()
        texts.addWidget(self._explained)
        texts.addWidget(self._cautions)
        texts.addWidget(self._how)
        row = QHBoxLayout(card)
        row.setContentsMargins(20, 14, 20, 14)
        row.setSpacing(18)
        row.addWidget(self._figure)
        row.addLayout(texts, 1)
        return card

    def _caution_texts(self, result: RunResult) -> list[str]:
        """Say what the accuracy hides: labels that were not tested, or are often missed."""
        untried = ", ".join(f"“{name}”" for name in untested(result.per_label))
        no_picture = self.tr("Not tested, as no validation picture has it: %1")
        found = self.tr("%1 found")
        missed = ", ".join(
            f"“{score.name}” ({found.replace('%1', shown_percent(score.recall))})"
            for score in weak(result.per_label)
        )
        often = self.tr("Often missed: %1")
        texts = ((no_picture, untried), (often, missed))
        return [text.replace("%1", names) for text, names in texts if names]

    def _how_text(self, result: RunResult) -> str:
        trained = self.tr("trained on %n picture(s)", "", result.train_images)
        took = self.tr("in %1").replace("%1", shown_duration(result.seconds.get("total", 0.0)))
        lines = [f"{trained} {took}", f"{result.backbone} · {result.device}"]
        if result.unreadable:
            lines.append(self.tr("%n picture(s) could not be read", "", len(result.unreadable)))
        return "\n".join(lines)

    def _show_mistakes_title(self, truth: str, predicted: str) -> None:
        text = self.tr("Mistakes, most confident first (%1)")
        text = text.replace("%1", f"{self._all_mistakes:,}")
        self._mistakes_title.setText(f"{truth} → {predicted}" if truth else text)

    def _on_cell_chosen(self, truth: str, predicted: str) -> None:
        self.mistakes.show_cell(truth, predicted)
        self._show_mistakes_title(truth, predicted)


def _card(*widgets: QWidget) -> QWidget:
    card = QFrame()
    set_role(card, "card")
    column = QVBoxLayout(card)
    column.setContentsMargins(16, 12, 16, 12)
    for widget in widgets:
        column.addWidget(widget)
    return card
