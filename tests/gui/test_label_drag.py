"""The label list inside the true drag loop; the offscreen platform has none."""

import os
import subprocess
import sys

import pytest

from tests.support import SUPPORT

CHILD = SUPPORT / "label_drag.py"


@pytest.mark.parametrize(
    ("target", "dropped"), [("onto", "onto heron stork"), ("between", "before row heron 3")]
)
def test_a_label_is_dragged_onto_another_or_between_others(target, dropped):
    ran = subprocess.run(
        [sys.executable, str(CHILD), target],
        env={**os.environ, "QT_QPA_PLATFORM": "minimal"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == dropped
