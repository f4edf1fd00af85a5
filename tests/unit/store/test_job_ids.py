"""Job ids sort by time, are safe in paths, and are hardly ever drawn twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from testamur.store.job_id import check_job_id, new_job_id

MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2120, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.floats(min_value=0.004, max_value=1e8))
def test_later_ids_sort_later(moment, seconds):
    later = moment + timedelta(seconds=seconds + 0.004)
    assert new_job_id(moment) < new_job_id(later)


@given(MOMENTS)
def test_ids_are_twelve_plain_characters(moment):
    job_id = new_job_id(moment)
    assert check_job_id(job_id) == job_id
    assert job_id.isascii()
    assert job_id.isalnum()
    assert job_id == job_id.lower()


def test_ids_of_the_same_moment_differ():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert len({new_job_id(now) for _ in range(50)}) == 50
