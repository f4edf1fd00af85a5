"""Figures of test units under weights, and a bootstrap of units over several seeds and baselines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Draw = Callable[[np.random.Generator], Floats]
N_DRAWS = 1000


class Statistic(Protocol):
    """A figure of one fitted method on the test part."""

    def at(self, weights: Floats) -> float:
        """The figure with each unit counted as often as its weight (n_units,) says."""
        ...


@dataclass(frozen=True, eq=False)
class Ratio:
    """A mean, a share or a ratio: weighted sum over weighted sum.

    Attributes:
        upper: (n_units,).
        lower: (n_units,).
    """

    upper: Floats
    lower: Floats

    def at(self, weights: Floats) -> float:
        """Sum over sum; NaN where nothing is below."""
        below = float(weights @ self.lower)
        return float(weights @ self.upper) / below if below else float("nan")


class Auc:
    """Area under the ROC curve; ties count one half.

    Args:
        score: (n,) of the rows.
        event: (n,) truth.
        unit: (n,) unit of each row.
    """

    def __init__(self, score: Floats, event: NDArray[np.bool_], unit: Ints) -> None:
        order = np.argsort(score, kind="stable")
        self._unit, self._event = unit[order], event[order].astype(np.float64)
        self._starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))

    def at(self, weights: Floats) -> float:
        """Share of pairs of an event and a non-event that are ordered rightly."""
        own = weights[self._unit]
        up = np.add.reduceat(own * self._event, self._starts)
        down = np.add.reduceat(own * (1 - self._event), self._starts)
        pairs = up.sum() * down.sum()
        below = np.cumsum(down) - down
        return float(up @ (below + down / 2) / pairs) if pairs else float("nan")


@dataclass(frozen=True, eq=False)
class Median:
    """Weighted median of values, the lower one of two.

    Attributes:
        values: (n,).
        unit: (n,) unit of each.
    """

    values: Floats
    unit: Ints

    def at(self, weights: Floats) -> float:
        """The smallest value at which half of the weight is reached; NaN without weight."""
        order = np.argsort(self.values, kind="stable")
        total = np.cumsum(weights[self.unit[order]])
        if not total.size or not total[-1]:
            return float("nan")
        return float(self.values[order][np.searchsorted(total, total[-1] / 2)])


@dataclass(frozen=True, eq=False)
class Measure:
    """One question that every method of an application answers.

    Attributes:
        name: As printed.
        higher: Whether more is better; None where nearer to 1 is.
        methods: Statistics by method, "model" first; one per seed, or one alone where chance plays no part.
        n: Rows, questions, onsets: what it is counted over, in words.
    """

    name: str
    higher: bool | None
    methods: Mapping[str, Sequence[Statistic]]
    n: str


@dataclass(frozen=True, eq=False)
class Units:
    """What is resampled.

    Attributes:
        n: How many.
        name: In words.
        draw: Weights (n,) of one sample; None draws units with replacement.
    """

    n: int
    name: str
    draw: Draw | None = None

    def weights(self, rng: np.random.Generator) -> Floats:
        """(n,) how often each unit is in a bootstrap sample."""
        if self.draw is not None:
            return self.draw(rng)
        return np.bincount(rng.integers(0, self.n, self.n), minlength=self.n).astype(np.float64)


@dataclass(frozen=True)
class Line:
    """What a method scored.

    Attributes:
        value: Mean over its seeds.
        lowest: Over the seeds.
        highest: Over the seeds.
        n_seeds: 1 where chance plays no part.
        ends: 95 % interval of the mean over seeds, units resampled.
        lead: The model's mean less this one's; None for the model.
        lead_ends: Its 95 % interval, paired.
    """

    value: float
    lowest: float
    highest: float
    n_seeds: int
    ends: tuple[float, float]
    lead: float | None
    lead_ends: tuple[float, float]


def score(measures: Sequence[Measure], units: Units, *, n_draws: int = N_DRAWS) -> list[dict[str, Line]]:
    """Every measure of an application, by method; all methods meet the same samples of units."""
    rng = np.random.default_rng(0)
    one = np.ones(units.n)
    values = [_by_seed(m, one) for m in measures]
    drawn: list[dict[str, list[float]]] = [{name: [] for name in m.methods} for m in measures]
    for _ in range(n_draws):
        weights = units.weights(rng)
        for place, measure in enumerate(measures):
            for name, found in _by_seed(measure, weights).items():
                drawn[place][name].append(float(found.mean()))
    return [_lines(v, d) for v, d in zip(values, drawn, strict=True)]


def _by_seed(measure: Measure, weights: Floats) -> dict[str, Floats]:
    return {name: np.array([s.at(weights) for s in each]) for name, each in measure.methods.items()}


def _lines(values: dict[str, Floats], drawn: dict[str, list[float]]) -> dict[str, Line]:
    mine, own = values["model"].mean(), np.array(drawn["model"])
    found = {}
    for name, by_seed in values.items():
        theirs = np.array(drawn[name])
        found[name] = Line(
            value=float(by_seed.mean()),
            lowest=float(by_seed.min()),
            highest=float(by_seed.max()),
            n_seeds=len(by_seed),
            ends=_ends(theirs),
            lead=None if name == "model" else float(mine - by_seed.mean()),
            lead_ends=_ends(own - theirs),
        )
    return found


def _ends(drawn: Floats) -> tuple[float, float]:
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return float(low), float(high)
