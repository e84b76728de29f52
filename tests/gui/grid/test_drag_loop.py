import json
import os
import subprocess
import sys

import pytest

from tests.support import SUPPORT


@pytest.fixture(scope="module")
def dragged():
    script = SUPPORT / "real_drag.py"
    result = subprocess.run(
        [sys.executable, script],
        env={**os.environ, "QT_QPA_PLATFORM": "minimal"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(result.stdout)


def test_the_whole_selection_is_dragged_by_one_of_its_images(dragged):
    assert dragged["many"] == [101, 102, 150]


def test_an_image_that_was_not_selected_is_dragged_alone(dragged):
    assert dragged["one"] == [100]


def test_esc_ends_a_drag_without_a_drop(dragged):
    assert dragged["cancelled"] == []


def test_a_label_dragged_onto_the_selection_labels_it(dragged):
    assert dragged["labeled"] == [["label-1", [102, 103]]]
    assert dragged["selected"] == [102, 103]
