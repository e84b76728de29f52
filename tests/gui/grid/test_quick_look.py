import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cloudanno_desktop.gui.common.tasks import TaskRunner
from cloudanno_desktop.gui.grid.cell import Cell, Chip
from cloudanno_desktop.gui.grid.picture_canvas import PictureCanvas
from cloudanno_desktop.gui.grid.picture_facts import Fact, picture_facts
from cloudanno_desktop.gui.grid.quick_look import LARGE_PX, QuickLook

RED, GREEN = (200, 30, 30), (30, 160, 60)
EXIF_IFD = 0x8769


@pytest.fixture
def look(qtbot):
    tasks = TaskRunner()
    dialog = QuickLook(tasks)
    qtbot.addWidget(dialog)
    dialog.resize(1100, 780)
    dialog.show()
    yield dialog
    dialog.close()
    tasks.close()


def cell(image_id, *labels):
    return Cell(image_id, f"in/{image_id}.jpg", tuple(Chip(text, "#d02060") for text in labels))


def canvas_color(look):
    canvas = look.findChild(PictureCanvas)
    image = canvas.grab().toImage()
    color = QColor(image.pixel(image.rect().center()))
    return color.red(), color.green(), color.blue()


def shows(look, color):
    return max(abs(a - b) for a, b in zip(canvas_color(look), color, strict=True)) < 14


def photo(path, color=GREEN, size=(1200, 900)):
    image = Image.new("RGB", size, color)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Acme", "Snap 3"
    exif[0x0112] = 6
    exif.get_ifd(EXIF_IFD).update(
        {0x9003: "2026:05:01 12:30:00", 0x829A: 0.004, 0x829D: 2.8, 0x8827: 200, 0x920A: 50.0}
    )
    image.save(path, exif=exif)
    return path


def test_an_image_is_asked_for_large_and_in_the_original(look, qtbot):
    with qtbot.waitSignals([look.picture_requested, look.original_requested]):
        look.show_cell(cell(5, "cat"), 4, 2310)
    assert look.image_id == 5
    assert "cat" in look.accessibleDescription()
    assert "5 of 2,310" in look.accessibleDescription()


def test_the_thumbnail_shows_until_the_large_one_comes(look, jpeg):
    look.show_cell(cell(5), 0, 9)
    look.show_rendering(5, jpeg(RED), (4000, 4000))
    assert shows(look, RED)
    look.show_rendering(5, jpeg(GREEN, (LARGE_PX, LARGE_PX)), (4000, 4000))
    assert shows(look, GREEN)


def test_what_belongs_to_the_image_before_is_dropped(look, jpeg, tmp_path):
    look.show_cell(cell(5), 0, 9)
    look.show_cell(cell(6), 1, 9)
    look.show_rendering(5, jpeg(RED), (400, 400))
    look.show_original(5, photo(tmp_path / "a.jpg"))
    assert not shows(look, RED)
    look.show_rendering(6, jpeg(GREEN), (400, 400))
    assert shows(look, GREEN)


def test_new_labels_of_the_same_image_ask_for_nothing_again(look, qtbot):
    look.show_cell(cell(5), 0, 9)
    with qtbot.assertNotEmitted(look.picture_requested):
        look.show_cell(cell(5, "dog"), 0, 9)
    assert "dog" in look.accessibleDescription()


def test_the_original_brings_its_last_pixel_and_its_facts_upright(look, qtbot, tmp_path):
    look.show_cell(cell(5), 0, 9)
    look.show_original(5, photo(tmp_path / "a.jpg"))
    qtbot.waitUntil(lambda: shows(look, GREEN))
    texts = " ".join(label.text() for label in look.findChildren(type(look._title)))
    assert "900 × 1,200" in texts
    assert "Snap 3" in texts


def test_a_problem_is_shown_only_while_there_is_no_picture(look, jpeg):
    look.show_cell(cell(5), 0, 9)
    blank = look.grab().toImage()
    look.show_problem(5, "The file is cut off.")
    assert look.grab().toImage() != blank
    look.show_rendering(5, jpeg(RED), (400, 400))
    look.show_problem(5, "The network is down.")
    assert shows(look, RED)


@pytest.mark.parametrize(
    ("key", "step"), [(Qt.Key.Key_Right, 1), (Qt.Key.Key_J, 1), (Qt.Key.Key_Left, -1)]
)
def test_a_key_leads_to_the_next_image(look, qtbot, key, step):
    with qtbot.waitSignal(look.moved) as heard:
        QTest.keyClick(look, key)
    assert heard.args == [step]


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Escape])
def test_a_key_closes_the_look(look, qtbot, key):
    look.show_cell(cell(5), 0, 9)
    with qtbot.waitSignal(look.closed):
        QTest.keyClick(look, key)
    assert not look.isVisible()
    assert look.image_id == -1


def test_z_shows_full_size_and_f_the_whole(look, jpeg):
    look.show_cell(cell(5), 0, 9)
    look.show_rendering(5, jpeg(RED, (1600, 1200)), (4000, 3000))
    canvas = look.findChild(PictureCanvas)
    fitted = canvas.scale
    assert fitted < 0.5
    QTest.keyClick(look, Qt.Key.Key_Z)
    assert canvas.scale == 1.0
    QTest.keyClick(look, Qt.Key.Key_F)
    assert canvas.scale == fitted


def test_the_wheel_zooms_around_the_pointer_and_the_mouse_moves_the_picture(look, jpeg):
    look.show_cell(cell(5), 0, 9)
    look.show_rendering(5, jpeg(RED, (1600, 1200)), (1600, 1200))
    canvas = look.findChild(PictureCanvas)
    at = QPointF(canvas.width() / 2 + 100, canvas.height() / 2)
    before = (at - canvas._place().topLeft()) / canvas.scale
    wheel(canvas, at)
    after = (at - canvas._place().topLeft()) / canvas.scale
    assert canvas.scale > 0.5
    assert (after - before).manhattanLength() < 2
    place = canvas._place().topLeft()
    drag(canvas, QPointF(200, 200), QPointF(180, 190))
    moved = canvas._place().topLeft() - place
    assert (moved - QPointF(-20, -10)).manhattanLength() < 1


def test_facts_are_read_from_the_head_of_a_file(tmp_path):
    facts = {fact.name: fact.value for fact in picture_facts(photo(tmp_path / "a.jpg"))}
    assert facts["Taken"] == "2026-05-01 12:30:00"
    assert facts["Camera"] == "Snap 3"
    assert facts["Exposure"] == "1/250 s"
    assert facts["Aperture"] == "f/2.8"
    assert facts["ISO"] == "200"
    assert facts["Focal length"] == "50 mm"


def test_odd_files_have_few_facts_or_none(tmp_path):
    text = tmp_path / "a.txt"
    text.write_text("no picture")
    assert picture_facts(text) == ()
    assert picture_facts(tmp_path / "missing.jpg") == ()
    plain = tmp_path / "b.png"
    Image.new("RGB", (4, 4)).save(plain)
    assert picture_facts(plain) == (Fact("Format", "PNG"),)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_every_odd_file_is_looked_at_without_a_crash(shared_data):
    names = []
    for path in sorted((shared_data / "odd").rglob("*")):
        if path.is_file():
            names.append(path.name)
            assert all(fact.value for fact in picture_facts(path)), path
    assert names


def wheel(canvas, at):
    none = Qt.MouseButton.NoButton
    begin = Qt.ScrollPhase.NoScrollPhase
    turn = QPoint(0, 240)
    keys = Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(at, canvas.mapToGlobal(at), QPoint(), turn, none, keys, begin, False)
    QApplication.sendEvent(canvas, event)


def drag(canvas, start, end):
    left = Qt.MouseButton.LeftButton
    for kind, point in (
        (QEvent.Type.MouseButtonPress, start),
        (QEvent.Type.MouseMove, end),
        (QEvent.Type.MouseButtonRelease, end),
    ):
        keys = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, point, canvas.mapToGlobal(point), left, left, keys)
        QApplication.sendEvent(canvas, event)
