"""Computers on which no window can open: no display, or a library of the system is missing."""

import importlib.abc
import sys

import pytest

from cloudanno_desktop import __main__ as program
from cloudanno_desktop.cli.output import has_display
from cloudanno_desktop.errors import Failed

WINDOW = "cloudanno_desktop.gui.app.start"


class Lacking(importlib.abc.MetaPathFinder):
    """Fails the import of the window as the system's loader does."""

    def __init__(self, text):
        self._text = text

    def find_spec(self, fullname, path=None, target=None):
        if fullname == WINDOW:
            raise ImportError(self._text)


@pytest.fixture
def open_lacking(monkeypatch):
    def open_lacking(text):
        monkeypatch.delitem(sys.modules, WINDOW, raising=False)
        monkeypatch.setattr(sys, "meta_path", [Lacking(text), *sys.meta_path])
        return program.open_window("", "", None)

    monkeypatch.setenv("DISPLAY", ":7")
    return open_lacking


@pytest.mark.parametrize("library", ["libGL.so.1", "libEGL.so.1", "libxkbcommon.so.0"])
def test_a_missing_library_of_the_system_is_named(open_lacking, library):
    text = f"{library}: cannot open shared object file: No such file or directory"
    with pytest.raises(Failed, match=library) as failed:
        open_lacking(text)
    assert "\n" not in str(failed.value)


def test_another_failed_import_stays_a_bug(open_lacking):
    with pytest.raises(ImportError, match="cannot import name"):
        open_lacking("cannot import name 'surplus'")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_linux_may_have_no_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert not has_display()
    with pytest.raises(Failed, match="no display"):
        program.open_window("", "", None)
