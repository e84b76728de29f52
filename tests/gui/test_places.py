"""Places in the whole program, with Qt's own check of their model."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.gui.browser.places_tree import PlacesTree
from cloudanno_desktop.gui.common.messages import Level, Message
from tests.support.program import LONG_MS, make_pictures


def test_a_sub_folder_that_is_current_opens_as_project_and_stays_current(window, project):
    make_pictures(project / "spring" / "deep", ["e.jpg"])
    window.open(parse_address(str(project), None))
    place_actions = window.app.window.findChild(PlacesTree)
    model = place_actions.model()
    opened = QPersistentModelIndex(model.index(0, 0, model.index(0, 0)))
    place_actions.expandAll()
    window.wait(lambda: model.index(0, 0, opened).data() == "spring")
    spring = QPersistentModelIndex(model.index(0, 0, opened))
    place_actions.expandAll()
    window.wait(lambda: model.index(0, 0, spring).data() == "deep")
    place_actions.setCurrentIndex(QModelIndex(spring))
    with window.qtbot.waitSignal(window.app.project_opened, timeout=LONG_MS):
        place_actions.activated.emit(place_actions.currentIndex())
    window.wait(lambda: window.names() == ["deep/e.jpg"])
    assert place_actions.currentIndex().data() == "spring"
    assert model.index(0, 0, spring).data() == "deep"
    assert [model.index(row, 0, model.index(0, 0)).data() for row in (0, 1)] == ["birds", "spring"]


def test_opening_a_project_leaves_every_place_where_it_was(window, tmp_path):
    titles = ["apples", "birds", "cars"]
    for title in ("cars", "apples", "birds", "apples"):
        make_pictures(tmp_path / title, ["a.jpg"])
        window.open(parse_address(str(tmp_path / title), None))
    tree = window.app.window.findChild(PlacesTree)
    top = tree.model().index(0, 0)
    assert [tree.model().index(row, 0, top).data() for row in range(3)] == titles


def test_a_message_moves_nothing_and_stays_inside_the_window(window, project):
    window.open(parse_address(str(project), None))
    parts = window.app.project_widgets
    watched = [parts.grid, parts.images, parts.sidebar, window.app.browser.tree]
    for size in ((1200, 800), (760, 480)):
        window.app.window.resize(*size)
        places = [(part.mapToGlobal(QPoint()), part.size()) for part in watched]
        for text in ("Short.", "A long sentence with all that went wrong. " * 6):
            window.app.say(Message(Level.ERROR, text, "why", "Try again", window.app.close_project))
            assert places == [(part.mapToGlobal(QPoint()), part.size()) for part in watched]
            toast = window.app.messages
            assert toast.isVisible()
            assert parts.images.rect().contains(toast.geometry())
    window.app.messages.hide()
    assert places == [(part.mapToGlobal(QPoint()), part.size()) for part in watched]
