"""A short form of ``make chaos``, for every change: ten jobs, eight kills."""

import pytest

from .fire import burn
from .world import World

pytestmark = pytest.mark.acceptance


def test_ten_jobs_under_eight_kills(tmp_path):
    world = World(tmp_path)
    world.up()
    try:
        toll = burn(world, n_jobs=10, n_kills=8, seed=7, timeout_s=170, database=None)
    finally:
        world.down()
    assert toll.faults == [], toll
    assert sum(toll.kills.values()) == 8
