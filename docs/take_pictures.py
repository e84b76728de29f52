# ruff: noqa: E402 - the tests' desktop and the drawings are no installed packages
"""Make every picture of the guide anew: ``.venv/bin/python docs/take_pictures.py [WORD…]``.

The window is shown on an X server without a screen (Xvfb, openbox, xdotool and ImageMagick must be
installed; without them all but the pictures of the real drag are made). A word limits it to one
part: ``window``, ``model`` or ``drag``. Weights come from ``CLOUDANNO_WEIGHTS``; without them the
network is trained from nothing, and the results look it.
"""

import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
sys.path[:0] = [str(ROOT), str(ROOT / "resources" / "demo")]

import boto3
from make_pictures import make_pictures
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import (
    Connection,
    load_connections,
    save_connection,
)
from cloudanno_desktop.dataset.run_folder import TrainOptions
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.app.app import App
from cloudanno_desktop.gui.common.theme import DARK, LIGHT, application_icon
from cloudanno_desktop.labels.label import PALETTE
from cloudanno_desktop.projects.uploads import LocalFiles, upload
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings
from tests.support.desktop import Desktop, missing_programs
from tests.support.real_window import RealWindow

PROJECT, EMPTY, DRAGGED = "forest-walk", "new-project", "holiday"
LIMIT_BYTES = 150_000
CLOSE_WAIT_MS = 240_000
SETTLE_S = 1.5
SWATCH_PX = 12  # of each color that shall stay as it is
WINDOW_PX, SMALL_PX, LOOK_PX = (1100, 720), (900, 600), (700, 440)
SCREEN_PX = (1360, 800)
DRAGGED_LABELS = ("leaf", "shell")
BACKGROUND = "#dfe3ea"


def main(words: Sequence[str]) -> int:
    """Make the pictures of the parts named, or of all."""
    parts = {"window": take_window, "model": take_model}
    chosen = [take for word, take in parts.items() if not words or word in words]
    PICTURES.mkdir(exist_ok=True)
    with workplace() as photos, screen() as desktop:
        if chosen:
            take_in_process(chosen)
        if desktop and (not words or "drag" in words):
            take_drag(desktop, photos)
    return 0


@contextmanager
def workplace() -> Iterator[list[Path]]:
    """Serve buckets with photos in them, away from the person's own files; yield the photos."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        use_weights_by_name()
        host, port = server.get_host_and_port()
        os.environ.update(
            CLOUDANNO_HOME=str(Path(folder) / "home"),
            AWS_ENDPOINT_URL_S3=f"http://{host}:{port}",
            AWS_ACCESS_KEY_ID="pictures",
            AWS_SECRET_ACCESS_KEY="pictures",
            AWS_DEFAULT_REGION="us-east-1",
        )
        yield fill_buckets(Path("photos"))
        os.chdir(ROOT)
    server.stop()


def use_weights_by_name() -> None:
    """Name the weights by their file name alone, as the results show it."""
    given = os.environ.get("CLOUDANNO_WEIGHTS")
    if given:
        link = Path(Path(given).name)
        link.symlink_to(given)
        os.environ["CLOUDANNO_WEIGHTS"] = str(link)


def fill_buckets(folder: Path) -> list[Path]:
    """Make the buckets and the project; every eighth picture has no label."""
    client = boto3.client("s3")
    for name in (PROJECT, EMPTY, DRAGGED):
        client.create_bucket(Bucket=name)
    photos = [path.resolve() for path in make_pictures(folder)]
    rest = set(sorted(photos)[::8])
    with Workspace.open(parse_address(f"s3://{PROJECT}", Connection()), Settings()) as workspace:
        upload(
            workspace,
            LocalFiles(
                photos,
                lambda item: () if item.path in rest else (item.path.parent.name,),
                "photos/",
            ),
        )
        workspace.synchronise()
    save_connection(
        Connection(
            name="Garden cameras",
            endpoint_url="https://s3.eu-de.cloud-object-storage.appdomain.cloud",
            region="eu-de",
            access_key_id="AKIAEXAMPLE",
            kind="ibm",
        )
    )
    return photos


@contextmanager
def screen() -> Iterator[Desktop | None]:
    """Yield a desktop to show windows on, or ``None`` where only grabbing is possible."""
    if missing_programs():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        yield None
        return
    with Desktop(SCREEN_PX) as desktop:
        os.environ.update(DISPLAY=desktop.name, QT_QPA_PLATFORM="xcb")
        yield desktop


class Window:
    """The program in this process, used by its actions."""

    def __init__(self) -> None:
        application = QApplication.instance() or QApplication(sys.argv[:1])
        application.setWindowIcon(application_icon())
        application.setQuitOnLastWindowClosed(False)
        self.app = App(application, Settings(theme="light"))
        self.app.show()
        self.app.window.resize(*WINDOW_PX)

    def open(self, bucket: str) -> None:
        """Open a bucket and wait for everything that it shows."""
        self.app.project_opener.open(parse_address(f"s3://{bucket}", Connection()))
        wait(lambda: self.app.project and self.app.project.workspace.title == bucket)
        wait(
            lambda: (
                self.app.project.workspace.was_scanned and self.app.project_widgets.grid.is_complete
            )
        )
        wait(lambda: not self.app.runner.is_busy)

    def do(self, action: str) -> None:
        """Trigger an action."""
        self.app.window.actions_set[action].trigger()

    def dialog(self, kind: str) -> QDialog:
        """Wait for a dialog of a class and return it."""

        def find() -> QDialog | None:
            shown = (w for w in QApplication.topLevelWidgets() if w.isVisible())
            return next((w for w in shown if type(w).__name__ == kind), None)

        wait(lambda: find() is not None)
        return find()

    def end(self) -> None:
        """Close the program."""
        ended = []
        self.app.ended.connect(lambda: ended.append(True))
        self.app.end()
        wait(lambda: ended)


def take_in_process(parts: Sequence[Callable[[Window], None]]) -> None:
    """Take the pictures that need no mouse."""
    window = Window()
    for take in parts:
        take(window)
    window.end()


def take_window(window: Window) -> None:
    """Take the window, light and dark, large and small, and its dialogs."""
    app = window.app
    grab(app.window, "welcome")
    window.open(EMPTY)
    grab(app.window, "empty-project")
    window.open(PROJECT)
    app.project_widgets.grid.select_ids(app.project_widgets.grid.ids[[2, 3, 8]])
    grab(app.window, "window-light")
    app.theme.choose("dark")
    grab(app.window, "window-dark")
    app.theme.choose("light")
    app.window.resize(*SMALL_PX)
    wait(lambda: app.project_widgets.grid.is_complete)
    grab(app.window, "window-small")
    app.window.resize(*WINDOW_PX)
    take_dialogs(window)


def take_dialogs(window: Window) -> None:
    """Take the quick look, the connections and the list of keys."""
    app = window.app
    app.project_widgets.grid.quick_look_requested.emit(int(app.project_widgets.grid.ids[31]))
    window.dialog("QuickLook").resize(*LOOK_PX)
    take_dialog(window, "QuickLook", "quick-look", settle_ms=2500)
    window.do("open_storage")
    settings = window.dialog("SettingsDialog")
    pause(500)
    settings.connections.show_connections(load_connections(), "Garden cameras")
    take_dialog(window, "SettingsDialog", "connections")
    window.do("shortcuts")
    take_dialog(window, "ShortcutOverlay", "keys")


def take_model(window: Window) -> None:
    """Take training, results and publishing."""
    app = window.app
    window.open(PROJECT)
    window.do("train")
    take_dialog(window, "TrainDialog", "train")
    weights = "imagenet" if os.environ.get("CLOUDANNO_WEIGHTS") else "none"
    app.train_controller.train(TrainOptions(weights=weights))
    wait(lambda: shown_below(app.project_widgets.panel, "CurvesView"))
    grab(app.window, "training")
    wait(lambda: not app.train_controller.is_training)
    app.window.show_part(Action.SHOW_DRAWER, is_shown=False)
    app.messages.hide()
    app.train_controller.show_results()
    grab(app.window, "results", settle_ms=3000)
    window.do("publish")
    dialog = window.dialog("PublishDialog")
    grab(dialog, "publish")
    next(b for b in dialog.findChildren(QPushButton) if b.text() == "Publish").click()
    wait(lambda: shown_below(dialog, "QPlainTextEdit"))
    take_dialog(window, "PublishDialog", "published")


def shown_below(widget: QWidget, kind: str) -> bool:
    """Say whether a part of a class is shown."""
    return any(w.isVisible() for w in widget.findChildren(QWidget) if type(w).__name__ == kind)


def take_dialog(window: Window, kind: str, name: str, settle_ms: int = 500) -> None:
    """Take a dialog that is opening, and close it."""
    dialog = window.dialog(kind)
    grab(dialog, name, settle_ms)
    dialog.close()


def take_drag(desktop: Desktop, photos: Sequence[Path]) -> None:
    """Take the steps of real drags: files onto a label, then thumbnails onto a label."""
    window = RealWindow(desktop, "open", f"s3://{DRAGGED}")
    window.wait_for_project(DRAGGED)
    for name in DRAGGED_LABELS:
        window.add_label(name)
    leaf, shell = window.label(0), window.label(1)
    leaves, shells = (named_copies(photos, name) for name in DRAGGED_LABELS)
    source = desktop.offer_files(leaves)
    box = desktop.window_of(source)
    shoot(desktop, "drag-1-before")
    desktop.drag((box.left + 60, box.top + 50), leaf, lambda: shoot(desktop, "drag-2-over-label"))
    window.chip(0)
    shoot(desktop, "drag-3-after")
    desktop.stop(source)
    source = desktop.offer_files(shells)
    box, middle = desktop.window_of(source), window.grid.center
    desktop.drag((box.left + 60, box.top + 50), middle, lambda: shoot(desktop, "drag-4-over-grid"))
    desktop.wait_for(lambda: count_photos() == len(leaves + shells), "the pictures in the bucket")
    desktop.stop(source)
    take_thumbnail_drag(desktop, window, shell)
    window.close()


def take_thumbnail_drag(desktop: Desktop, window: RealWindow, goal: tuple[int, int]) -> None:
    """Take how the unlabeled pictures are dragged onto a label."""
    first = window.grid.left + 100, window.grid.top + 90
    desktop.click((window.grid.left + 20, window.grid.bottom - 20))
    desktop.press("ctrl+2")
    time.sleep(SETTLE_S)
    desktop.press("ctrl+a")
    desktop.drag(first, goal, lambda: shoot(desktop, "drag-5-thumbnails"))
    desktop.press("ctrl+minus", "ctrl+minus", "ctrl+1")
    window.chip(1)
    shoot(desktop, "drag-6-labeled")


def named_copies(photos: Sequence[Path], label: str) -> list[Path]:
    """Return a few pictures of a label under names that a person would give them."""
    found = sorted(path for path in photos if path.parent.name == label)[:4]
    copies = [Path(f"{label} {number}.jpg").resolve() for number in range(1, 5)]
    for path, copy in zip(found, copies, strict=True):
        shutil.copy(path, copy)
    return copies


def count_photos() -> int:
    """Return how many pictures the bucket of the drags holds."""
    listed = boto3.client("s3").list_objects_v2(Bucket=DRAGGED).get("Contents", [])
    return sum(entry["Key"].endswith(".jpg") for entry in listed)


def wait(condition: Callable[[], object]) -> None:
    """Let the program go on until a condition holds."""
    for _ in range(CLOSE_WAIT_MS // 20):
        if condition():
            return
        pause(20)
    raise TimeoutError("waited in vain")


def pause(time_ms: int) -> None:
    """Let the program and the threads of the server go on for a while."""
    loop = QEventLoop()
    QTimer.singleShot(time_ms, loop.quit)
    loop.exec()


def grab(widget: QWidget, name: str, settle_ms: int = 400) -> None:
    """Save what a widget shows."""
    pause(settle_ms)
    path = PICTURES / f"{name}.png"
    widget.grab().save(str(path))
    save(Image.open(path).convert("RGB"), name)


def shoot(desktop: Desktop, name: str) -> None:
    """Save what is on the screen, with a friendlier background than none."""
    picture = desktop.screenshot()
    ImageDraw.floodfill(picture, (0, 0), ImageColor.getrgb(BACKGROUND))
    save(picture, name)


def save(picture: Image.Image, name: str) -> None:
    """Save a picture with as many colors as its limit of bytes allows."""
    path = PICTURES / f"{name}.png"
    swatches = (*PALETTE, LIGHT.accent, LIGHT.bad, LIGHT.good, DARK.accent)
    with_swatches = Image.new("RGB", (picture.width, picture.height + SWATCH_PX * len(swatches)))
    with_swatches.paste(picture)
    for number, color in enumerate(swatches):
        top = picture.height + SWATCH_PX * number
        with_swatches.paste(color, (0, top, picture.width, top + SWATCH_PX))
    for count in (256, 192, 128, 96, 64):
        palette = with_swatches.quantize(count)
        picture.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= LIMIT_BYTES:
            break
    sys.stdout.write(f"{path.relative_to(ROOT)} {path.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
