"""Advice from guidelines: rules with their sources, held against the last four weeks. Not medical advice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]

from testamur_health.monitoring.sources import NSF, OXYGEN, RESTING, STEPS, WHO

PERIOD_DAYS, FEWEST_DAYS = 28, 14


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a guideline.

    Attributes:
        column: Column of the daily table that it looks at.
        figure: From the known days to the figure that decides.
        speaks: Whether it has something to say about a figure.
        says: What it says; ``{}`` is the figure.
        asks_a_doctor: True where a person should be asked, not an app.
        source: The guideline.
    """

    column: str
    figure: Callable[[Float64], float]
    speaks: Callable[[float], bool]
    says: str
    source: str
    asks_a_doctor: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """What a rule says of this person."""

    text: str
    source: str
    asks_a_doctor: bool
    n_days: int


def _mean(values: Float64) -> float:
    return float(values.mean())


RULES = (
    Rule(
        "exercise_min",
        lambda x: 7 * _mean(x),
        lambda x: x < 150,
        "About {:.0f} minutes of exercise a week were recorded. Adults are advised 150 to 300 minutes "
        "of moderate "
        "activity a week; any amount is better than none, and more can be added little by little.",
        WHO,
    ),
    Rule(
        "steps",
        _mean,
        lambda x: x < 6000,
        "About {:,.0f} steps a day. In 15 cohorts mortality fell with every further thousand steps up "
        "to 6,000 to "
        "8,000 a day (from 60 years on) or 8,000 to 10,000 (below).",
        STEPS,
    ),
    Rule(
        "sleep_h",
        _mean,
        lambda x: x < 7,
        "About {:.1f} hours of sleep a night. Adults are advised 7 to 9 hours (from 65 years on, 7 to 8).",
        NSF,
    ),
    Rule(
        "sleep_h",
        _mean,
        lambda x: x > 9,
        "About {:.1f} hours of sleep a night, more than the 7 to 9 that adults are advised. If it is "
        "not your choice "
        "and lasts, mention it to a doctor.",
        NSF,
        asks_a_doctor=True,
    ),
    Rule(
        "resting_hr",
        _mean,
        lambda x: x > 90,
        "A resting heart rate of about {:.0f} beats a minute is high. Mention it to a doctor.",
        RESTING,
        asks_a_doctor=True,
    ),
    Rule(
        "spo2",
        lambda x: float(np.quantile(x, 0.1)),
        lambda x: x < 92,
        "On one day in ten blood oxygen was at {:.0f} % or below. A watch often measures too low; if "
        "you feel short "
        "of breath, call for help, otherwise have it measured by a doctor.",
        OXYGEN,
        asks_a_doctor=True,
    ),
)


def find_advice(days: Mapping[str, Float64]) -> tuple[Advice, ...]:
    """What the rules say of the last four weeks; a rule with fewer than `FEWEST_DAYS` days keeps silent.

    Args:
        days: Columns of the daily table by name, NaN where missing, the last day last.
    """
    found = []
    for rule in RULES:
        values = days.get(rule.column, np.zeros(0))[-PERIOD_DAYS:]
        known = values[np.isfinite(values)]
        if known.size < FEWEST_DAYS:
            continue
        figure = rule.figure(known)
        if rule.speaks(figure):
            found.append(Advice(rule.says.format(figure), rule.source, rule.asks_a_doctor, int(known.size)))
    return tuple(sorted(found, key=lambda advice: not advice.asks_a_doctor))
