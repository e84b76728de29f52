"""Places stand whatever is current in them when they change; each walk is a child's."""

import os
import subprocess
import sys

import pytest

from tests.support import SUPPORT

CHILD = SUPPORT / "places_child.py"


@pytest.mark.parametrize(
    "walk",
    [
        "open_sub_folder",
        "change_order",
        "forget_what_is_current",
        "forget_what_is_being_listed",
        "keep_what_is_being_listed",
        "refresh_above_what_is_current",
        "change_connections",
        "use_a_menu_that_has_outlived_its_place",
        "hold_an_index_for_too_long",
    ],
)
def test_places_change_while_a_sub_folder_is_current(walk, tmp_path):
    child = subprocess.run(
        [sys.executable, str(CHILD), walk, str(tmp_path)],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    assert "Traceback" not in child.stderr
