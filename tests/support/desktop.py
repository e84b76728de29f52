"""A screen of its own with a window manager, and a mouse: what a person has, for a program.

Things are found the way a person finds them, by looking: a label by its color, a picture by its.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image, ImageColor

from tests.support import SUPPORT

PROGRAMS = ("Xvfb", "openbox", "xdotool", "import")
Child = subprocess.Popen[bytes]
Result = TypeVar("Result")
DRAG_SOURCE = SUPPORT / "drag_source.py"
PATIENCE_S = 60
STEPS = 10
STEP_S = 0.03  # between two moves of a drag, as a hand makes them
DOUBLE_CLICK_S, DOUBLE_CLICK_PX = 0.5, 20  # two presses sooner and nearer are one gesture
HOVER_S = 0.25  # until a program has answered where the pointer came to rest


def missing_programs() -> list[str]:
    """Return the programs that a desktop needs and this machine does not have."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


@dataclass(frozen=True)
class Box:
    """A rectangle of the screen in pixels; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def center(self) -> tuple[int, int]:
        """The pixel in the middle."""
        return (self.left + self.right) // 2, (self.top + self.bottom) // 2


class Desktop:
    """An X server without a screen, with openbox and a mouse; ends what was started on it.

    Args:
        size: of the screen, in pixels.
    """

    def __init__(self, size: tuple[int, int] = (1600, 960)) -> None:
        self.size = size
        self.name = ""
        self._last_press = (0.0, (0, 0))
        self._children: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Desktop":
        """Start the server and the window manager."""
        try:
            self.name = f":{self._start_server()}"
            self.start(["openbox"])
            self.wait_for(self._has_window_manager, "a window manager")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        """End everything."""
        self.close()

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a program on this desktop."""
        kept = {k: v for k, v in os.environ.items() if k not in {"QT_QPA_PLATFORM", "DISPLAY"}}
        return {**kept, "DISPLAY": self.name, "QT_QPA_PLATFORM": "xcb"}

    def start(self, command: list[str], **environment: str) -> Child:
        """Start a program on this desktop."""
        child = subprocess.Popen(
            command, env={**self.environment, **environment}, start_new_session=True
        )
        self._children.append(child)
        return child

    def offer_files(self, paths: list[Path]) -> Child:
        """Show a window of another program from which these files can be dragged."""
        source = self.start([sys.executable, str(DRAG_SOURCE), *map(str, paths)])
        self.wait_for(lambda: self.window_of(source), "the window to drag from")
        return source

    def stop(self, child: Child) -> None:
        """End one program."""
        end(child)
        self._children.remove(child)

    def close(self) -> None:
        """End every program that was started here, the last one first."""
        for child in reversed(self._children):
            end(child)
        self._children.clear()

    def wait_for(self, condition: Callable[[], Result], what: str) -> Result:
        """Return the first true answer of ``condition``; fail when there is none for long."""
        limit = time.monotonic() + PATIENCE_S
        while time.monotonic() < limit:
            if response := condition():
                return response
            time.sleep(0.05)
        raise TimeoutError(f"waited in vain for {what}")

    def screenshot(self) -> Image.Image:
        """Return what is on the screen."""
        body = subprocess.run(
            ["import", "-window", "root", "png:-"],
            env=self.environment,
            check=True,
            capture_output=True,
        ).stdout
        return Image.open(BytesIO(body)).convert("RGB")

    def find_color(self, color: str, box: Box) -> tuple[int, int] | None:
        """Return a pixel inside the topmost thing of a color within ``box``, ``None`` for none."""
        pixels = np.asarray(self.screenshot().crop((box.left, box.top, box.right, box.bottom)))
        near = np.abs(pixels.astype(int) - ImageColor.getrgb(color)).max(axis=2) <= 6
        full = np.flatnonzero(near.sum(axis=1) >= 8)
        if not len(full):
            return None
        gap = np.flatnonzero(np.diff(full) > 1)
        rows = full[: gap[0] + 1] if len(gap) else full
        row = int(rows[len(rows) // 2])
        columns = np.flatnonzero(near[row])
        return box.left + int(columns[len(columns) // 2]), box.top + row

    def window_of(self, process: Child) -> Box | None:
        """Return where the (largest) window of a program stands, ``None`` while there is none."""
        boxes = [self._box(name) for name in self._windows(process)]
        return max(boxes, key=lambda box: box.right - box.left, default=None)

    def titles_of(self, process: Child) -> list[str]:
        """Return the titles of a program's windows."""
        return [self.xdotool("getwindowname", name).strip() for name in self._windows(process)]

    def place(self, process: Child, box: Box) -> Box:
        """Move and size a program's window, and return where it then stands."""
        name = max(self._windows(process), key=lambda name: self._box(name).right)
        size = (box.right - box.left, box.bottom - box.top)
        self.xdotool("windowsize", name, *size)
        self.xdotool("windowmove", name, box.left, box.top)
        self.wait_for(
            lambda: abs(self._box(name).right - box.right) < 40,
            "the window to move",
        )
        return self._box(name)

    def drag(
        self,
        start: tuple[int, int],
        goal: tuple[int, int],
        on_hover: Callable[[], object] | None = None,
    ) -> None:
        """Drag by the mouse; ``on_hover`` is called before the button is let go.

        The first small steps make it a drag, the last one tells the target where it ends.
        """
        self._press_at(start, "mousedown")
        for step in range(1, 5):
            self._glide(start[0] + 5 * step, start[1] + 2 * step)
        for step in range(1, STEPS + 1):
            self._glide(*(a + (b - a) * step // STEPS for a, b in zip(start, goal, strict=True)))
        self._glide(goal[0] + 1, goal[1])
        time.sleep(HOVER_S)
        if on_hover:
            on_hover()
        self.xdotool("mouseup", 1)

    def click(self, point: tuple[int, int]) -> None:
        """Click."""
        self._press_at(point, "click")

    def press(self, *keys: str) -> None:
        """Press keys by their X names, such as ``ctrl+a``."""
        self.xdotool("key", *keys)

    def type_text(self, text: str) -> None:
        """Type text."""
        self.xdotool("type", "--delay", "30", text)

    def xdotool(self, *words: object) -> str:
        """Run xdotool and return what it says."""
        done = subprocess.run(
            ["xdotool", *map(str, words)],
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def _start_server(self) -> int:
        reading, writing = os.pipe()
        screen = f"{self.size[0]}x{self.size[1]}x24"
        command = [
            "Xvfb",
            "-displayfd",
            str(writing),
            "-screen",
            "0",
            screen,
            "-nolisten",
            "tcp",
            "-noreset",
        ]
        server = subprocess.Popen(
            command, pass_fds=[writing], stderr=subprocess.DEVNULL, start_new_session=True
        )
        self._children.append(server)
        os.close(writing)
        with os.fdopen(reading) as response:
            return int(response.readline())

    def _has_window_manager(self) -> bool:
        return self.xdotool("get_num_desktops").strip() not in {"", "0"}

    def _windows(self, process: Child) -> list[str]:
        found = self.xdotool(
            "search", "--all", "--onlyvisible", "--pid", process.pid, "--name", ".+"
        )
        return found.split()

    def _box(self, window: str) -> Box:
        self.xdotool("mousemove", "--window", window, 0, 0)  # its geometry counts the frame twice
        corner = self._numbers("getmouselocation", "--shell")
        size = self._numbers("getwindowgeometry", "--shell", window)
        left, top = corner["X"], corner["Y"]
        return Box(left, top, left + size["WIDTH"], top + size["HEIGHT"])

    def _numbers(self, *words: str) -> dict[str, int]:
        reported = self.xdotool(*words)
        return {name: int(value) for name, value in re.findall(r"(\w+)=(-?\d+)", reported)}

    def _press_at(self, point: tuple[int, int], act: str) -> None:
        """Press the button as soon as that makes no double click of the press before."""
        self.xdotool("mousemove", *point)
        moment, place = self._last_press
        if max(abs(a - b) for a, b in zip(point, place, strict=True)) < DOUBLE_CLICK_PX:
            self.wait_for(lambda: time.monotonic() > moment + DOUBLE_CLICK_S, "the press before")
        self.xdotool(act, 1)
        self._last_press = time.monotonic(), point

    def _glide(self, left: int, top: int) -> None:
        self.xdotool("mousemove", left, top)
        time.sleep(STEP_S)


def end(child: Child) -> None:
    """End a program and what it started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            child.wait(5)
            return
