"""The program's real window on a desktop, used by mouse and keyboard alone."""

import subprocess
import sys
from collections.abc import Sequence

from cloudanno_desktop.labels.label import color_at
from tests.support.desktop import Box, Desktop

SOURCE = (sys.executable, "-m", "cloudanno_desktop")
BROWSER_PX, SIDEBAR_PX = 230, 270  # at most, as the window lays them out at first
HEAD_PX = 150  # title, menus, toolbar and tabs
SELECTION_PX = 190  # the labels of the selection, below the list of labels
ROOM_PX = 310  # left of the window, for the program from which files are dragged


class RealWindow:
    """The window of ``cloudanno open``, from source or by another ``command``."""

    def __init__(
        self,
        desktop: Desktop,
        *arguments: str,
        command: Sequence[str] = SOURCE,
        **environment: str,
    ) -> None:
        self._desktop = desktop
        self.process = desktop.start([*command, *arguments], **environment)
        desktop.wait_for(self._is_there, "the window")
        width, height = desktop.size
        self.box = desktop.place(self.process, Box(ROOM_PX, 30, width - 20, height - 40))

    @property
    def grid(self) -> Box:
        """Where the pictures are."""
        box = self.box
        left, right = box.left + BROWSER_PX, box.right - SIDEBAR_PX
        return Box(left, box.top + HEAD_PX, right, box.bottom - 60)

    @property
    def labels(self) -> Box:
        """Where the list of labels is."""
        box = self.box
        left = box.right - SIDEBAR_PX
        return Box(left, box.top + HEAD_PX - 40, box.right, box.bottom - SELECTION_PX)

    def wait_for_project(self, title: str) -> None:
        """Wait until a project is open."""
        shown = f"{title} — CloudAnno"
        self._desktop.wait_for(lambda: shown in self._desktop.titles_of(self.process), shown)

    def add_label(self, name: str) -> None:
        """Type a new label."""
        self._desktop.press("ctrl+l")
        self._desktop.type_text(name)
        self._desktop.press("Return")

    def label(self, number: int) -> tuple[int, int]:
        """Return where the label is that was created as the ``number``-th, from 0."""
        return self._find(color_at(number), self.labels, f"label {number}")

    def picture(self, color: str) -> tuple[int, int]:
        """Return where the picture of one color is."""
        return self._find(color, self.grid, f"a picture in {color}")

    def chip(self, number: int) -> tuple[int, int]:
        """Return where a picture shows the ``number``-th label, from 0."""
        return self._find(color_at(number), self.grid, f"a picture with label {number}")

    def close(self) -> int:
        """Close the window as a person does, and return the program's exit code."""
        self._desktop.press("ctrl+q")
        return self.process.wait(60)

    def _find(self, color: str, box: Box, what: str) -> tuple[int, int]:
        return self._desktop.wait_for(lambda: self._desktop.find_color(color, box), what)

    def _is_there(self) -> Box | None:
        if self.process.poll() is not None:
            raise subprocess.CalledProcessError(self.process.returncode, self.process.args)
        return self._desktop.window_of(self.process)
