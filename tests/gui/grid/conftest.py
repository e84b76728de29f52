"""A grid on screen, pictures to show in it, and rows that say what they are."""

import io

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QColor, QPalette

from cloudanno_desktop.gui.grid.cell import Cell
from cloudanno_desktop.gui.grid.grid_view import ThumbnailGrid


@pytest.fixture
def jpeg():
    """Make a JPEG of one color."""

    def make(color, size=(256, 256)):
        body = io.BytesIO()
        Image.new("RGB", size, color).save(body, "JPEG", quality=95)
        return body.getvalue()

    return make


class Rows:
    """A provider that counts what it is asked for."""

    def __init__(self):
        self.asked = []
        self.labels = {}
        self.problems = {}

    def __call__(self, ids):
        self.asked.append(list(ids))
        return [self.cell(image_id) for image_id in ids]

    def cell(self, image_id):
        chips = self.labels.get(image_id, ())
        return Cell(image_id, f"in/{image_id}.jpg", chips, self.problems.get(image_id, ""))


@pytest.fixture
def rows():
    return Rows()


@pytest.fixture
def grid(qtbot, rows):
    view = ThumbnailGrid()
    qtbot.addWidget(view)
    palette = QPalette(QColor("#f0f0f0"), QColor("white"))
    for role, color in (("Base", "white"), ("Text", "black"), ("Highlight", "#2050e0")):
        palette.setColor(QPalette.ColorRole[role], QColor(color))
    view.setPalette(palette)
    view.resize(900, 700)
    view.set_rows_provider(rows)
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture
def thousand(grid):
    grid.set_images(np.arange(1000, 2000, dtype=np.int32))
    return grid
