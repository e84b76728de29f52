"""A hand works with the real window for a while; ``make soak`` lets it work for two hours."""

import os
import subprocess
import sys

import pytest

ACTS, SEED, TRAININGS = 80, 7, 0


@pytest.mark.slow
def test_a_hand_that_does_everything_at_once_loses_no_label(tmp_path):
    settings = {
        "CLOUDANNO_HOME": str(tmp_path / "home"),
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": "something",
        "AWS_DEFAULT_REGION": "us-east-1",
        "QT_QPA_PLATFORM": "offscreen",
    }
    arguments = [str(tmp_path), str(ACTS), str(SEED), str(TRAININGS)]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.support.soak", *arguments],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("all as the acts say") == 3
