import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor

GREEN, BLUE = (30, 160, 60), (40, 60, 200)


def color_at(grid, position, offset=None):
    rect = grid.cell_rect(position)
    point = QPoint(rect.center().x(), rect.top() + 6 + grid.thumbnail_size // 2)
    point += offset or QPoint()
    color = QColor(grid.viewport().grab().toImage().pixel(point))
    return np.array([color.red(), color.green(), color.blue()], int)


def is_near(color, expected):
    return np.abs(color - expected).max() < 20


@pytest.fixture
def large(thousand, qtbot):
    with qtbot.waitSignal(thousand.visible_changed):
        thousand.set_thumbnail_size(400)
    return thousand


def test_a_preview_is_shown_and_the_thumbnail_is_still_asked_for(large, jpeg, qtbot):
    large.show_thumbnail(1000, large.generation, jpeg(GREEN, (160, 160)), is_preview=True)
    qtbot.waitUntil(lambda: is_near(color_at(large, 0), GREEN))

    with qtbot.waitSignal(large.visible_changed) as heard:
        large.ask_again()

    assert 1000 in heard.args[0]
    large.show_thumbnail(1000, large.generation, jpeg(BLUE, (512, 512)))
    qtbot.waitUntil(lambda: is_near(color_at(large, 0), BLUE))


def test_a_preview_never_replaces_what_is_sharper(large, jpeg, qtbot):
    large.show_thumbnail(1000, large.generation, jpeg(BLUE, (512, 512)))
    large.show_thumbnail(1000, large.generation, jpeg(GREEN, (160, 160)), is_preview=True)
    large.show_thumbnail(1001, large.generation, jpeg(GREEN, (160, 160)), is_preview=True)
    qtbot.waitUntil(lambda: is_near(color_at(large, 1), GREEN))

    assert is_near(color_at(large, 0), BLUE)


def test_a_preview_of_any_size_never_replaces_the_picture_itself(thousand, jpeg, qtbot):
    thousand.show_thumbnail(1000, thousand.generation, jpeg(BLUE, (128, 128)))
    qtbot.waitUntil(lambda: is_near(color_at(thousand, 0), BLUE))
    with qtbot.waitSignal(thousand.visible_changed):
        thousand.set_thumbnail_size(400)
    thousand.show_thumbnail(1000, thousand.generation, jpeg(GREEN, (512, 512)), is_preview=True)
    thousand.show_thumbnail(1001, thousand.generation, jpeg(GREEN, (512, 512)), is_preview=True)
    qtbot.waitUntil(lambda: is_near(color_at(thousand, 1), GREEN))
    assert is_near(color_at(thousand, 0), BLUE)
    with qtbot.waitSignal(thousand.visible_changed) as heard:
        thousand.ask_again()
    assert 1001 in heard.args[0]


def test_a_picture_that_moves_has_a_mark_in_its_corner(thousand, jpeg, qtbot):
    thousand.mark_animated([1001])
    for image_id in (1000, 1001):
        thousand.show_thumbnail(image_id, thousand.generation, jpeg(GREEN, (256, 256)))
    qtbot.waitUntil(lambda: is_near(color_at(thousand, 1), GREEN))
    qtbot.waitUntil(lambda: is_near(color_at(thousand, 0), GREEN))

    half = thousand.thumbnail_size // 2
    corner = QPoint(half - 11, half - 11)
    assert is_near(color_at(thousand, 0, corner), GREEN)
    assert color_at(thousand, 1, corner).min() > 200
    thousand.forget_thumbnails([1001])
    thousand.show_thumbnail(1001, thousand.generation, jpeg(GREEN, (256, 256)))
    qtbot.waitUntil(lambda: is_near(color_at(thousand, 1, corner), GREEN))
