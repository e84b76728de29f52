"""The keyboard alone: every way leads back to the pictures."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.window.images_page import ImagesTab


@pytest.fixture
def opened(window, project):
    window.open(parse_address(str(project), None))
    return window


@pytest.fixture
def grid(opened):
    return opened.app.project_widgets.grid


def typed(window):
    """Return the field that has the keyboard."""
    window.wait(lambda: isinstance(window.app.window.focusWidget(), QLineEdit))
    return window.app.window.focusWidget()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down])
def test_return_and_down_lead_from_the_filter_to_its_first_picture(opened, grid, key):
    grid.set_current(int(grid.ids[0]))
    opened.do(Action.FIND)
    field = typed(opened)
    opened.qtbot.keyClicks(field, "c.")
    opened.qtbot.keyClick(field, key)  # before the search has begun
    assert grid.hasFocus()
    assert not grid.selected_count
    opened.wait(lambda: opened.names() == ["c.jpg"])
    assert grid.selected_ids().tolist() == grid.ids.tolist()


def test_return_in_a_filter_that_finds_nothing_selects_nothing(opened, grid):
    grid.set_current(int(grid.ids[0]))
    opened.do(Action.FIND)
    opened.qtbot.keyClicks(typed(opened), "nowhere")
    opened.qtbot.keyClick(typed(opened), Qt.Key.Key_Return)
    opened.wait(lambda: opened.names() == [])
    opened.app.window.set_filter("")
    opened.wait(lambda: len(opened.names()) == 4)
    assert not grid.selected_count


@pytest.mark.parametrize("door", [Action.FIND, Action.NEW_LABEL])
@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Down])
def test_escape_and_down_lead_out_of_every_field(opened, grid, door, key):
    opened.do(door)
    opened.qtbot.keyClick(typed(opened), key)
    assert grid.hasFocus()


def test_return_in_an_empty_label_field_leads_to_the_pictures_but_not_after_a_label(opened, grid):
    opened.do(Action.NEW_LABEL)
    field = typed(opened)
    opened.qtbot.keyClicks(field, "heron")
    opened.qtbot.keyClick(field, Qt.Key.Key_Return)
    opened.wait(lambda: "heron" in opened.counts())
    assert field.hasFocus()  # for the next label
    opened.qtbot.keyClick(field, Qt.Key.Key_Return)
    assert grid.hasFocus()


@pytest.mark.parametrize(
    "part", ["browser.tree", "project_widgets.sidebar", "project_widgets.results", "window"]
)
def test_escape_leads_to_the_pictures_from_every_part(opened, grid, part):
    opened.app.window.show_results(is_shown=True)
    widget = opened.app
    for name in part.split("."):
        widget = getattr(widget, name)
    widget.setFocus()
    opened.qtbot.keyClick(widget, Qt.Key.Key_Escape)
    assert grid.isVisible()
    assert grid.hasFocus()


@pytest.mark.parametrize("tab", [Action.TAB_ALL, Action.TAB_UNLABELED, Action.TAB_LABELED])
def test_the_keys_of_the_tabs_leave_the_results_and_lead_to_the_pictures(opened, grid, tab):
    opened.app.window.show_results(is_shown=True)
    opened.do(Action.FIND)
    assert grid.isVisible()
    opened.app.window.show_results(is_shown=True)
    opened.do(tab)
    assert grid.isVisible()
    assert grid.hasFocus()
    assert opened.app.project_widgets.images.tab is ImagesTab[tab.name.removeprefix("TAB_")]


def test_keys_on_the_first_page_stay_on_it(window):
    window.qtbot.keyClick(window.app.window, Qt.Key.Key_Escape)
    assert window.app.welcome.isVisible()


def test_where_the_keyboard_is_can_be_seen(opened, grid):
    def image():
        return grid.grab().toImage()

    grid.setFocus()
    empty_hand = image()
    opened.do(Action.FIND)
    assert image() != empty_hand
    grid.set_current(int(grid.ids[0]))
    without = image()
    grid.setFocus()
    assert image() != without
