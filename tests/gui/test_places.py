"""Places in the whole program, with Qt's own check of their model."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.gui.browser.places_tree import PlacesTree
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
    assert model.index(0, 0, model.index(0, 0)).data() == "spring"
