"""The list of labels keeps Qt's rules however its labels change."""

import pytest
from PySide6.QtWidgets import QListView

from cloudanno_desktop.gui.labels.label_model import LabelModel
from cloudanno_desktop.labels.label import Label, LabelCount


def counted(*names, images=3):
    labels = [Label(name, name, "#d02060", place) for place, name in enumerate(names)]
    return [LabelCount(label, images) for label in labels]


@pytest.fixture
def view(qtbot, watch):
    view = QListView()
    view.setModel(LabelModel(view))
    qtbot.addWidget(view)
    watch(view.model())
    return view


def test_labels_come_change_places_and_go_while_one_is_current(view):
    model = view.model()
    model.show_labels(counted("crow", "owl", "wren"))
    view.setCurrentIndex(model.index_of("owl"))
    model.show_labels(counted("crow", "owl", "wren", images=80))
    assert view.currentIndex().data() == "owl"
    for names in (("wren", "crow", "owl"), ("wren",), (), ("owl", "tit")):
        model.show_labels(counted(*names))
        assert [model.index(row).data() for row in range(model.rowCount())] == list(names)
