"""Whole checks on drawn worlds: every interval of a family must hold the truth of large samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from parts.coverage_worlds import Method, Rng

from testamur.contracts.check import AuditInput
from testamur.contracts.finding import Finding

Run = Callable[[AuditInput], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A world.

    Attributes:
        sample: Draws what is audited.
        large: Draws a larger sample, whose values have no bias worth mentioning.
        n_large: How many of these the truth is the mean of.
    """

    sample: Callable[[Rng], AuditInput]
    large: Callable[[Rng], AuditInput]
    n_large: int

    def truth(self, run: Run, measures: Sequence[str]) -> dict[tuple[str, ...], float]:
        """Mean value of every finding over the large samples."""
        sums: dict[tuple[str, ...], list[float]] = {}
        for k in range(self.n_large):
            r = np.random.default_rng([9, k])
            for f in _findings(run, self.large(r), r, measures):
                sums.setdefault(_key(f), []).append(float(f.value or 0.0))
        return {key: float(np.mean(values)) for key, values in sums.items()}


def _key(f: Finding) -> tuple[str, ...]:
    group = "" if f.group is None else str(f.group)
    return f.measure, f.subject, f.attribute, group


def _findings(run: Run, given: AuditInput, r: Rng, measures: Sequence[str]) -> list[Finding]:
    outcome = run(replace(given, seed=int(r.integers(2**31))))
    return [f for f in outcome.findings if f.measure in measures]


def all_held(run: Run, measure: str, world: Drawn) -> Method:
    """Every interval of one measure at once."""
    return run_held(run, (measure,), world)


def run_held(run: Run, measures: Sequence[str], world: Drawn) -> Method:
    """Every interval of these measures: of several, one is picked per sample, as each is stated by itself."""
    known: dict[tuple[str, ...], float] = {}

    def held(f: Finding) -> bool:
        truth = known[_key(f)]
        below, above = f.low is None or f.low - 1e-12 <= truth, f.high is None or truth <= f.high + 1e-12
        return below and above

    def sample(r: Rng) -> bool:
        if not known:
            known.update(world.truth(run, measures))
        measure = measures[int(r.integers(len(measures)))]
        found = _findings(run, world.sample(r), r, (measure,))
        assert found
        return all(held(f) for f in found)

    return sample
