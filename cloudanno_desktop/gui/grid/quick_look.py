"""A large look at one image: zoom, facts, labels, and the next one by a key.

It shows the thumbnail at once, asks for a large rendering, and for the original file, which gives
the last pixel and the EXIF facts. What comes late, for an image left already, is dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from cloudanno_desktop.gui.common.picture_reader import decoded, read_picture
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.gui.grid.cell import Cell
from cloudanno_desktop.gui.grid.chip_painter import ChipRow
from cloudanno_desktop.gui.grid.picture_canvas import PictureCanvas
from cloudanno_desktop.gui.grid.picture_facts import Fact, picture_facts

LARGE_PX = 1600
FACTS_WIDTH = 260
KEYS = "1234567890"

STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_K: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_J: 1,
}


@dataclass(frozen=True, slots=True)
class Original:
    """What was read from an original file; the image is null if it cannot be decoded."""

    image: QImage
    facts: tuple[Fact, ...]


class QuickLook(QDialog):
    """Shows one image large."""

    picture_requested = Signal(int)  # id; reply: ``show_rendering`` or ``show_problem``
    original_requested = Signal(int)  # id; reply with ``show_original``
    moved = Signal(int)  # step to another image; reply with ``show_cell``
    closed = Signal()

    def __init__(self, tasks: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self._tasks = tasks
        self._cell = Cell(-1, "")
        self._source_size: QSize | None = None
        self._has_rendering = False
        self._reading: Task | None = None
        self._place = ""
        self._build()
        self._canvas.zoomed.connect(self._on_zoomed)

    @property
    def image_id(self) -> int:
        return self._cell.id

    def show_cell(self, cell: Cell, position: int, count: int) -> None:
        """Show an image, the ``position``-th of ``count``; if it is on show, only its labels."""
        is_other = cell.id != self._cell.id
        self._cell = cell
        self._place = self.tr("{position} of {count}").format(
            position=f"{position + 1:,}", count=f"{count:,}"
        )
        self._chips.set_chips(cell.chips)
        self.setWindowTitle(cell.name)
        self.setAccessibleDescription(f"{cell.described}; {self._place}")
        if is_other:
            self._begin()
        self._show_head()

    def show_labels(self, names: Sequence[str]) -> None:
        """Show which number key gives which label, and which the image carries."""
        carried = {chip.text for chip in self._cell.chips}
        keyed = zip(KEYS, names, strict=False)
        rows = [Fact(key, f"{name} ✓" if name in carried else name) for key, name in keyed]
        self._labels.setText(_facts_html(rows))

    def show_rendering(
        self, image_id: int, jpeg: bytes, source_size: tuple[int, int] | None = None
    ) -> None:
        """Show a thumbnail or the large rendering, with the size of the upright original."""
        if image_id != self._cell.id:
            return
        image = decoded(jpeg, LARGE_PX)
        if image.isNull():
            return
        self._has_rendering = True
        if source_size:
            self._source_size = QSize(*source_size)
            self._show_head()
        self._canvas.add_image(image, self._source_size or image.size())

    def show_original(self, image_id: int, path: Path) -> None:
        if image_id != self._cell.id:
            return
        self._stop_reading()
        self._reading = self._tasks.run(
            Task(self, lambda _task: read_original(path), done=self._on_original_read)
        )

    def show_problem(self, image_id: int, reason: str) -> None:
        if image_id == self._cell.id and not self._has_rendering:
            self._canvas.clear(reason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        acts = {
            Qt.Key.Key_Space: self.reject,
            Qt.Key.Key_Escape: self.reject,
            Qt.Key.Key_F: self._canvas.fit,
            Qt.Key.Key_Z: lambda: self._canvas.zoom_to(1.0),
            Qt.Key.Key_Plus: lambda: self._canvas.zoom_by(1),
            Qt.Key.Key_Equal: lambda: self._canvas.zoom_by(1),
            Qt.Key.Key_Minus: lambda: self._canvas.zoom_by(-1),
            Qt.Key.Key_I: self._toggle_facts,
        }
        if key in STEPS:
            self.moved.emit(STEPS[key])
        elif key in acts:
            acts[key]()
        else:
            super().keyPressEvent(event)

    def reject(self) -> None:
        self._stop_reading()
        self._cell = Cell(-1, "")
        self._canvas.clear()
        super().reject()
        self.closed.emit()

    def _build(self) -> None:
        self._canvas = PictureCanvas(self)
        self._title = QLabel(self)
        self._title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._title.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._chips = ChipRow(self)
        self._facts = QLabel(self)
        self._facts.setWordWrap(True)
        self._facts.setTextFormat(Qt.TextFormat.RichText)
        self._facts.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._labels = QLabel(self)
        self._labels.setTextFormat(Qt.TextFormat.RichText)
        self._keys = QLabel(
            self.tr(
                "← → other pictures · N unlabeled\nReturn label by name\n"
                "S skipped · U not sure · X excluded\nZ full size · F whole\nI facts · Esc close"
            )
        )
        self._panel = QWidget(self)
        self._panel.setFixedWidth(FACTS_WIDTH)
        panel = QVBoxLayout(self._panel)
        panel.addWidget(self._labels)
        panel.addSpacing(12)
        panel.addWidget(self._facts, 1)
        panel.addWidget(self._keys)
        middle = QHBoxLayout()
        middle.addWidget(self._canvas, 1)
        middle.addWidget(self._panel)
        layout = QVBoxLayout(self)
        layout.addWidget(self._title)
        layout.addLayout(middle, 1)
        layout.addWidget(self._chips)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocus()  # keys of actions work where the focus is

    def _begin(self) -> None:
        self._stop_reading()
        self._source_size = None
        self._has_rendering = False
        self._facts.setText("")
        self._canvas.clear(self._cell.problem or self.tr("Loading…"))
        self.picture_requested.emit(self._cell.id)
        self.original_requested.emit(self._cell.id)

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _on_original_read(self, original: Original) -> None:
        self._reading = None
        self._facts.setText(_facts_html(original.facts))
        if original.image.isNull():
            return
        self._has_rendering = True
        self._source_size = original.image.size()
        self._canvas.add_image(original.image, self._source_size)
        self._show_head()

    def _on_zoomed(self, _scale: float) -> None:
        self._show_head()

    def _show_head(self) -> None:
        parts = [self._cell.key, self._place]
        if self._source_size is not None:
            parts.append(f"{self._source_size.width():,} × {self._source_size.height():,}")
            parts.append(f"{self._canvas.scale:.0%}")
        self._title.setText(" · ".join(part for part in parts if part))

    def _toggle_facts(self) -> None:
        self._panel.setVisible(self._panel.isHidden())


def read_original(path: Path) -> Original:
    """Decode an original upright and read its facts; runs away from the GUI thread."""
    return Original(read_picture(path), picture_facts(path))


def _facts_html(facts: Sequence[Fact]) -> str:
    rows = []
    for fact in facts:
        name = QCoreApplication.translate("facts", fact.name)
        value = fact.value.replace("&", "&amp;").replace("<", "&lt;")
        rows.append(f"<tr><td><b>{name}</b>&nbsp;&nbsp;</td><td>{value}</td></tr>")
    return f"<table cellspacing=4>{''.join(rows)}</table>" if rows else ""
