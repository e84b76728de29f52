"""Before a run: whether there are enough pictures, and the options of the training."""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
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

from cloudanno_desktop.dataset.readiness import TooFewImages, check_ready
from cloudanno_desktop.dataset.run_folder import TrainOptions
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.gui.labels.label_model import RECOMMENDED_IMAGES
from cloudanno_desktop.gui.model.weights_question import ask_weights
from cloudanno_desktop.labels.label import LabelCount

MINUTE_S = 60
MOST_NAMES = 12


class TrainDialog(QDialog):
    """Good defaults behind one button; options for the rest."""

    train_requested = Signal(object)  # TrainOptions

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
        self._problem = readiness_problem(labels)
        self._small = self._problem.names if isinstance(self._problem, TooFewImages) else ()
        column.addLayout(self._build_readiness(labels))
        names = ", ".join(f"“{name}”" for name in self._small)
        self._leave_out = QCheckBox(self.tr("Leave out %1 this time").replace("%1", names))
        self._leave_out.setVisible(bool(self._small))
        column.addWidget(self._leave_out)
        self._fetching = styled_label("", "muted", wraps=True)
        self._fetching.hide()
        column.addWidget(self._fetching)
        self._more = QPushButton(self.tr("Options…"))
        self._more.setCheckable(True)
        self._more.setAutoDefault(False)  # Return trains
        set_role(self._more, "link")
        column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._build_options())
        column.addWidget(self._build_buttons())
        self._leave_out.toggled.connect(self._train.setEnabled)
        self._more.toggled.connect(self._on_more)
        self._on_more(is_shown=False)
        self._train.setFocus()

    def options(self) -> TrainOptions:
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
            leave_out=self._small if self._leave_out.isChecked() else (),
        )

    def show_fetching(self, pictures: int, cost: str) -> None:
        text = self.tr("%n picture(s) must be fetched first", "", pictures)
        self._fetching.setText(f"{text} ({cost}).")
        self._fetching.show()
        self.adjustSize()

    def _build_readiness(self, labels: Sequence[LabelCount]) -> QVBoxLayout:
        used = [row for row in labels if row.images]
        total = sum(row.images for row in used)
        in_labels = self.tr(" in %n label(s)", "", len(used))
        title = self.tr("%n labeled picture(s)", "", total) + in_labels
        if not total:
            title = self.tr("No labeled pictures yet")
        icon, color, text = self._readiness(labels)
        sign = QLabel(pixmap=self._theme.pixmap(icon, 20, color))
        row = QHBoxLayout()
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(styled_label(text, wraps=True), 1)
        column = QVBoxLayout()
        column.addWidget(styled_label(title, "heading"))
        column.addLayout(row)
        return column

    def _readiness(self, labels: Sequence[LabelCount]) -> tuple[str, str, str]:
        colors = self._theme.colors
        if self._problem is not None:
            return "error", colors.bad, str(self._problem)
        few = [row for row in labels if 0 < row.images < RECOMMENDED_IMAGES]
        empty = sum(not row.images for row in labels)
        left_out = self.tr("%n label(s) without pictures will not be trained.", "", empty)
        texts = [left_out] if empty else []
        if few:
            names = [f"{row.label.name} ({row.images})" for row in few]
            if len(names) > MOST_NAMES:
                names[MOST_NAMES:] = [self.tr("%n more", "", len(names) - MOST_NAMES)]
            text = self.tr("Ready to train. For best results add more of: %1 (%2 per label)")
            text = text.replace("%1", ", ".join(names)).replace("%2", str(RECOMMENDED_IMAGES))
            return "warning", colors.warning, "\n".join([text, *texts])
        texts = texts or [self.tr("Every label has enough pictures.")]
        return "good", colors.good, texts[0]

    def _build_options(self) -> QWidget:
        self._panel = QWidget()
        form = QFormLayout(self._panel)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._build_choices()
        self._val = QSpinBox(minimum=5, maximum=50, suffix="%")
        self._val.setValue(round(100 * self._options.val_fraction))
        self._budget = QSpinBox(minimum=0, maximum=600)
        self._budget.setSpecialValueText(self.tr("None"))
        self._budget.setSuffix(self.tr(" min"))
        self._seed = QSpinBox(minimum=0, maximum=999_999, value=self._options.seed)
        for title, field in (
            (self.tr("&Mode"), self._mode),
            (self.tr("&Device"), self._device),
            (self.tr("Pretrained &weights"), self._weights),
            ("", self._build_file()),
            (self.tr("&Fit to square"), self._resize),
            (self.tr("&Validation set"), self._val),
            (self.tr("&Time limit"), self._budget),
            (self.tr("&Seed"), self._seed),
        ):
            form.addRow(title, field)
        return self._panel

    def _build_choices(self) -> None:
        modes = {
            "fast": self.tr("Fast: seconds, on any computer"),
            "full": self.tr("Full: trains the network, best with a GPU"),
        }
        self._mode = _choice(self._options.mode, modes)
        devices = {"auto": self.tr("Automatic"), "cpu": "CPU", "gpu": "GPU"}
        self._device = _choice(self._options.device, devices)
        weights = {
            "imagenet": self.tr("ImageNet (downloaded once)"),
            "file": self.tr("From a file…"),
            "none": self.tr("None: less accurate"),
        }
        is_listed = self._options.weights in {"imagenet", "none"}
        self._weights = _choice(self._options.weights if is_listed else "file", weights)
        self._weights.currentIndexChanged.connect(self._on_weights)
        fits = {"stretch": self.tr("Stretch"), "crop": self.tr("Crop"), "pad": self.tr("Add bars")}
        self._resize = _choice(self._options.resize, fits)

    def _build_file(self) -> QWidget:
        self._file = QWidget()
        self._path = QLineEdit()
        self._path.setAccessibleName(self.tr("Weights file"))
        if not self._is_listed():
            self._path.setText(self._options.weights)
        choose = QPushButton(self.tr("Choose…"))
        choose.clicked.connect(lambda: ask_weights(self, self._path.setText))
        row = QHBoxLayout(self._file)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._path, 1)
        row.addWidget(choose)
        self._file.setVisible(not self._is_listed())
        return self._file

    def _build_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._train = buttons.addButton(self.tr("Train"), QDialogButtonBox.ButtonRole.AcceptRole)
        set_role(self._train, "primary")
        self._train.setDefault(True)
        self._train.setEnabled(self._problem is None)
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

    def _on_train(self) -> None:
        self.train_requested.emit(self.options())
        self.accept()


def readiness_problem(labels: Sequence[LabelCount]) -> CloudAnnoError | None:
    """Return why these labels cannot be trained on; ``None`` if they can."""
    try:
        check_ready({row.label.name: row.images for row in labels})
    except CloudAnnoError as error:
        return error
    return None


def _choice(current: str, texts: dict[str, str]) -> QComboBox:
    box = QComboBox()
    for value, text in texts.items():
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(current)))
    return box
