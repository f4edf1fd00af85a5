"""A worker is silent when its sign of life stays the same for too long; clocks on walls have no say."""

from datetime import UTC, datetime, timedelta

from testamur.store.pulse import Beat
from testamur_workers.silence import Silence

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def beat(job_id: str, minutes: float, token: int = 1) -> Beat:
    return Beat(job_id, token, NOON + timedelta(minutes=minutes), 30.0)


def test_only_an_unchanged_sign_of_life_grows_old():
    now = [0.0]
    silence = Silence(lambda: now[0])
    quiet, well = beat("a", 0), beat("b", 0)
    assert silence.listen([quiet, well]) == []
    now[0] = 20.0
    well = beat("b", 1)
    assert silence.listen([quiet, well]) == []
    now[0] = 31.0
    assert silence.listen([quiet, well]) == [quiet]
    now[0] = 60.0
    assert silence.listen([beat("a", 0, token=2), well]) == [well]  # taken by another worker meanwhile


def test_a_wall_clock_that_jumps_makes_nobody_silent():
    now = [0.0]
    silence = Silence(lambda: now[0])
    for second, jump_minutes in ((0, 0), (10, 60), (20, -60), (30, 0.5), (40, 90)):
        now[0] = float(second)
        assert silence.listen([beat("a", jump_minutes + second / 60)]) == []
