"""What would move the score: the smallest plausible changes of what a person can change. Not medical advice.

A counterfactual of the score, not of health: the components of the last four weeks as they were, one or two
of them moved, everything else held. Only steps, exercise and sleep may move, only in the direction that
guidelines name, and at most as far as people moved on average in trials. Age, sex, resting heart rate,
variability and oxygen are never moved: nobody decides on them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]

from testamur_health.monitoring.score import COMPONENTS, FEWEST_DAYS, PERIOD_DAYS, Component, Score
from testamur_health.monitoring.sources import MORE_ACTIVE, MORE_SLEEP, MORE_STEPS

HELD = ("age", "sex", "resting heart rate", "heart rate variability", "blood oxygen")
MOST_TOGETHER = 2
WAYS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Lever:
    """A component that a person can move.

    Attributes:
        name: Of the component.
        step: Smallest change that is looked at, in the component's unit.
        most: Largest change that is plausible.
        until: Figure beyond which nobody is told to go.
        source: Where the largest change comes from.
    """

    name: str
    step: float
    most: float
    until: float
    source: str

    @property
    def component(self) -> Component:
        """The part of the score that it moves."""
        return next(c for c in COMPONENTS if c.name == self.name)


LEVERS = (
    Lever("activity", 5.0, 35.0, 300.0, MORE_ACTIVE),
    Lever("sleep", 0.2, 1.2, 9.0, MORE_SLEEP),
    Lever("steps", 250.0, 2491.0, 10_000.0, MORE_STEPS),
)


@dataclass(frozen=True, slots=True)
class Move:
    """One lever moved.

    Attributes:
        lever: Which.
        before: Its figure in the last four weeks.
        after: The figure that is imagined.
        n_reached: Earlier four-week periods of the person, apart from each other, with that figure or more.
        n_periods: Such periods with enough days.
    """

    lever: Lever
    before: float
    after: float
    n_reached: int
    n_periods: int

    @property
    def effort(self) -> float:
        """The change as a share of the largest plausible one."""
        return (self.after - self.before) / self.lever.most


@dataclass(frozen=True, slots=True)
class Way:
    """One or two moves together, and the score that would result."""

    moves: tuple[Move, ...]
    score: float

    @property
    def effort(self) -> float:
        """Sum of the moves' efforts."""
        return sum(move.effort for move in self.moves)


@dataclass(frozen=True, slots=True)
class Reach:
    """What would move the score.

    Attributes:
        ways: Smallest changes after which the score lies above its present interval, least effort first.
        furthest: The score if every lever moved as far as is plausible; None where there is no score.
        reason: Why there is no way, in words; empty where there is one.
    """

    ways: tuple[Way, ...]
    furthest: float | None
    reason: str = ""


def find_reach(days: Mapping[str, Float64], score: Score) -> Reach:
    """Search one and two levers for the least change that lifts the score above its own interval.

    Of each set of levers the change with the smallest sum of efforts is kept; a pair is kept only where
    neither of its levers does it alone.

    Args:
        days: Columns of the daily table by name, NaN where missing, the last day last.
        score: Of the same days.
    """
    if score.value is None or score.high is None:
        return Reach((), None, f"there is no score to move: {score.reason}")
    points = {p.component.name: p.points for p in score.parts if p.points is not None}
    choices = {lever.name: _moves(lever, days, score) for lever in LEVERS if lever.name in points}
    total = _total(points)
    ways: list[Way] = []
    for size in range(1, MOST_TOGETHER + 1):
        for names in combinations([name for name, moves in choices.items() if moves], size):
            if any({m.lever.name for m in way.moves} <= set(names) for way in ways):
                continue
            found = [Way(moves, total(moves)) for moves in product(*(choices[name] for name in names))]
            enough = [way for way in found if way.score > score.high + 1e-9]
            if enough:
                ways.append(min(enough, key=lambda way: (way.effort, -way.score)))
    furthest = total(tuple(moves[-1] for moves in choices.values() if moves))
    shown = tuple(sorted(ways, key=lambda way: way.effort)[:WAYS_SHOWN])
    return Reach(shown, furthest, "" if shown else _why_none(choices, score, furthest))


def _total(points: Mapping[str, float]) -> Callable[[tuple[Move, ...]], float]:
    def total(moves: tuple[Move, ...]) -> float:
        moved = {move.lever.name: move.lever.component.points(move.after) for move in moves}
        return float(np.mean([moved.get(name, value) for name, value in points.items()]))

    return total


def _moves(lever: Lever, days: Mapping[str, Float64], score: Score) -> list[Move]:
    """Changes that give points, the smallest first; none above `until` and none beyond `most`."""
    part = next(p for p in score.parts if p.component.name == lever.name)
    if part.figure is None or part.points is None:
        return []
    earlier = _earlier(days[lever.component.column], lever.component)
    found = []
    for times in range(1, int(lever.most / lever.step + 1e-9) + 1):
        after = part.figure + times * lever.step
        if after <= lever.until and lever.component.points(after) > part.points:
            n = sum(figure >= after for figure in earlier)
            found.append(Move(lever, part.figure, after, n, len(earlier)))
    return found


def _earlier(values: Float64, component: Component) -> list[float]:
    """Figures of the person's earlier periods of four weeks, apart from each other, with enough days."""
    ends = range(values.size - PERIOD_DAYS, PERIOD_DAYS - 1, -PERIOD_DAYS)
    periods = [values[end - PERIOD_DAYS : end] for end in ends]
    known = [period[np.isfinite(period)] for period in periods]
    return [component.figure(period) for period in known if period.size >= FEWEST_DAYS]


def _why_none(choices: Mapping[str, list[Move]], score: Score, furthest: float) -> str:
    if not any(choices.values()):
        return "steps, exercise and sleep have all the points that a plausible change could give"
    if furthest > score.high:
        return (
            f"one or two changes do not lift it above {score.high:.0f}, up to where days like yours waver; "
            f"only all plausible changes together would, to {furthest:.0f}"
        )
    return (
        f"even all plausible changes together would lift it to {furthest:.0f}, and days like yours waver "
        f"up to {score.high:.0f} without any"
    )
