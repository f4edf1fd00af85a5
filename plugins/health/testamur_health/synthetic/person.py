"""SYNTHETIC: the days of a person who does not exist.

Resting heart rate, variability, steps and sleep follow a slow walk, a week and noise of the size that
wearables' users show (resting rate about 60 +/- 2.5 beats a minute from day to day; Quer et al., PLoS ONE
2020;15:e0227709). On planted days the person is unwell: the resting rate rises by 7 to 9 beats and the
variability falls, as in Mishra et al., Nat Biomed Eng 2020;4:1208-1220. What is found in such data shows
that a method works as described, and nothing about people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

UNWELL_DAYS = 4  # length of each planted spell


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the made person.

    Attributes:
        day: Its date.
        resting: Resting heart rate, beats a minute.
        hrv: Variability (SDNN), ms.
        steps: Number of steps.
        asleep_at: Minutes after 18:00 of the evening before.
        asleep: Minutes asleep.
        weight: kg.
        worn: False on days on which the watch lay in a drawer.
        unwell: True on planted days.
    """

    day: date
    resting: float
    hrv: float
    steps: int
    asleep_at: int
    asleep: int
    weight: float
    worn: bool
    unwell: bool


def make_days(first: date, n_days: int, *, seed: int, unwell: tuple[int, ...] = ()) -> list[Day]:
    """Make `n_days` days from `first` on.

    Args:
        first: The first day.
        n_days: Number of days.
        seed: Of every draw.
        unwell: Days, counted from 0, on which a spell of `UNWELL_DAYS` begins.
    """
    r = np.random.default_rng(seed)
    ill = {start + k for start in unwell for k in range(UNWELL_DAYS)}
    slow = np.cumsum(r.normal(0, 0.15, n_days))
    weight = 74 + np.cumsum(r.normal(0, 0.05, n_days))
    made = []
    for i in range(n_days):
        day = first + timedelta(days=i)
        sick, weekend = i in ill, day.weekday() >= 5
        made.append(
            Day(
                day=day,
                resting=float(60 + 2 * np.tanh(slow[i] / 2) + r.normal(0, 1.6) + sick * r.uniform(7, 9)),
                hrv=float(np.exp(np.log(45) + r.normal(0, 0.18) - 0.45 * sick)),
                steps=int(max(300, r.gamma(6, 1450) * (0.75 if weekend else 1) * (0.35 if sick else 1))),
                asleep_at=int(r.normal(320 + 45 * weekend, 35)),
                asleep=int(np.clip(r.normal(425 + 35 * weekend + 40 * sick, 45), 180, 660)),
                weight=float(weight[i]),
                worn=bool(r.uniform() > 0.03),
                unwell=sick,
            )
        )
    return made
