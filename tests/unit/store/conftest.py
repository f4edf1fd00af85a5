"""A repository with a clock that moves when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from testamur.contracts.job import JobSpec
from testamur.store.repository import JobRepository


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 12, 30, 15, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def hand_clock() -> HandClock:
    return HandClock()


@pytest.fixture
def jobs(any_store, hand_clock) -> JobRepository:
    return JobRepository(any_store, clock=hand_clock)


@pytest.fixture
def small_spec() -> JobSpec:
    return JobSpec.parse(
        {"dataset": {"use": "health.nhefs"}, "job": {"max_attempts": 2, "name": "Büro 病 'x'"}}
    )
