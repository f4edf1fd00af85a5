"""A short form of ``make chaos``, for every change: six jobs over two workers, five kills."""

import pytest

from .fire import burn
from .world import World

pytestmark = pytest.mark.acceptance


def test_six_jobs_under_five_kills(tmp_path):
    world = World(tmp_path, n_workers=2, n_recipes=2)
    world.up()
    try:
        toll = burn(world, n_jobs=6, n_kills=5, seed=7, timeout_s=170, database=None)
    finally:
        world.down()
    assert toll.faults == [], toll
    assert sum(toll.kills.values()) == 5
