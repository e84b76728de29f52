"""The labels of the selection, as chips."""

import pytest
from PySide6.QtWidgets import QToolButton

from cloudanno_desktop.gui.labels.selection_labels import SelectedLabel, SelectionLabels
from cloudanno_desktop.labels.label import Label

HERON, OWL, WREN = (Label(name, name, "#aa3322", 0.0, False) for name in ("heron", "owl", "wren"))


@pytest.fixture
def labels(qtbot):
    widget = SelectionLabels()
    qtbot.addWidget(widget)
    widget.resize(300, 200)
    widget.show()
    return widget


def texts(widget):
    return [chip.text() for chip in widget.findChildren(QToolButton) if chip.isVisible()]


def test_the_chips_are_those_of_the_selection(labels):
    labels.show_selection(3, [SelectedLabel(HERON, 3), SelectedLabel(OWL, 1)])
    assert texts(labels) == ["heron", "owl  1/3"]

    labels.show_selection(1, [SelectedLabel(WREN, 1)])
    assert texts(labels) == ["wren"]

    labels.show_selection(0, [])
    assert texts(labels) == []


def test_a_chip_takes_the_label_away_that_it_shows_now(labels, qtbot):
    labels.show_selection(2, [SelectedLabel(HERON, 2), SelectedLabel(OWL, 2)])
    labels.show_selection(2, [SelectedLabel(WREN, 2)])
    (chip,) = [one for one in labels.findChildren(QToolButton) if one.isVisible()]

    with qtbot.waitSignal(labels.removal_requested) as heard:
        chip.click()

    assert heard.args == ["wren"]


def test_hidden_chips_take_no_room(labels, qtbot):
    many = [SelectedLabel(Label(str(i), f"label {i}", "#aa3322", i, False), 1) for i in range(30)]
    labels.show_selection(1, many[:1])
    low = labels.heightForWidth(300)
    labels.show_selection(1, many)
    assert labels.heightForWidth(300) > low

    labels.show_selection(1, many[:1])

    assert labels.heightForWidth(300) == low
