"""Places in the whole program, with Qt's own check of their model."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint
from PySide6.QtWidgets import QMenu, QToolButton

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.gui.browser.nodes import Loading
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


def test_a_menu_of_the_open_project_and_file_offer_the_others(window, tmp_path):
    for title in ("birds", "R & D"):
        make_pictures(tmp_path / title, ["a.jpg"])
        window.open(parse_address(str(tmp_path / title), None))
    button = next(b for b in window.app.window.findChildren(QToolButton) if b.text() == "R & D")
    in_file = next(
        menu for menu in window.app.window.findChildren(QMenu) if menu.title() == "Open recent"
    )
    for menu in (button.menu(), in_file):
        assert [action.text() for action in menu.actions()][:2] == ["birds", "R && D"]
    with window.qtbot.waitSignal(window.app.project_opened, timeout=LONG_MS):
        in_file.actions()[0].trigger()
    assert window.app.project.workspace.title == "birds"


def test_places_that_could_not_be_listed_are_listed_again_once_the_network_is_back(
    window, project, tmp_path
):
    window.open(parse_address(str(project), None))
    tree, model = window.app.browser.tree, window.app.browser.tree.model()
    top = model.index(0, 0, model.index(0, 0))
    aside = tmp_path / "aside"
    project.rename(aside)
    tree.expand(top)
    window.wait(lambda: model.node(top).loading is Loading.FAILED)
    aside.rename(project)
    window.app.project.connectivity.changed.emit(True)
    window.wait(lambda: model.node(top).loading is Loading.DONE)
    assert model.node(top).children[0].text.startswith("No folders")
