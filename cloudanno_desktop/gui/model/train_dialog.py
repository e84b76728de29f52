"""Before a run: whether there is enough, and how it shall be trained."""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.dataset.readiness import check_ready
from cloudanno_desktop.dataset.run_folder import TrainOptions
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.gui.labels.label_model import RECOMMENDED_IMAGES
from cloudanno_desktop.gui.model.weights_question import ask_weights
from cloudanno_desktop.labels.label import LabelCount

MINUTE_S = 60


class TrainDialog(QDialog):
    """Good defaults behind one button; options for the rest.

    Signals:
        train_requested: ``TrainOptions``.
    """

    train_requested = Signal(object)

    def __init__(
        self,
        theme: Theme,
        labels: Sequence[LabelCount],
        options: TrainOptions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Train"))
        self.setMinimumWidth(520)
        self._theme = theme
        self._options = options
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addLayout(self._build_readiness(labels))
        self._fetching = styled_label("", "muted", wraps=True)
        self._fetching.hide()
        column.addWidget(self._fetching)
        self._more = QPushButton(self.tr("Options…"))
        self._more.setCheckable(True)
        self._more.setAutoDefault(False)  # Return trains
        set_role(self._more, "link")
        column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._build_options())
        column.addWidget(self._build_buttons(labels))
        self._more.toggled.connect(self._on_more)
        self._on_more(is_shown=False)
        self._train.setFocus()

    def options(self) -> TrainOptions:
        """Return what was chosen."""
        minutes = self._budget.value()
        return msgspec.structs.replace(
            self._options,
            weights=self._weights.currentData() if self._is_listed() else self._path.text(),
            device=self._device.currentData(),
            mode=self._mode.currentData(),
            resize=self._resize.currentData(),
            budget_s=float(minutes * MINUTE_S) if minutes else None,
            val_fraction=self._val.value() / 100,
            seed=self._seed.value(),
        )

    def show_fetching(self, pictures: int, cost: str) -> None:
        """Say what must be fetched before the run."""
        text = self.tr("%n picture(s) must be fetched first", "", pictures)
        self._fetching.setText(f"{text} ({cost}).")
        self._fetching.show()
        self.adjustSize()

    def _build_readiness(self, labels: Sequence[LabelCount]) -> QVBoxLayout:
        used = [row for row in labels if row.images]
        total = sum(row.images for row in used)
        title = QLabel(
            self.tr("%n labeled picture(s)", "", total) + self.tr(" in %n label(s)", "", len(used))
        )
        set_role(title, "heading")
        column = QVBoxLayout()
        column.addWidget(title)
        for icon, color, text in self._findings(labels):
            column.addLayout(self._finding(icon, color, text))
        return column

    def _findings(self, labels: Sequence[LabelCount]) -> list[tuple[str, str, str]]:
        colors = self._theme.colors
        problem = readiness_problem(labels)
        if problem:
            return [("error", colors.bad, problem)]
        few = [row for row in labels if 0 < row.images < RECOMMENDED_IMAGES]
        if few:
            names = ", ".join(f"{row.label.name} ({row.images})" for row in few[:6])
            text = self.tr("Enough to train. Better with %1 pictures of each label; fewer have: %2")
            text = text.replace("%1", str(RECOMMENDED_IMAGES)).replace("%2", names)
            return [("warning", colors.warning, text)]
        return [("good", colors.good, self.tr("Every label has enough pictures."))]

    def _finding(self, icon: str, color: str, text: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(
            QLabel(pixmap=self._theme.pixmap(icon, 20, color)), 0, Qt.AlignmentFlag.AlignTop
        )
        row.addWidget(QLabel(text, wordWrap=True), 1)
        return row

    def _build_options(self) -> QWidget:
        self._panel = QWidget()
        form = QFormLayout(self._panel)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("&Gear"), self._build_mode())
        form.addRow(self.tr("&Device"), self._build_device())
        form.addRow(self.tr("Pretrained &weights"), self._build_weights())
        form.addRow("", self._build_file())
        form.addRow(self.tr("&Pictures become square by"), self._build_resize())
        self._val = QSpinBox(minimum=5, maximum=50, suffix=" %")
        self._val.setValue(round(100 * self._options.val_fraction))
        form.addRow(self.tr("Kept for &validation"), self._val)
        self._budget = QSpinBox(minimum=0, maximum=600)
        self._budget.setSpecialValueText(self.tr("none"))
        self._budget.setSuffix(self.tr(" min"))
        form.addRow(self.tr("&Time limit"), self._budget)
        self._seed = QSpinBox(minimum=0, maximum=999_999, value=self._options.seed)
        form.addRow(self.tr("&Seed"), self._seed)
        return self._panel

    def _build_mode(self) -> QComboBox:
        self._mode = _choice(
            self._options.mode,
            (
                ("fast", self.tr("Fast: seconds, on any computer")),
                ("full", self.tr("Full: trains the network, best with a GPU")),
            ),
        )
        return self._mode

    def _build_device(self) -> QComboBox:
        self._device = _choice(
            self._options.device,
            (("auto", self.tr("automatic")), ("cpu", "CPU"), ("gpu", "GPU")),
        )
        return self._device

    def _build_weights(self) -> QComboBox:
        self._weights = _choice(
            self._options.weights if self._options.weights in {"imagenet", "none"} else "file",
            (
                ("imagenet", self.tr("ImageNet (downloaded once)")),
                ("file", self.tr("a file…")),
                ("none", self.tr("none: less accurate")),
            ),
        )
        self._weights.currentIndexChanged.connect(self._on_weights)
        return self._weights

    def _build_file(self) -> QWidget:
        self._file = QWidget()
        self._path = QLineEdit()
        self._path.setAccessibleName(self.tr("Weights file"))
        if not self._is_listed():
            self._path.setText(self._options.weights)
        choose = QPushButton(self.tr("Choose…"))
        choose.clicked.connect(self._on_choose)
        row = QHBoxLayout(self._file)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._path, 1)
        row.addWidget(choose)
        self._file.setVisible(not self._is_listed())
        return self._file

    def _build_resize(self) -> QComboBox:
        self._resize = _choice(
            self._options.resize,
            (
                ("stretch", self.tr("stretching")),
                ("crop", self.tr("cutting the sides off")),
                ("pad", self.tr("adding bars")),
            ),
        )
        return self._resize

    def _build_buttons(self, labels: Sequence[LabelCount]) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._train = buttons.addButton(self.tr("Train"), QDialogButtonBox.ButtonRole.AcceptRole)
        set_role(self._train, "primary")
        self._train.setDefault(True)
        self._train.setEnabled(not readiness_problem(labels))
        buttons.accepted.connect(self._on_train)
        buttons.rejected.connect(self.reject)
        return buttons

    def _is_listed(self) -> bool:
        return str(self._weights.currentData()) != "file"

    def _on_more(self, is_shown: bool) -> None:
        self._panel.setVisible(is_shown)
        self.adjustSize()

    def _on_weights(self) -> None:
        self._file.setVisible(not self._is_listed())

    def _on_choose(self) -> None:
        ask_weights(self, self._path.setText)

    def _on_train(self) -> None:
        self.train_requested.emit(self.options())
        self.accept()


def readiness_problem(labels: Sequence[LabelCount]) -> str:
    """Return why these labels cannot be trained on; empty if they can."""
    try:
        check_ready({row.label.name: row.images for row in labels})
    except CloudAnnoError as error:
        return str(error)
    return ""


def _choice(current: str, choices: Sequence[tuple[str, str]]) -> QComboBox:
    box = QComboBox()
    for value, text in choices:
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(current)))
    return box
