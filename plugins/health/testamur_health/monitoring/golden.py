"""Made days whose alerts and components can be counted by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]

from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.dataset import Problem, ProblemKind, WindowRule
from testamur.contracts.table import History
from testamur.testing.tables import make_input

N_DAYS, FIRST_TEST = 200, 150
CHANNELS = ("resting_hr", "steps")


def _given(resting: Float64, steps: Float64, minimum_group: int = 1) -> AuditInput:
    """What a check is given of one person whose last 50 days are the test."""
    base = make_input(target=[0, 1], event=[0.1, 0.9], minimum_group=minimum_group)
    n = N_DAYS - FIRST_TEST
    stop = np.arange(FIRST_TEST, N_DAYS, dtype=np.int64)
    history = History(
        values=np.column_stack([resting, steps]).astype(np.float32),
        codes=np.zeros((N_DAYS, 0), dtype=np.int64),
        time=86400.0 * np.arange(20_000, 20_000 + N_DAYS),
        series=np.zeros(N_DAYS, dtype=np.int64),
        start=stop - 28,
        stop=stop,
    )
    part = replace(base.table.test, row=np.arange(n, dtype=np.int64), history=history)
    problem = Problem(kind=ProblemKind.FORECAST, target="resting_hr", horizon=1)
    spec = base.table.spec.model_copy(
        update={"problem": problem, "windows": WindowRule(length=28, channels=CHANNELS)}
    )
    table = replace(base.table, spec=spec, problem=problem, test=part)
    return replace(base, table=table, options=base.options.model_copy(update={"bootstrap": 100}))


def alert_cases() -> list[GoldenCase]:
    """A pulse that swings between 59 and 61 never alerts; one day at 75 does, once, in 50 test days."""
    swing = np.where(np.arange(N_DAYS) % 2 == 0, 59.0, 61.0)
    steps = np.full(N_DAYS, 9000.0)
    spike = swing.copy()
    spike[170] = 75.0
    expected = ("expected_false_a_month", "", 30 / 57)
    return [
        GoldenCase("an even swing", _given(swing, steps), (expected, ("rung_a_month", "", 0.0))),
        GoldenCase("one high day", _given(spike, steps), (expected, ("rung_a_month", "", 30 / 50))),
        GoldenCase("too few days", _given(spike, steps, minimum_group=60), (("rung_a_month", "", None),)),
    ]


def person_cases() -> list[GoldenCase]:
    """Pulse and steps are two components; without steps one is left."""
    pulse, steps = np.full(N_DAYS, 60.0), np.full(N_DAYS, 9000.0)
    alone = np.full(N_DAYS, np.nan)
    return [
        GoldenCase("pulse and steps", _given(pulse, steps), (("score_components", "", 2.0),)),
        GoldenCase("pulse alone", _given(pulse, alone), (("score_components", "", 1.0),)),
    ]
