import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from cloudanno_desktop.gui.grid.cell import Chip
from cloudanno_desktop.gui.grid.grid_view import ThumbnailGrid
from cloudanno_desktop.gui.grid.layout import NOWHERE

Key, Button = Qt.Key, Qt.MouseButton
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


def middle(grid, image_id):
    position = int(np.flatnonzero(grid.ids == image_id)[0])
    return grid.cell_rect(position).center()


def click(grid, image_id, modifiers=NONE, button=Button.LeftButton):
    QTest.mouseClick(grid.viewport(), button, modifiers, middle(grid, image_id))


def chosen(grid):
    return grid.selected_ids().tolist()


def wheel(grid, notches, modifiers=NONE, at=None):
    at = QPointF(at or grid.viewport().rect().center())
    event = QWheelEvent(
        at,
        grid.viewport().mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * notches),
        Button.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(grid.viewport(), event)


def test_clicks_select_as_everywhere(thousand):
    click(thousand, 1001)
    click(thousand, 1003, CTRL)
    assert chosen(thousand) == [1001, 1003]
    click(thousand, 1006, SHIFT)
    assert chosen(thousand) == [1003, 1004, 1005, 1006]
    click(thousand, 1004)
    assert chosen(thousand) == [1004]
    assert thousand.current_id == 1004


def test_a_right_click_keeps_the_selection_it_is_on(thousand):
    thousand.select_ids([1000, 1001])
    click(thousand, 1001, button=Button.RightButton)
    assert chosen(thousand) == [1000, 1001]
    click(thousand, 1003, button=Button.RightButton)
    assert chosen(thousand) == [1003]


def test_a_rubber_band_selects_what_it_touches_and_esc_gives_it_up(thousand):
    view = thousand.viewport()
    start = thousand.cell_rect(0).topLeft() - QPoint(3, 3)
    end = middle(thousand, 1001) + QPoint(0, thousand.grid_layout.row_height)
    QTest.mousePress(view, Button.LeftButton, NONE, start)
    QTest.mouseMove(view, end)
    columns = thousand.grid_layout.columns
    assert chosen(thousand) == [1000, 1001, 1000 + columns, 1001 + columns]
    QTest.keyClick(thousand, Key.Key_Escape)
    assert chosen(thousand) == []
    QTest.mouseRelease(view, Button.LeftButton, NONE, end)
    assert chosen(thousand) == []


def test_a_rubber_band_held_below_the_view_scrolls_on(thousand, qtbot):
    view = thousand.viewport()
    QTest.mousePress(view, Button.LeftButton, NONE, QPoint(2, 2))
    below = QPoint(view.width() - 5, view.height() + 90)
    QTest.mouseMove(view, below)
    visible = thousand.visible_range()[1]
    qtbot.waitUntil(lambda: thousand.selected_count > visible)
    QTest.mouseRelease(view, Button.LeftButton, NONE, below)
    assert thousand.scroll_top() > 0


def test_keys_move_and_select(thousand):
    for key, expected in [
        (Key.Key_Right, 1000),
        (Key.Key_J, 1001),
        (Key.Key_K, 1000),
        (Key.Key_End, 1999),
        (Key.Key_Home, 1000),
        (Key.Key_Down, 1000 + thousand.grid_layout.columns),
        (Key.Key_Up, 1000),
    ]:
        QTest.keyClick(thousand, key)
        assert chosen(thousand) == [expected]
    QTest.keyClick(thousand, Key.Key_Right, SHIFT)
    assert chosen(thousand) == [1000, 1001]
    QTest.keyClick(thousand, Key.Key_A, CTRL)
    assert thousand.selected_count == 1000
    QTest.keyClick(thousand, Key.Key_Escape)
    assert thousand.selected_count == 0


def test_the_keyboard_scrolls_the_current_image_into_view(thousand):
    QTest.keyClick(thousand, Key.Key_End)
    assert 1999 in thousand.visible_ids()
    assert thousand.viewport().rect().contains(middle(thousand, 1999))
    QTest.keyClick(thousand, Key.Key_PageUp)
    assert thousand.current_id in thousand.visible_ids()


def test_space_asks_for_a_look_at_the_current_image(thousand, qtbot):
    thousand.set_current(1005)
    with qtbot.waitSignal(thousand.quick_look_requested) as heard:
        QTest.keyClick(thousand, Key.Key_Space)
    assert heard.args == [1005]


def test_a_double_click_asks_for_a_look(thousand, qtbot):
    with qtbot.waitSignal(thousand.quick_look_requested) as heard:
        QTest.mouseDClick(thousand.viewport(), Button.LeftButton, NONE, middle(thousand, 1002))
    assert heard.args == [1002]


def test_keys_the_grid_does_not_know_reach_the_window(qtbot):
    class Window(QWidget):
        pressed = None

        def keyPressEvent(self, event):
            self.pressed = event.key()

    window = Window()
    qtbot.addWidget(window)
    grid = ThumbnailGrid(window)
    grid.set_images(np.arange(5, dtype=np.int32))
    grid.set_current(2)
    for key in (Key.Key_1, Key.Key_Delete, Key.Key_F2):
        QTest.keyClick(grid, key)
        assert window.pressed == key


def test_another_list_keeps_selection_and_place_by_image(thousand):
    thousand.set_current(1500)
    y = middle(thousand, 1500).y()
    thousand.set_images(np.arange(1100, 2000, 2, dtype=np.int32))
    assert chosen(thousand) == [1500]
    assert abs(middle(thousand, 1500).y() - y) <= 1


def test_labeling_away_the_selected_image_leads_to_the_next(thousand, qtbot):
    thousand.set_current(1004)
    with qtbot.waitSignal(thousand.current_changed) as heard:
        thousand.set_images(np.delete(thousand.ids, 4))
    assert heard.args == [1005]
    assert chosen(thousand) == [1005]


def test_a_list_without_the_selected_images_selects_nothing(thousand):
    thousand.select_ids([1003])
    thousand.set_images(np.arange(5, 9, dtype=np.int32))
    assert chosen(thousand) == []
    assert thousand.scroll_top() == 0


def test_ctrl_and_wheel_zoom_around_the_pointer(thousand, qtbot):
    thousand.scroll_to(500)
    at = thousand.cell_rect(thousand.visible_range()[0] + 6).center()
    under = thousand.ids[thousand.grid_layout.position_at(at.x(), at.y() + thousand.scroll_top())]
    with qtbot.waitSignal(thousand.size_changed) as heard:
        wheel(thousand, 2, CTRL, at)
    assert heard.args[0] == thousand.thumbnail_size > 160
    assert abs(middle(thousand, int(under)).y() - at.y()) <= 2


def test_the_wheel_scrolls_one_row_a_notch(thousand):
    wheel(thousand, -2)
    assert thousand.scroll_top() == pytest.approx(2 * thousand.grid_layout.row_height, abs=6)


def test_resizing_keeps_the_current_image_in_sight(thousand):
    thousand.set_current(1700)
    thousand.resize(500, 700)
    assert 1700 in thousand.visible_ids()
    assert thousand.viewport().rect().contains(middle(thousand, 1700))


def test_rows_are_asked_for_once_and_only_for_what_is_painted(thousand, rows):
    thousand.grab()
    asked = [image_id for ids in rows.asked for image_id in ids]
    assert set(asked) == set(thousand.visible_ids().tolist())
    assert len(asked) == len(set(asked))
    rows.asked.clear()
    thousand.refresh_rows([1001])
    thousand.grab()
    assert rows.asked == [[1001]]


def test_a_screen_reader_hears_image_labels_place_and_selection(thousand, rows):
    rows.labels[1001] = (Chip("cat", "#123456"), Chip("dog", "#654321"))
    thousand.refresh_rows([1001])
    thousand.select_ids([1001, 1002])
    thousand.selection.go(1)
    thousand.show_selection()
    spoken = QAccessible.queryAccessibleInterface(thousand)
    assert spoken.text(QAccessible.Text.Name) == "Pictures"
    said = spoken.text(QAccessible.Text.Description)
    assert said == "1001.jpg; cat, dog; 2 of 1000; 2 selected"


def test_a_screen_reader_hears_why_there_are_no_images(grid):
    grid.set_message("No match", "Clear the filter.")
    assert grid.accessibleDescription() == "No match. Clear the filter."


def test_nothing_is_current_in_an_empty_grid(grid):
    QTest.keyClick(grid, Key.Key_Right)
    QTest.keyClick(grid, Key.Key_Space)
    grid.select_all()
    grid.step_current(1)
    assert (grid.current_id, grid.selected_count) == (-1, 0)
    assert grid.selection.current == NOWHERE


def test_a_million_images_are_selected_and_reached(grid):
    grid.set_images(np.arange(1_000_000, dtype=np.int32))
    grid.select_all()
    assert grid.selected_count == 1_000_000
    QTest.keyClick(grid, Key.Key_End)
    assert chosen(grid) == [999_999]
    assert grid.viewport().rect().contains(middle(grid, 999_999))
