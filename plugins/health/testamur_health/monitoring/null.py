"""How often alerts ring when nothing is the matter, measured instead of assumed.

Two simulations. *Own rhythm*: days without any event, with the person's own spread, week and day-to-day
autocorrelation (first-order autoregression of each signal, its coefficient estimated on training days);
the rank rule is run on them and its alerts are counted. *Planted*: SYNTHETIC people with planted spells,
see `synthetic.person`; counted are the spells that were seen and the alerts on days without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]

from testamur_health.monitoring.signals import MEMORY_DAYS, WORSE, find_signals
from testamur_health.synthetic.person import UNWELL_DAYS, make_days

N_RUNS, RUN_DAYS = 30, 365
N_PEOPLE, PERSON_DAYS, EVERY_DAYS = 20, 400, 60
WARM_DAYS = MEMORY_DAYS + 28
SEEN_WITHIN = UNWELL_DAYS  # a spell is seen when an alert rings on one of its days


@dataclass(frozen=True, slots=True)
class Counted:
    """Something that happened on some of many days (or spells)."""

    happened: int
    of: int


def own_rhythm(days: Mapping[str, Float64], *, seed: int) -> Counted:
    """Alerts on days that are made from the person's own rhythm, without events.

    Args:
        days: Columns of training days by name, NaN where missing.
        seed: Of every draw.
    """
    rng = np.random.default_rng([seed, 1])
    happened = of = 0
    for _ in range(N_RUNS):
        made = {name: _rhythm(days[name], rng) for name in WORSE if name in days and _usable(days[name])}
        if not made:
            return Counted(0, 0)
        found = find_signals(made)
        judged = np.isfinite(found.expected)
        happened += int(found.alert[judged].sum())
        of += int(judged.sum())
    return Counted(happened, of)


def planted(*, seed: int) -> tuple[Counted, Counted]:
    """SYNTHETIC people: spells seen of all spells, and alerts on days that belong to none."""
    seen = spells = false = quiet = 0
    for person in range(N_PEOPLE):
        starts = tuple(range(WARM_DAYS + 20, PERSON_DAYS - UNWELL_DAYS, EVERY_DAYS))
        made = make_days(date(2020, 1, 1), PERSON_DAYS, seed=1000 * seed + person, unwell=starts)
        worn = np.array([day.worn for day in made])
        columns = {
            "resting_hr": np.array([day.resting for day in made]).round(),
            "hrv_ms": np.array([day.hrv for day in made]),
            "steps": np.array([float(day.steps) for day in made]),
        }
        for values in columns.values():
            values[~worn] = np.nan
        found = find_signals(columns)
        ill = np.zeros(PERSON_DAYS, dtype=np.bool_)
        for start in starts:
            ill[start : start + UNWELL_DAYS] = True
            seen += bool(found.alert[start : start + SEEN_WITHIN].any())
            spells += 1
        well = np.isfinite(found.expected) & ~ill
        false += int(found.alert[well].sum())
        quiet += int(well.sum())
    return Counted(seen, spells), Counted(false, quiet)


def _usable(values: Float64) -> bool:
    return int(np.isfinite(values).sum()) >= 2 * MEMORY_DAYS


def _rhythm(values: Float64, rng: np.random.Generator) -> Float64:
    """RUN_DAYS made days: the person's mean by weekday, spread, autocorrelation and share of missing days."""
    known = np.isfinite(values)
    weekday = np.arange(values.size) % 7
    means = np.array([_median(values[known & (weekday == d)]) for d in range(7)])
    means = np.where(np.isfinite(means), means, np.nanmedian(values))
    rest = values - means[weekday]
    low, high = np.nanquantile(rest, [0.01, 0.99])  # spells of the training days are not the null
    rest = np.clip(rest, low, high)
    pair = np.isfinite(rest[1:]) & np.isfinite(rest[:-1])
    phi = _carried_over(rest[:-1][pair], rest[1:][pair])
    shocks = rng.choice(rest[known], RUN_DAYS) * np.sqrt(1 - phi**2)
    made = np.empty(RUN_DAYS)
    made[0] = rng.choice(rest[known])
    for t in range(1, RUN_DAYS):
        made[t] = phi * made[t - 1] + shocks[t]
    made += means[np.arange(RUN_DAYS) % 7]
    made[rng.uniform(size=RUN_DAYS) > known.mean()] = np.nan
    return made


def _median(values: Float64) -> float:
    return float(np.median(values)) if values.size else float("nan")


def _carried_over(before: Float64, after: Float64) -> float:
    """Autocorrelation from one day to the next, 0 to 0.95; 0 where it cannot be told."""
    if before.size <= 10 or before.std() == 0 or after.std() == 0:
        return 0.0
    return float(np.clip(np.corrcoef(before, after)[0, 1], 0.0, 0.95))
