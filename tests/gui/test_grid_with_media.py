"""The grid fed by the real media process from a real folder."""

import pytest
from PIL import Image
from PySide6.QtGui import QColor

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.database import Database
from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.gui.grid.cell import Cell
from cloudanno_desktop.gui.grid.grid_view import ThumbnailGrid
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS
from cloudanno_desktop.media_messages.commands import Picture, Scan

RED = (200, 30, 30)


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(12):
        Image.new("RGB", (640, 480), RED).save(folder / f"{number:02}.jpg")
    (folder / "12.jpg").write_bytes(b"no picture at all")
    return folder


@pytest.fixture
def index(tmp_path):
    database = Database(tmp_path / "index.sqlite", INDEX_MIGRATIONS)
    yield ImageIndex(database)
    database.close()


@pytest.fixture
def media(qtbot, photos, index, tmp_path):
    client = MediaClient()
    project_opener = client.open_project(
        parse_address(str(photos), None), tmp_path / "index.sqlite"
    )
    with qtbot.waitSignal(project_opener.done, timeout=30_000):
        pass
    yield client
    with qtbot.waitSignal(client.closed, timeout=30_000):
        client.close()


def middle_color(grid, position):
    rect = grid.cell_rect(position)
    image = grid.viewport().grab().toImage()
    color = QColor(image.pixel(rect.center().x(), rect.top() + grid.thumbnail_size // 2))
    return color.red(), color.green(), color.blue()


def is_red(color):
    return max(abs(a - b) for a, b in zip(color, RED, strict=True)) < 14


def connect(grid, media, index):
    """Join the two as the window does."""

    def want(ids):
        rows = index.rows(ids.tolist())
        pictures = [Picture(row.id, row.key, row.etag, row.size) for row in rows]
        media.want_thumbnails(grid.generation, pictures, grid.request_px)

    def show(batch):
        for ready in batch:
            grid.show_thumbnail(ready.id, ready.generation, ready.jpeg)

    grid.visible_changed.connect(want)
    media.thumbnails_ready.connect(show)
    media.thumbnail_failed.connect(
        lambda failed: grid.show_problem(failed.id, failed.generation, failed.reason)
    )


def test_photos_of_a_folder_appear_and_a_damaged_one_says_so(qtbot, media, index):
    with qtbot.waitSignal(media.request(Scan(), media).done, timeout=30_000) as heard:
        pass
    assert heard.args[0].images == 13
    grid = ThumbnailGrid()
    qtbot.addWidget(grid)
    grid.resize(900, 900)
    grid.set_rows_provider(lambda ids: [Cell(row.id, row.key) for row in index.rows(ids)])
    connect(grid, media, index)
    grid.show()
    with qtbot.waitSignal(media.thumbnail_failed, timeout=30_000) as failed:
        grid.set_images(index.all_ids())
    assert failed.args[0].is_unreadable
    qtbot.waitUntil(
        lambda: all(is_red(middle_color(grid, position)) for position in range(12)), timeout=30_000
    )
    assert not is_red(middle_color(grid, 12))
