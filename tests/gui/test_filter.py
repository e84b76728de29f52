"""The filter box: what it does with a mistake, with a label that is begun, and on an empty page."""

import pytest
from PySide6.QtCore import Qt

from cloudanno_desktop.bucket.connections.address import parse_address
from tests.support.program import button


@pytest.fixture
def birds(window, project):
    window.open(parse_address(str(project), None))
    for name in ("heron", "grey heron", "stork"):
        window.add_label(name)
    return window


def clear_button(window):
    return button(window.app.project_widgets.images, "Clear filter")


def test_a_mistake_is_marked_finds_nothing_and_says_what_was_meant(birds):
    box = birds.app.window.filter_box
    box.setText("-lable:stork")
    birds.wait(lambda: birds.names() == [])
    assert box.property("state") == "bad"
    assert "label:stork" in box.toolTip()
    assert "label:stork" in birds.app.project_widgets.grid.accessibleDescription()
    birds.do("select_all")
    birds.press(Qt.Key.Key_1)
    birds.wait(lambda: not birds.app.runner.is_busy)
    assert set(birds.counts().values()) == {0}
    box.setText("-label:stork")
    birds.wait(lambda: len(birds.names()) == 4)
    assert not box.property("state")
    assert not box.toolTip()


def test_the_page_that_a_filter_left_empty_offers_to_clear_it(birds):
    assert not clear_button(birds).isVisible()
    birds.app.window.set_filter("no such picture")
    birds.wait(lambda: clear_button(birds).isVisible())
    clear_button(birds).click()
    birds.wait(lambda: len(birds.names()) == 4)
    assert not clear_button(birds).isVisible()
    assert birds.app.window.filter_box.text() == ""
    assert birds.app.project_widgets.grid.hasFocus()


@pytest.mark.parametrize(
    ("typed", "offered", "text"),
    [
        ("label:st", ["stork"], "label:stork"),
        ("jpg -label:GR", ["grey heron"], 'jpg -label:"grey heron"'),
        ('label:"grey h', ["grey heron"], 'label:"grey heron"'),
        ("label:", ["heron", "grey heron", "stork"], "label:heron"),
        ("stork", [], ""),
        ("label:heron st", [], ""),
    ],
)
def test_a_label_that_is_begun_is_completed(birds, typed, offered, text):
    box = birds.app.window.filter_box
    box.setFocus()
    birds.qtbot.keyClicks(box, typed)
    shown = box.completer().completionModel()
    names = [shown.index(row, 0).data() for row in range(shown.rowCount())]
    assert names == offered
    if offered:
        popup = box.completer().popup()
        birds.qtbot.keyClick(popup, Qt.Key.Key_Down)
        birds.qtbot.keyClick(popup, Qt.Key.Key_Return)
        assert box.text() == text
