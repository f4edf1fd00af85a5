"""A health score of declared components, each from a published table or a stated translation of one.

The score is the mean of the components that were measured in the last four weeks; what was not measured is
named and never filled in. Its uncertainty is that of the days: they are resampled in weeks (H. R. Kuensch,
Ann Stat 1989;17:1217-1241). It is no probability of anything, and two people's scores do not compare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]

from testamur_health.monitoring.sources import LE8, NSF, RESTING, STEPS, WHO

PERIOD_DAYS, FEWEST_DAYS = 28, 14
FEWEST_COMPONENTS = 2
N_DRAWS, BLOCK_DAYS = 2000, 7
ACTIVITY = ((150, 100), (120, 90), (90, 80), (60, 60), (30, 40), (1, 20), (0, 0))  # minutes a week, points
SLEEP = ((4, 0), (5, 20), (6, 40), (7, 70), (9, 100), (10, 90), (24, 40))  # hours below, points


def activity_points(minutes_a_week: float) -> float:
    """Points of Life's Essential 8 for minutes of moderate activity a week."""
    return float(next(points for least, points in ACTIVITY if minutes_a_week >= least or least == 0))


def sleep_points(hours: float) -> float:
    """Points of Life's Essential 8 for average hours of sleep: most for 7 to 9."""
    return float(next(points for below, points in SLEEP if hours < below or below == 24))


def step_points(steps: float) -> float:
    """0 at 2,500 steps a day, 100 at 8,000 and more; straight between (our translation)."""
    return float(np.clip((steps - 2500) / 5500, 0, 1) * 100)


def pulse_points(beats: float) -> float:
    """100 at 60 beats a minute and below, 0 at 100; straight between (our translation)."""
    return float(np.clip((100 - beats) / 40, 0, 1) * 100)


@dataclass(frozen=True, slots=True)
class Component:
    """One part of the score.

    Attributes:
        name: Its name.
        column: Column of the daily table.
        unit: Of the figure that is judged.
        figure: From the known days' values to that figure.
        points: From the figure to 0 to 100 points.
        rule: The points in words.
        sources: Where they come from.
    """

    name: str
    column: str
    unit: str
    figure: Callable[[Float64], float]
    points: Callable[[float], float]
    rule: str
    sources: tuple[str, ...]


def _mean(values: Float64) -> float:
    return float(values.mean())


def _per_week(values: Float64) -> float:
    return 7 * float(values.mean())


COMPONENTS = (
    Component(
        "activity",
        "exercise_min",
        "minutes a week",
        _per_week,
        activity_points,
        "100 points from 150 minutes a week; 90 from 120, 80 from 90, 60 from 60, 40 from 30, 20 from 1",
        (LE8, WHO),
    ),
    Component(
        "sleep",
        "sleep_h",
        "hours a night",
        _mean,
        sleep_points,
        "100 points for 7 to 9 hours; 90 for 9 to 10, 70 for 6 to 7, 40 for 5 to 6 or 10 and more, 20 "
        "for 4 to 5",
        (LE8, NSF),
    ),
    Component(
        "steps",
        "steps",
        "steps a day",
        _mean,
        step_points,
        "0 points at 2,500 a day, 100 at 8,000; straight between: our translation of a curve that "
        "flattens there",
        (STEPS,),
    ),
    Component(
        "resting heart rate",
        "resting_hr",
        "beats a minute",
        _mean,
        pulse_points,
        "100 points at 60 and below, 0 at 100; straight between: our translation of a risk that grows "
        "with it",
        (RESTING,),
    ),
)
NOT_COVERED = ("diet", "smoking", "blood pressure", "blood lipids", "blood glucose", "body mass index")


@dataclass(frozen=True, slots=True)
class Part:
    """A component as it stands; the figures are None where too few days were measured."""

    component: Component
    n_days: int
    figure: float | None
    points: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """The score, None where too few components were measured, with its interval and its parts."""

    value: float | None
    low: float | None
    high: float | None
    parts: tuple[Part, ...]
    reason: str = ""


def find_score(days: Mapping[str, Float64], *, seed: int, level: float = 0.95) -> Score:
    """Score the last `PERIOD_DAYS` days.

    Args:
        days: Columns of the daily table by name, NaN where missing, the last day last.
        seed: Of the draws.
        level: Of the intervals.
    """
    rng = np.random.default_rng([seed, 2])
    length = min(PERIOD_DAYS, next(iter(days.values())).size)
    starts = rng.integers(0, max(length - BLOCK_DAYS, 0) + 1, (N_DRAWS, -(-length // BLOCK_DAYS)))
    chosen = (
        (starts[:, :, None] + np.arange(BLOCK_DAYS)).reshape(N_DRAWS, -1)[:, :length].clip(max=length - 1)
    )
    tail = (1 - level) / 2
    parts, drawn = [], []
    for component in COMPONENTS:
        values = days.get(component.column, np.full(length, np.nan))[-length:]
        part, points = _part(component, values, chosen, tail)
        parts.append(part)
        if points is not None:
            drawn.append(points)
    known = [part.points for part in parts if part.points is not None]
    if len(known) < FEWEST_COMPONENTS:
        reason = (
            f"{len(known)} of {len(COMPONENTS)} components were measured; {FEWEST_COMPONENTS} are required"
        )
        return Score(None, None, None, tuple(parts), reason)
    totals = np.nanmean(np.stack(drawn), axis=0)
    low, high = np.nanquantile(totals, [tail, 1 - tail])
    value = float(np.mean(known))
    return Score(value, min(float(low), value), max(float(high), value), tuple(parts))


def _part(
    component: Component, values: Float64, chosen: NDArray[np.int64], tail: float
) -> tuple[Part, Float64 | None]:
    known = values[np.isfinite(values)]
    if known.size < FEWEST_DAYS:
        return Part(component, int(known.size), None, None), None
    figure = component.figure(known)
    drawn = np.array([_points_of(component, values[rows]) for rows in chosen[: N_DRAWS // 4]])
    low, high = np.nanquantile(drawn, [tail, 1 - tail])
    points = component.points(figure)
    return Part(component, int(known.size), figure, points, min(low, points), max(high, points)), drawn


def _points_of(component: Component, values: Float64) -> float:
    known = values[np.isfinite(values)]
    return component.points(component.figure(known)) if known.size else float("nan")
