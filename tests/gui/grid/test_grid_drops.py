import os
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from cloudanno_desktop.gui.grid.mime import ids_from, images_mime, label_mime, local_paths

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
COPY, ANY = Qt.DropAction.CopyAction, Qt.DropAction.CopyAction | Qt.DropAction.MoveAction


class Carrier:
    """Carry something over the grid as the window system does."""

    def __init__(self, grid, mime):
        self.grid, self.mime = grid, mime

    def over(self, point):
        for event in (
            QDragEnterEvent(point, ANY, self.mime, LEFT, NO_KEY),
            QDragMoveEvent(point, ANY, self.mime, LEFT, NO_KEY),
        ):
            QApplication.sendEvent(self.grid.viewport(), event)
        return event

    def drop(self, point):
        event = QDropEvent(QPointF(point), ANY, self.mime, LEFT, NO_KEY)
        event.setDropAction(Qt.DropAction.MoveAction)
        QApplication.sendEvent(self.grid.viewport(), event)
        return event


def files(*paths):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def test_dropped_files_and_folders_are_told_in_order(thousand, qtbot, tmp_path):
    names = [tmp_path / "b photo.jpg", tmp_path / "a#1.jpg", tmp_path / "folder"]
    carrier = Carrier(thousand, files(*names))
    assert carrier.over(QPoint(50, 50)).isAccepted()
    with qtbot.waitSignal(thousand.files_dropped) as heard:
        event = carrier.drop(QPoint(50, 50))
    assert heard.args == [names]
    assert event.dropAction() == COPY


def test_an_empty_grid_takes_files_too(grid, qtbot, tmp_path):
    carrier = Carrier(grid, files(tmp_path))
    assert carrier.over(QPoint(50, 50)).isAccepted()
    with qtbot.waitSignal(grid.files_dropped):
        carrier.drop(QPoint(50, 50))


def test_the_hint_shows_while_files_hover_and_goes_when_they_leave(thousand, tmp_path):
    thousand.set_drop_hint("Drop to upload 1 file")
    before = thousand.viewport().grab().toImage()
    Carrier(thousand, files(tmp_path)).over(QPoint(50, 50))
    assert thousand.viewport().grab().toImage() != before
    QApplication.sendEvent(thousand.viewport(), QDragLeaveEvent())
    assert thousand.viewport().grab().toImage() == before


@pytest.mark.parametrize("address", ["https://example.org/a.jpg", "mailto:a@b.c"])
def test_addresses_of_the_net_are_refused(thousand, address):
    mime = QMimeData()
    mime.setUrls([QUrl(address)])
    assert not Carrier(thousand, mime).over(QPoint(50, 50)).isAccepted()


def test_text_and_the_grids_own_images_are_refused(thousand, qtbot):
    text = QMimeData()
    text.setText("/etc/passwd")
    own = images_mime([1, 2])
    for mime in (text, own):
        carrier = Carrier(thousand, mime)
        assert not carrier.over(QPoint(50, 50)).isAccepted()
        with qtbot.assertNotEmitted(thousand.files_dropped):
            assert not carrier.drop(QPoint(50, 50)).isAccepted()


def test_a_label_dropped_on_an_image_means_that_image(thousand, qtbot):
    carrier = Carrier(thousand, label_mime("label-1"))
    point = thousand.cell_rect(6).center()
    assert carrier.over(point).isAccepted()
    with qtbot.waitSignal(thousand.label_dropped) as heard:
        carrier.drop(point)
    assert (heard.args[0], heard.args[1].tolist()) == ("label-1", [1006])


def test_a_label_dropped_on_the_selection_means_all_of_it(thousand, qtbot):
    thousand.select_ids([1001, 1006, 1900])
    carrier = Carrier(thousand, label_mime("label-1"))
    carrier.over(thousand.cell_rect(6).center())
    with qtbot.waitSignal(thousand.label_dropped) as heard:
        carrier.drop(thousand.cell_rect(6).center())
    assert heard.args[1].tolist() == [1001, 1006, 1900]


def test_a_label_dropped_beside_the_images_does_nothing(thousand, qtbot):
    carrier = Carrier(thousand, label_mime("label-1"))
    assert not carrier.over(QPoint(1, 1)).isAccepted()
    with qtbot.assertNotEmitted(thousand.label_dropped):
        carrier.drop(QPoint(1, 1))


def test_the_image_under_a_carried_label_is_marked(thousand):
    rect = thousand.cell_rect(3)
    before = thousand.viewport().grab(rect).toImage()
    carrier = Carrier(thousand, label_mime("label-1"))
    carrier.over(rect.center())
    assert thousand.viewport().grab(rect).toImage() != before


def test_image_ids_survive_the_drag():
    ids = [0, 5, 2_000_000_000]
    assert ids_from(images_mime(ids)).tolist() == ids
    assert ids_from(QMimeData()).tolist() == []


@pytest.mark.skipif(os.name == "nt", reason="Windows file names are Unicode")
def test_a_file_name_that_is_not_unicode_keeps_its_bytes():
    mime = QMimeData()
    mime.setData("text/uri-list", b"file:///in/%FFa%20b%E7%8C%AB.jpg\r\n")
    assert [os.fsencode(path) for path in local_paths(mime)] == [b"/in/\xffa b\xe7\x8c\xab.jpg"]


def test_relative_file_names_are_not_invented():
    mime = QMimeData()
    mime.setUrls([QUrl("photo.jpg")])
    assert local_paths(mime) == []
    assert local_paths(files(Path("/a/b.jpg"))) == [Path("/a/b.jpg")]
