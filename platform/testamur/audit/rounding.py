"""Rounding of what rests on a withheld count, so that the count cannot be solved for."""

from __future__ import annotations

from math import ceil, floor

import numpy as np

from testamur.audit.interval import wilson_rare
from testamur.contracts.finding import Finding
from testamur.contracts.policy import Verdict

STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_CANDIDATES = 3  # so many neighbouring counts, at least, give the same published figures
_WHOLE_POINT = 0.01
_ROWS = 10  # a withheld number of rows is published as the ten below it


def step_of_mean(n: int, worth: float = 1.0) -> float:
    """Step of a mean over `n` rows of which one row may count `worth`: three rows change it by less."""
    return next((s for s in STEPS if s >= _CANDIDATES * max(worth, 1.0) / max(n, 1)), STEPS[-1])


def step_of_share(counted: int, n: int, z: float, *, worth: float | None = None, unit: int = 1) -> float:
    """Smallest step, of a whole point or more, at which three counts give the same share and interval.

    Where rows share entities, three counts are apart by what one entity may bring.

    Args:
        counted: The count that is not to be known.
        n: Rows of the denominator, which a reader may know.
        z: Critical value of the published interval.
        worth: Independent rows that these are worth, from which the interval was made; None: all of them.
        unit: Most rows of one entity.
    """
    counts = np.arange(max(0, counted - 2 * n // 3 - 1), min(n, counted + 2 * n // 3 + 1) + 1)
    counts = counts[(counts - counted) % unit == 0]
    of = float(n if worth is None else worth)
    low, high = wilson_rare(counts * (of / n), np.full(len(counts), of), z)
    mine = int(np.flatnonzero(counts == counted)[0])
    for step in STEPS:
        if step < _WHOLE_POINT:
            continue
        shown = np.stack(
            [_nearest(counts / n, step), np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)]
        )
        if int((shown == shown[:, [mine]]).all(axis=0).sum()) >= _CANDIDATES:
            return step
    return STEPS[-1]


def _nearest(values: np.ndarray, step: float) -> np.ndarray:
    return np.floor(values / step + 0.5)


def published(finding: Finding) -> Finding:
    """The finding as it may be shown: rounded outwards where a count behind it is withheld."""
    step = finding.step
    if not step:
        return finding
    note = f"rounded to steps of {step:g}, and n to tens, as a count behind it is withheld"
    return finding.model_copy(
        update={
            "value": to_step(finding.value, step),
            "low": down(finding.low, step),
            "high": up(finding.high, step),
            "detectable": up(finding.detectable, step),
            "p_value": None if finding.p_value is None else float(f"{finding.p_value:.0e}"),
            "rows_to_settle": _two_digits(finding.rows_to_settle),
            "n": rounded_rows(finding.n),
            "n_entities": None,
            "cells": {},
            "note": f"{finding.note}; {note}" if finding.note else note,
        }
    )


def published_verdict(verdict: Verdict, finding: Finding, exact: Finding) -> Verdict:
    """A verdict reached on the exact finding, told with the published one."""
    if not exact.step:
        return verdict
    reason = verdict.reason
    if verdict.value is not None:
        side = {True: "; the value lies beyond it", False: "; the value lies within it", None: ""}[
            verdict.beyond
        ]
        demand = f"{verdict.limit.direction} {verdict.limit.value:g}"
        reason = (
            f"Judged on exact figures against the demand of {demand}: {verdict.status}{side}. "
            "They are published rounded, as a count behind them is withheld."
        )
    return verdict.model_copy(
        update={
            "reason": reason,
            "value": finding.value,
            "low": finding.low,
            "high": finding.high,
            "n": finding.n,
            "detectable": finding.detectable,
            "rows_to_settle": _two_digits(verdict.rows_to_settle),
        }
    )


def rounded_rows(n: int) -> int:
    """The ten below a number of rows."""
    return n - n % _ROWS


def hidden_rows(n: int, *, shared: bool) -> int:
    """A withheld number of rows as a finding prints it: the ten below, where each row is its own.

    Where rows share entities, one of them may bring hundreds, and tens would tell: it is 0, for no number.
    """
    return 0 if shared else rounded_rows(n)


def to_step(value: float | None, step: float) -> float | None:
    """The nearest multiple of `step`."""
    return None if value is None else round(floor(value / step + 0.5) * step, 6)


def down(value: float | None, step: float) -> float | None:
    """The multiple of `step` at or below the value."""
    return None if value is None else round(floor(value / step + 1e-9) * step, 6)


def up(value: float | None, step: float) -> float | None:
    """The multiple of `step` at or above the value."""
    return None if value is None else round(ceil(value / step - 1e-9) * step, 6)


def _two_digits(n: int | None) -> int | None:
    return None if n is None else int(float(f"{n:.1e}"))
