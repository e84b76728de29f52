"""The window on real projects: drops, keys, undo, tabs, close."""

import json
import threading

import boto3
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.gui.grid.mime import images_mime
from cloudanno_desktop.gui.labels.delete_dialog import DeleteLabelDialog
from cloudanno_desktop.gui.model.weights_question import WeightsQuestion
from cloudanno_desktop.gui.window.images_page import ImagesTab
from cloudanno_desktop.index.dimensions import read_pixels
from cloudanno_desktop.settings import load_settings
from cloudanno_desktop.training.events import RunFailed
from tests.support.dropping import drop, files_mime, middle
from tests.support.program import button, make_pictures, text_of


def test_the_first_page_offers_three_ways_in(window):
    welcome = window.app.welcome
    welcome.way_chosen.disconnect()
    chosen = []
    welcome.way_chosen.connect(chosen.append)
    for card in welcome.findChildren(QPushButton):
        window.qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert chosen == ["open_folder", "open_storage", "open_sample"]
    assert not window.app.project_widgets.sidebar.isVisible()
    assert not window.app.window.actions_set["train"].isEnabled()


def test_a_folder_opens_with_its_pictures_and_is_recent_afterwards(window, project):
    window.open(parse_address(str(project), None))
    assert window.names() == ["a.jpg", "b.jpg", "c.jpg", "d.png"]
    assert window.app.window.windowTitle() == "birds — CloudAnno"
    assert load_settings().recent[0].location == str(project)
    window.app.close_project()
    window.wait(window.app.welcome.isVisible)
    assert window.app.project is None


def test_the_open_project_is_not_opened_a_second_time(window, project):
    window.open(parse_address(str(project), None))
    first = window.app.project
    window.app.project_opener.open(parse_address(str(project), None))
    window.wait(lambda: not window.app.runner.is_busy)
    assert window.app.project is first
    assert first.workspace.folder.name == "1"


def test_another_project_takes_the_place_of_the_open_one(window, project, tmp_path):
    make_pictures(tmp_path / "cars", ["car.jpg"])
    window.open(parse_address(str(project), None))
    window.add_label("heron")
    window.open(parse_address(str(tmp_path / "cars"), None))
    assert window.names() == ["car.jpg"]
    assert window.counts() == {}
    window.open(parse_address(str(project), None))
    assert window.counts() == {"heron": 0}


def test_a_folder_that_is_missing_is_told_in_a_sentence(window, tmp_path):
    window.app.project_opener.open_text(str(tmp_path / "nowhere"))
    window.wait(
        lambda: "nowhere" in window.app.messages.text and "Open" not in window.app.messages.text
    )
    assert window.app.project is None
    assert window.app.welcome.isVisible()


def test_files_dropped_on_the_grid_are_uploaded_without_a_label(window, project, tmp_path):
    window.open(parse_address(str(project), None))
    fresh = make_pictures(tmp_path / "desk", ["new one.jpg", "zebra.jpg"])
    mime = files_mime(fresh)
    drop(window.app.project_widgets.grid, middle(window.app.project_widgets.grid), mime)
    window.wait(lambda: "zebra.jpg" in window.names() and "new one.jpg" in window.names())
    assert (project / "new one.jpg").read_bytes() == fresh[0].read_bytes()
    assert window.app.project.session.counts().labeled == 0


def test_files_dropped_on_a_label_carry_it_in_the_annotation_file_after_closing(
    window, project, tmp_path
):
    window.open(parse_address(str(project), None))
    window.add_label("heron")
    fresh = make_pictures(tmp_path / "desk", ["h1.jpg", "h2.jpg"])
    mime = files_mime(fresh)
    drop(window.label_list(), window.row_center("heron"), mime)
    window.wait(lambda: window.counts() == {"heron": 2})
    window.app.close_project()
    window.wait(lambda: window.app.project is None)
    written = json.loads((project / "_annotations.json").read_bytes())
    assert written["annotations"] == {
        "h1.jpg": [{"label": "heron"}],
        "h2.jpg": [{"label": "heron"}],
    }


def test_number_keys_label_the_selection_and_undo_takes_it_back(window, project):
    window.open(parse_address(str(project), None))
    window.add_label("heron")
    window.add_label("stork")
    window.app.project_widgets.grid.select_all()
    window.press(Qt.Key.Key_1)
    window.wait(lambda: window.counts() == {"heron": 4, "stork": 0})
    window.app.project_widgets.grid.select_ids(window.app.project_widgets.grid.ids[:1])
    window.press(Qt.Key.Key_2)
    window.wait(lambda: window.counts() == {"heron": 3, "stork": 1})
    window.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    window.wait(lambda: window.counts() == {"heron": 4, "stork": 0})
    window.wait(window.app.window.actions_set["redo"].isEnabled)
    window.press(Qt.Key.Key_1)
    window.wait(lambda: window.counts() == {"heron": 3, "stork": 0})
    window.app.project_widgets.grid.select_all()
    window.press(Qt.Key.Key_Backspace)
    window.wait(lambda: window.counts() == {"heron": 0, "stork": 0})


def test_thumbnails_dropped_on_a_label_are_labeled_and_leave_the_unlabeled_tab(window, project):
    window.open(parse_address(str(project), None))
    window.add_label("heron")
    window.app.project_widgets.images.show_tab(ImagesTab.UNLABELED)
    window.wait(lambda: len(window.app.project_widgets.grid.ids) == 4)
    mime = images_mime(window.app.project_widgets.grid.ids[1:3].tolist())
    drop(window.label_list(), window.row_center("heron"), mime)
    window.wait(lambda: window.names() == ["a.jpg", "d.png"])
    window.wait(lambda: window.counts() == {"heron": 2})
    window.app.window.set_filter("label:heron")
    window.app.project_widgets.images.show_tab(ImagesTab.ALL)
    window.wait(lambda: window.names() == ["b.jpg", "c.jpg"])


def test_a_filter_that_hides_the_selection_selects_nothing_in_its_place(window, project):
    window.open(parse_address(str(project), None))
    grid = window.app.project_widgets.grid
    window.wait(lambda: len(grid.ids) == 4)
    grid.select_ids(grid.ids[:1])
    window.app.window.set_filter("c.jpg")
    window.wait(lambda: window.names() == ["c.jpg"])
    assert grid.selected_count == 0


def test_pictures_that_were_shown_are_found_by_their_pixels(window, project):
    Image.new("RGB", (300, 20)).save(project / "wide.png")
    window.open(parse_address(str(project), None))
    window.wait(lambda: window.app.project_widgets.grid.is_complete)
    workspace = window.app.project.workspace
    window.wait(lambda: int((read_pixels(workspace.database).width > 0).sum()) == 5)
    window.app.window.set_filter("width:>64")
    window.wait(lambda: window.names() == ["wide.png"])
    window.app.window.set_filter("height:>20")
    window.wait(lambda: len(window.names()) == 4)


def test_a_label_is_renamed_recolored_and_deleted_and_comes_back(window, project):
    window.open(parse_address(str(project), None))
    label = window.add_label("heron")
    window.app.project_widgets.grid.select_all()
    window.press(Qt.Key.Key_1)
    window.wait(lambda: window.counts() == {"heron": 4})
    window.app.project_widgets.sidebar.rename_requested.emit(label, "grey heron")
    window.wait(lambda: window.counts() == {"grey heron": 4})
    window.app.project_widgets.sidebar.recolor_requested.emit(label, "#123456")
    window.wait(lambda: window.app.project_widgets.sidebar.label_at(0).label.color == "#123456")
    window.app.project_widgets.sidebar.deletion_requested.emit(label)
    button(window.dialog(DeleteLabelDialog), "Delete").click()
    window.wait(lambda: window.app.project_widgets.sidebar.label_at(0) is None)
    assert window.counts() == {}
    window.app.project.session.undo()
    window.wait(lambda: window.counts() == {"grey heron": 4})


def test_a_reserved_label_name_is_refused_while_typing(window, project):
    window.open(parse_address(str(project), None))
    window.app.project_widgets.sidebar.start_new_label()
    field = window.app.project_widgets.sidebar.findChild(QLineEdit, "new-label")
    window.qtbot.keyClicks(field, "labeled")
    assert "reserved" in text_of(window.app.project_widgets.sidebar, "name-problem")
    window.qtbot.keyClick(field, Qt.Key.Key_Return)
    field.clear()
    window.qtbot.keyClicks(field, "kite")
    assert text_of(window.app.project_widgets.sidebar, "name-problem") == ""
    window.qtbot.keyClick(field, Qt.Key.Key_Return)
    window.wait(lambda: window.counts() == {"kite": 0})


def test_next_unlabeled_goes_round_the_end(window, project):
    window.open(parse_address(str(project), None))
    window.add_label("heron")
    window.app.project_widgets.grid.select_ids(window.app.project_widgets.grid.ids[2:])
    window.press(Qt.Key.Key_1)
    window.wait(lambda: window.counts() == {"heron": 2})
    window.app.project_widgets.grid.set_current(int(window.app.project_widgets.grid.ids[1]))
    window.press(Qt.Key.Key_N)
    assert window.app.project_widgets.grid.current_id == int(window.app.project_widgets.grid.ids[0])


def test_a_dropped_picture_arrives_in_a_bucket_with_its_label(
    window, tmp_path, s3_endpoint, aws_keys
):
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    client.create_bucket(Bucket="window-birds")
    connection = Connection(name="", endpoint_url=s3_endpoint, addressing="path")
    window.open(parse_address("s3://window-birds", connection))
    window.add_label("heron")
    fresh = make_pictures(tmp_path / "desk", ["far away.jpg"])
    mime = files_mime(fresh)
    drop(window.label_list(), window.row_center("heron"), mime)
    window.wait(lambda: window.counts() == {"heron": 1})
    window.app.close_project()
    window.wait(lambda: window.app.project is None)
    body = client.get_object(Bucket="window-birds", Key="far away.jpg")["Body"].read()
    assert body == fresh[0].read_bytes()
    written = client.get_object(Bucket="window-birds", Key="_annotations.json")["Body"].read()
    assert json.loads(written)["annotations"] == {"far away.jpg": [{"label": "heron"}]}
    client.close()


def test_closing_while_busy_leaves_no_thread_and_no_process(window, project, tmp_path):
    before = set(threading.enumerate())
    window.open(parse_address(str(project), None))
    window.app.project.labels.label_controller.upload(
        make_pictures(tmp_path / "desk", [f"{number}.png" for number in range(60)])
    )
    media = window.app.project.media
    window.end()
    assert media.process_id == 0
    left = {thread for thread in threading.enumerate() if thread.name.startswith(("data", "netw"))}
    assert left - before == set()


def test_a_damaged_settings_file_is_told_and_the_window_opens(window, home):
    path = home / "config" / "settings.json"
    path.write_text("{not json")
    window.app.use_saved_settings()
    assert "settings.json" in window.app.messages.text


def test_the_size_of_thumbnails_is_kept(window):
    window.app.project_widgets.images.show_size(300)
    window.end()
    assert load_settings().thumbnail_px == window.app.project_widgets.grid.thumbnail_size == 300


def test_missing_weights_open_a_question_with_two_ways_out(window, project, monkeypatch):
    window.open(parse_address(str(project), None))
    trained = []
    train_controller = window.app.train_controller
    monkeypatch.setattr(train_controller, "train", trained.append)
    train_controller.on_failed(RunFailed("weights", "None here."))
    question = window.app.window.findChild(WeightsQuestion)
    without = next(b for b in question.buttons() if b.text() == "Train without")
    without.click()
    assert [options.weights for options in trained] == ["none"]


def test_the_drawer_opens_with_room_for_the_curves(window, project):
    window.open(parse_address(str(project), None))
    window.app.window.resize(1100, 720)
    window.app.window.actions_set["show_drawer"].trigger()
    window.wait(lambda: window.app.project_widgets.drawer.height() >= 200)
    assert window.app.project_widgets.grid.isVisible()


def test_the_look_changes_after_a_project_was_closed(window, tmp_path):
    for name in ("first", "second"):
        make_pictures(tmp_path / name, ["a.jpg"])
        window.open(parse_address(str(tmp_path / name), None))
    for choice in ("dark", "light"):
        window.app.theme.choose(choice)
