"""What came out of a run: accuracy, figures of each label, confusions, worst mistakes."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.dataset.run_folder import RunResult
from cloudanno_desktop.gui.common import widgets
from cloudanno_desktop.gui.common.format import shown_duration, shown_percent
from cloudanno_desktop.gui.common.tasks import TaskRunner
from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.gui.model.confusion_view import ConfusionView
from cloudanno_desktop.gui.model.mistakes_view import MistakesView
from cloudanno_desktop.gui.model.score_table import ScoreTable

MISTAKES_PX = 420


class ResultsPage(QWidget):
    """Shows a ``RunResult``.

    Attributes:
        confusion: the matrix.
        mistakes: the pictures of the chosen cell, or all.

    Signals:
        back_requested: show the pictures again.
        publish_requested: publish this run.
        picture_requested: key of a picture to see in the project.
    """

    back_requested = Signal()
    publish_requested = Signal()
    picture_requested = Signal(str)

    def __init__(self, theme: Theme, runner: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._theme = theme
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
        """Show a run."""
        low, high = result.val_accuracy_interval
        self._figure.setText(shown_percent(result.val_accuracy))
        text = self.tr("correct on %n validation picture(s)", "", result.val_images)
        between = self.tr("95 % sure to be between %1 and %2")
        between = between.replace("%1", shown_percent(low)).replace("%2", shown_percent(high))
        self._explained.setText(f"{text}\n{between}")
        self._how.setText(self._how_text(result))
        self._scores.show_scores(result.per_label)
        self.confusion.show_matrix(result.labels, result.confusion)
        self.mistakes.show_mistakes(result.mistakes)
        self._all_mistakes = len(result.mistakes)
        self._mistakes_title.setText(self._mistakes_text("", ""))

    def _build_head(self) -> QWidget:
        head = QFrame()
        set_role(head, "edge-bottom")
        back = QPushButton(self.tr("Back to the pictures"))
        back.clicked.connect(self.back_requested)
        publish = QPushButton(self.tr("Publish…"))
        set_role(publish, "primary")
        publish.clicked.connect(self.publish_requested)
        title = QLabel(self.tr("Results"))
        set_role(title, "heading")
        row = QHBoxLayout(head)
        row.setContentsMargins(14, 8, 14, 8)
        row.addWidget(back)
        row.addSpacing(8)
        row.addWidget(title)
        row.addStretch(1)
        row.addWidget(publish)
        return head

    def _build_body(self) -> QScrollArea:
        page = widgets.page()
        column = QVBoxLayout(page)
        column.setContentsMargins(20, 16, 20, 20)
        column.setSpacing(16)
        column.addWidget(self._build_figure())
        column.addWidget(self._card(self.tr("LABELS"), self._scores))
        column.addWidget(self._card(self.tr("CONFUSIONS"), self._build_confusion()))
        column.addWidget(self._build_mistakes())
        column.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setWidget(page)
        return area

    def _build_figure(self) -> QWidget:
        card = QFrame()
        set_role(card, "card")
        self._figure = QLabel("–")
        set_role(self._figure, "figure")
        self._explained = QLabel()
        self._how = QLabel()
        set_role(self._how, "muted")
        texts = QVBoxLayout()
        texts.addWidget(self._explained)
        texts.addWidget(self._how)
        row = QHBoxLayout(card)
        row.setContentsMargins(20, 14, 20, 14)
        row.setSpacing(18)
        row.addWidget(self._figure)
        row.addLayout(texts, 1)
        return card

    def _build_confusion(self) -> QWidget:
        hint = QLabel(
            self.tr(
                "Rows: what the pictures are. Columns: what the network said. "
                "Choose a cell to see its pictures below."
            ),
            wordWrap=True,
        )
        set_role(hint, "muted")
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(hint)
        column.addWidget(self.confusion)
        return page

    def _build_mistakes(self) -> QWidget:
        self._mistakes_title = QLabel()
        set_role(self._mistakes_title, "section")
        self._all_mistakes = 0
        card = QFrame()
        set_role(card, "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 12, 16, 12)
        column.addWidget(self._mistakes_title)
        column.addWidget(self.mistakes)
        return card

    def _card(self, title: str, body: QWidget) -> QWidget:
        heading = QLabel(title)
        set_role(heading, "section")
        card = QFrame()
        set_role(card, "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 12, 16, 12)
        column.addWidget(heading)
        column.addWidget(body)
        return card

    def _how_text(self, result: RunResult) -> str:
        trained = self.tr("trained on %n picture(s)", "", result.train_images)
        took = self.tr("in %1").replace("%1", shown_duration(result.seconds.get("total", 0.0)))
        lines = [f"{trained} {took}", f"{result.backbone} · {result.device}"]
        if result.unreadable:
            lines.append(self.tr("%n picture(s) could not be read", "", len(result.unreadable)))
        return "\n".join(lines)

    def _mistakes_text(self, truth: str, predicted: str) -> str:
        if not truth:
            return self.tr("MISTAKES, THE SUREST FIRST  (%1)").replace(
                "%1", str(self._all_mistakes)
            )
        return f"{truth} → {predicted}"

    def _on_cell_chosen(self, truth: str, predicted: str) -> None:
        self.mistakes.show_cell(truth, predicted)
        self._mistakes_title.setText(self._mistakes_text(truth, predicted))
