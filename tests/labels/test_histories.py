"""Random histories of several computers: all agree in the end, and nothing is lost.

``CLOUDANNO_HISTORIES`` tells how many (10,000 by default), ``CLOUDANNO_HISTORY`` one seed to look
at; a failure names its seed.
"""

import os

import pytest

from cloudanno_desktop.labels.journal import hlc
from tests.support.world import World

HISTORIES = int(os.environ.get("CLOUDANNO_HISTORIES", "10000"))
PARTS = 20
STEPS = 7


@pytest.fixture(autouse=True)
def _own_clock(monkeypatch):
    monkeypatch.setattr(hlc, "wall_ms", hlc.wall_ms)  # put back afterwards


def live(seed):
    world = World(seed)
    try:
        world.run(STEPS)
        world.check()
    except Exception as error:
        raise AssertionError(f"history {seed}") from error
    finally:
        world.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_all_computers_agree_and_nothing_that_was_acknowledged_is_lost(part):
    only = os.environ.get("CLOUDANNO_HISTORY")
    seeds = [int(only)] if only else range(part, HISTORIES, PARTS)
    for seed in seeds:
        live(seed)
