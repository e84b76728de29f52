import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPalette
from PySide6.QtWidgets import QApplication, QToolTip

from cloudanno_desktop.gui.grid.cell import Chip
from cloudanno_desktop.gui.grid.chip_painter import readable_on
from cloudanno_desktop.gui.grid.pixmaps import Pixmaps

RED, GREEN, BLUE = (200, 30, 30), (30, 160, 60), (40, 60, 200)
CAT = Chip("cat", "#d02060")


def shot(grid):
    return grid.viewport().grab().toImage()


def color_in(image, point):
    color = QColor(image.pixel(point))
    return color.red(), color.green(), color.blue()


def is_near(color, expected, by=14):
    return max(abs(a - b) for a, b in zip(color, expected, strict=True)) <= by


def picture_middle(grid, position):
    rect = grid.cell_rect(position)
    return QPoint(rect.center().x(), rect.top() + 6 + grid.thumbnail_size // 2)


def count_of(image, rect, color):
    part = image.copy(rect).convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(part.constBits(), np.uint8).reshape(part.height(), -1, 4)
    needed = np.array([color.blue(), color.green(), color.red()])
    return int((np.abs(pixels[:, : part.width(), :3].astype(int) - needed).max(axis=2) <= 2).sum())


def shows(grid, position, color):
    return is_near(color_in(shot(grid), picture_middle(grid, position)), color)


def test_a_thumbnail_appears_in_its_cell(thousand, jpeg, qtbot):
    thousand.show_thumbnail(1002, thousand.generation, jpeg(RED))
    qtbot.waitUntil(lambda: shows(thousand, 2, RED))
    assert not shows(thousand, 1, RED)


def test_a_thumbnail_can_be_shown_elsewhere(thousand, jpeg):
    body = jpeg(RED)
    thousand.show_thumbnail(1002, thousand.generation, body)
    assert thousand.thumbnail_of(1002) == body
    assert thousand.thumbnail_of(1003) is None


def test_a_wide_picture_keeps_its_proportions(thousand, jpeg, qtbot):
    thousand.show_thumbnail(1000, thousand.generation, jpeg(BLUE, (256, 64)))
    qtbot.waitUntil(lambda: shows(thousand, 0, BLUE))
    image, middle = shot(thousand), picture_middle(thousand, 0)
    assert is_near(color_in(image, middle + QPoint(70, 10)), BLUE)
    assert not is_near(color_in(image, middle + QPoint(0, 40)), BLUE)


def test_a_late_thumbnail_of_an_earlier_generation_is_dropped(thousand, jpeg, qtbot):
    asked = thousand.generation
    thousand.forget_thumbnails()
    thousand.show_thumbnail(1000, asked, jpeg(RED))
    thousand.show_thumbnail(1001, thousand.generation, jpeg(GREEN))
    qtbot.waitUntil(lambda: shows(thousand, 1, GREEN))
    assert not shows(thousand, 0, RED)


def test_a_new_list_keeps_the_thumbnails_it_has(thousand, jpeg, qtbot):
    thousand.show_thumbnail(1003, thousand.generation, jpeg(GREEN))
    qtbot.waitUntil(lambda: shows(thousand, 3, GREEN))
    thousand.set_images(np.array([1003, 1000], np.int32))
    assert shows(thousand, 0, GREEN)


def test_scrolling_moves_pictures_with_their_images(thousand, jpeg, qtbot):
    columns = thousand.grid_layout.columns
    thousand.show_thumbnail(1000 + columns, thousand.generation, jpeg(GREEN))
    qtbot.waitUntil(lambda: shows(thousand, columns, GREEN))
    thousand.scroll_by(thousand.grid_layout.row_height // 2)
    assert shows(thousand, columns, GREEN)


def test_zooming_shows_the_old_picture_until_the_new_size_comes(thousand, jpeg, qtbot):
    thousand.show_thumbnail(1000, thousand.generation, jpeg(GREEN))
    qtbot.waitUntil(lambda: shows(thousand, 0, GREEN))
    asked = thousand.generation
    with qtbot.waitSignal(thousand.visible_changed) as heard:
        thousand.set_thumbnail_size(400)
    assert shows(thousand, 0, GREEN)
    assert thousand.request_px >= 400
    assert thousand.generation > asked
    assert 1000 in heard.args[0]
    thousand.show_thumbnail(1000, thousand.generation, jpeg(BLUE, (512, 512)))
    qtbot.waitUntil(lambda: shows(thousand, 0, BLUE))


def test_a_selected_cell_has_a_frame_and_a_check_mark(thousand):
    accent = thousand.palette().highlight().color()
    rect = thousand.cell_rect(0)
    before = count_of(shot(thousand), rect, accent)
    thousand.set_current(1000)
    image = shot(thousand)
    badge = rect.adjusted(6, 6, 0, 0)
    badge.setSize(badge.size().boundedTo(badge.size() / 6))
    assert before == 0
    assert count_of(image, rect, accent) > 2 * rect.width()
    assert count_of(image, badge, accent) > 60


def test_the_current_cell_has_a_ring_whether_selected_or_not(thousand):
    thousand.set_current(1000)
    ring = thousand.cell_rect(0).adjusted(-3, 20, 0, -20)
    ring.setWidth(3)
    with_ring = shot(thousand).copy(ring)
    thousand.selection.go(5)
    thousand.show_selection()
    assert shot(thousand).copy(ring) != with_ring


def test_labels_are_chips_in_their_colour_with_readable_names(thousand, rows):
    rows.labels[1000] = (CAT,)
    thousand.refresh_rows([1000])
    image, rect = shot(thousand), thousand.cell_rect(0)
    chips = rect.adjusted(0, rect.height() - 24, 0, 0)
    assert count_of(image, chips, QColor(CAT.color)) > 100
    assert count_of(image, chips, readable_on(QColor(CAT.color))) > 5
    assert count_of(image, chips.translated(rect.width() + 8, 0), QColor(CAT.color)) == 0


def test_many_labels_end_in_a_number(thousand, rows):
    rows.labels[1000] = tuple(Chip(f"label {i}", "#00aa88") for i in range(9))
    rows.labels[1001] = (Chip("an endless name that cannot fit into a cell", "#00aa88"),)
    thousand.refresh_rows()
    image = shot(thousand)
    for position in (0, 1):
        rect = thousand.cell_rect(position)
        beside = rect.adjusted(rect.width() + 1, 0, 7, 0)
        assert count_of(image, beside, QColor("#00aa88")) == 0
        assert count_of(image, rect, QColor("#00aa88")) > 100


@pytest.mark.parametrize(
    ("fill", "text"), [("#ffffff", "black"), ("#fdd835", "black"), ("#1a237e", "white")]
)
def test_the_name_on_a_chip_has_the_better_contrast(fill, text):
    assert readable_on(QColor(fill)) == QColor(text)


def test_an_unreadable_picture_shows_a_sign_and_says_why(thousand, qtbot):
    loading = shot(thousand).copy(thousand.cell_rect(4))
    thousand.show_problem(1004, thousand.generation, "The file is cut off.")
    assert shot(thousand).copy(thousand.cell_rect(4)) != loading
    point = thousand.cell_rect(4).center()
    tip = QHelpEvent(QHelpEvent.Type.ToolTip, point, thousand.viewport().mapToGlobal(point))
    QApplication.sendEvent(thousand.viewport(), tip)
    assert QToolTip.text() == "in/1004.jpg\nThe file is cut off."
    QToolTip.hideText()


def test_what_cannot_be_decoded_is_shown_as_a_problem(thousand, qtbot):
    loading = shot(thousand).copy(thousand.cell_rect(0))
    thousand.show_thumbnail(1000, thousand.generation, b"no picture at all")
    qtbot.waitUntil(lambda: shot(thousand).copy(thousand.cell_rect(0)) != loading)


def test_an_empty_grid_says_what_to_do(grid):
    blank = shot(grid)
    grid.set_message("No images yet", "Drop photos here.")
    assert shot(grid) != blank


def test_thumbnails_are_asked_for_visible_first_and_only_while_missing(thousand, jpeg, qtbot):
    with qtbot.waitSignal(thousand.visible_changed) as heard:
        thousand.scroll_to(500)
    visible = thousand.visible_ids().tolist()
    assert heard.args[0][: len(visible)].tolist() == visible
    assert len(heard.args[0]) <= 4 * len(visible)
    for image_id in visible:
        thousand.show_thumbnail(image_id, thousand.generation, jpeg(RED))
    with qtbot.waitSignal(thousand.visible_changed) as heard:
        thousand.scroll_by(3 * thousand.grid_layout.row_height)
    assert not set(visible) & set(heard.args[0].tolist())


def test_what_failed_is_asked_for_again_only_on_demand(thousand, qtbot):
    with qtbot.waitSignal(thousand.visible_changed):
        thousand.ask_again()
    thousand.show_problem(1000, thousand.generation, "The network is down.")
    with qtbot.waitSignal(thousand.visible_changed) as heard:
        thousand.scroll_by(2 * thousand.grid_layout.row_height)
    assert 1000 not in heard.args[0]
    with qtbot.waitSignal(thousand.visible_changed) as heard:
        thousand.ask_again()
    assert 1000 in heard.args[0]


def test_a_new_generation_asks_again_for_what_had_not_come_yet(grid, qtbot):
    with qtbot.waitSignal(grid.visible_changed):
        grid.set_images(np.arange(3, dtype=np.int32))
    for act in (lambda: grid.set_thumbnail_size(400), lambda: grid.forget_thumbnails([1])):
        asked = grid.generation
        with qtbot.waitSignal(grid.visible_changed) as heard:
            act()
        assert heard.args[0].tolist() == [0, 1, 2]
        assert grid.generation > asked


def test_pictures_known_to_be_unreadable_are_never_asked_for(thousand, rows, qtbot):
    rows.problems[1001] = "Cut off."
    thousand.refresh_rows()
    thousand.grab()
    with qtbot.waitSignal(thousand.visible_changed) as heard:
        thousand.ask_again()
    assert 1000 in heard.args[0]
    assert 1001 not in heard.args[0]


def test_every_palette_keeps_the_name_readable(thousand):
    dark = QPalette(thousand.palette())
    dark.setColor(QPalette.ColorRole.Base, QColor("#101418"))
    dark.setColor(QPalette.ColorRole.Text, QColor("#f0f0f0"))
    thousand.setPalette(dark)
    rect = thousand.cell_rect(0)
    name = rect.adjusted(0, 6 + thousand.thumbnail_size, 0, -20)
    assert count_of(shot(thousand), name, QColor("#f0f0f0")) > 0


def test_pixmaps_stay_within_their_bytes(qapp, jpeg):
    store = Pixmaps(pixmap_bytes=500_000, jpeg_bytes=20_000)
    store.side_px = 200
    for image_id in range(40):
        store.add(image_id, jpeg(RED), 256)
        assert store.decode(image_id)
    assert store.used_bytes <= 520_000
    assert store.is_ready(39)
    assert not store.is_ready(0)
    store.forget([39])
    assert not store.has(39, 256)


def test_a_grid_that_nobody_sees_asks_for_nothing_until_it_is_shown(thousand, qtbot):
    qtbot.waitSignal(thousand.visible_changed).wait()
    thousand.hide()
    with qtbot.assertNotEmitted(thousand.visible_changed, wait=100):
        thousand.set_images(np.arange(5000, 5400, dtype=np.int32))

    with qtbot.waitSignal(thousand.visible_changed) as heard:
        thousand.show()

    assert heard.args[0][0] == 5000
