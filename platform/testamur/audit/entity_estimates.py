"""Means, shares and areas of rows that share entities: what varies is summed over entities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from testamur.audit.auc import AucParts, auc_parts
from testamur.audit.auc_interval import (
    NO_SPREAD,
    clustered_auc_interval,
    freedom_of,
    newcombe_auc,
    squares_of,
)
from testamur.audit.effective import EffectiveRows, effective_rows, score_ends
from testamur.audit.entity_rows import copies, totals
from testamur.audit.interval import Estimate, Floats, Ints, critical_value, without_interval

Errors = tuple[Ints, Floats]  # (k,) entities, and what each adds to the error of an estimate


@dataclass(frozen=True, slots=True)
class Estimated:
    """An estimate of rows that share entities.

    Attributes:
        joint: Number of intervals that hold jointly -> estimate.
        errors: By entity; their squares sum to the variance, up to factors near 1.
    """

    joint: Callable[[int], Estimate]
    errors: Errors


def student_value(level: float, n_joint: int, units: float) -> float:
    """Two-sided critical value of Student's t with units - 1 degrees of freedom; Sidak-corrected."""
    from scipy.special import stdtrit

    single = level ** (1.0 / max(n_joint, 1))
    return float(stdtrit(max(units - 1, 1.0), (1 + single) / 2))


def mean_of_entities(values: Floats, entity: Ints, level: float) -> Estimated:
    """Mean over rows with Student's interval over entities, which reaches further towards a long tail.

    The mean is a ratio of sums over entities, so its variance is the one of `effective_rows`, of values
    instead of shares: the larger of (K - 1) / K sum (e / (1 - m / M))^2, e = (s - mean m) / M (Cochran 1977,
    6.4), and sigma^2 / M (1 + (m_A - 1) rho), rho being 1 - W / ((M - K) sigma^2) with W the sum of squares
    within entities (Donner and Klar 2000, Design and Analysis of Cluster Randomization Trials, 6.2). It is
    at least sigma^2 / M, that of independent rows, copies counted once; values that are all the same have no
    interval, but for zeros. Degrees of freedom: M^2 / sum m^2 - 1. Each end is the wider of Student's and the
    accelerated one (Efron 1987, JASA 82:171, a = z0 = sum e^3 / (6 (sum e^2)^1.5)), as in
    `percentile_estimate`.

    Args:
        values: (n,) finite values, n >= 2.
        entity: (n,) entities, numbered from 0.
        level: Joint level.
    """
    people, (rows, sums) = totals(entity, np.ones(len(values)), values)
    n, k = len(values), len(people)
    mean = float(values.mean())
    rest = sums - mean * rows
    with np.errstate(divide="ignore", invalid="ignore"):
        left_out = np.where(rows < n, rest / (n - rows), np.inf)  # of one entity alone nothing is known
    spread = (k - 1) / k * float(left_out @ left_out) if k > 1 else np.inf
    whole, total = n**2 / float(rows @ rows), float(values.var())
    if n > k and total > 0:
        spread = max(spread, total / n * copies(entity, values))
        within = float(((values - mean) ** 2).sum() - (rest**2 / rows).sum())
        spread = max(spread, total / n * (1 + (n / whole - 1) * (1 - within / ((n - k) * total))))

    skew = float((rest**3).sum()) / (6 * float(rest @ rest) ** 1.5) if rest.any() else 0.0

    def joint(n_joint: int) -> Estimate:
        if spread <= NO_SPREAD * float(values @ values) / n and values.any():
            return without_interval(mean, n)
        t = student_value(level, n_joint, whole)
        down, up = (max(t, -_moved(-t, skew)), max(t, _moved(t, skew))) if spread < np.inf else (t, t)
        low, high = mean - down * spread**0.5, mean + up * spread**0.5
        return Estimate(mean, low, high, "Student's t interval over entities, widened for skewness", n)

    return Estimated(joint, (people, rest / n))


def _moved(value: float, acceleration: float) -> float:
    """Where the accelerated interval ends in place of a critical value."""
    both = acceleration + value
    return acceleration + both / max(1 - acceleration * both, 0.1)


def share_of_entities(holds: NDArray[np.bool_], entity: Ints, level: float) -> Estimated:
    """Share of rows with Wilson's interval on their effective rows, corrected for continuity.

    Args:
        holds: (n,) which rows have the property.
        entity: (n,) entities, numbered from 0.
        level: Joint level.
    """
    people, (rows, having) = totals(entity, np.ones(len(holds)), holds.astype(np.float64))
    found = effective_rows(np.zeros(len(people), np.int64), having, rows, 1)
    share, n = float(found.share[0]), len(holds)

    def joint(n_joint: int) -> Estimate:
        low, high = score_ends(found, critical_value(level, n_joint), single=True)
        return Estimate(share, float(low[0]), float(high[0]), "Wilson score interval on effective rows", n)

    return Estimated(joint, (people, (having - share * rows) / n))


def counted_entities(holds: NDArray[np.bool_], entity: Ints) -> EffectiveRows:
    """How many entities have and lack a property, and the most rows of one; arrays of one place."""
    people, (rows, having) = totals(entity, np.ones(len(holds)), holds.astype(np.float64))
    return effective_rows(np.zeros(len(people), np.int64), having, rows, 1)


def auc_of_entities(event: Ints, score: Floats, entity: Ints, level: float) -> Estimated:
    """AUC with DeLong's variance over entities (Obuchowski 1997, Biometrics 53:567), moderated.

    The variance is the sum over entities of squared sums of DeLong's components; those of either outcome
    are inflated by k / (k - 1) for its k entities, where DeLong does so for rows. The interval is the one of
    `clustered_auc_interval`, with at most the degrees of freedom that the effective numbers of entities of
    both outcomes leave; copies of rows count once. Of a sample that separates perfectly, or of one entity
    with an outcome, Newcombe's interval counts those effective numbers in place of rows.

    Args:
        event: (n,) 1 where the event happened, else 0; both occur.
        score: (n,) higher means more likely.
        entity: (n,) entities, numbered from 0.
        level: Joint level.
    """
    parts = auc_parts(event, score)
    happened = event.astype(np.float64)
    people, (of_events, of_others, events, others) = totals(
        entity, parts.influence * happened, parts.influence * (1 - happened), happened, 1 - happened
    )
    halves = (of_events * _by_entity(events), of_others * _by_entity(others))
    units = tuple(float(x.sum() ** 2 / (x @ x)) for x in (events, others))
    most = freedom_of(replace(squares_of(x), n=k) for x, k in zip(halves, units, strict=True))
    times, errors, z = copies(entity, event, score), halves[0] + halves[1], partial(critical_value, level)
    sizes = (parts.n_events / times, parts.n_others / times)
    of_rows = _without_copies(parts, event == 1, sizes)

    def joint(n_joint: int) -> Estimate:
        n, a = len(event), parts.auc
        if not most or min(float(errors @ errors), of_rows) <= NO_SPREAD or not 0.0 < a < 1.0:
            low, high = newcombe_auc(a, units[0], units[1], z(n_joint))
            return Estimate(a, low, high, "Newcombe's score interval of the AUC, entities counted once", n)
        return replace(clustered_auc_interval(a, of_rows, errors, sizes, z(n_joint), most), n=n)

    return Estimated(joint, (people, errors))


def _by_entity(rows: Floats) -> float:
    """From rows' n / (n - 1), which DeLong's components hold, to entities'; its square root."""
    n, k = float(rows.sum()), int((rows > 0).sum())
    return float(((n - 1) / n * k / (k - 1)) ** 0.5) if k > 1 else 1.0


def _without_copies(parts: AucParts, happened: NDArray[np.bool_], sizes: tuple[float, float]) -> float:
    """DeLong's variance of independent rows as it was before each row was handed in several times."""
    found = 0.0
    for mine, n, once in ((happened, parts.n_events, sizes[0]), (~happened, parts.n_others, sizes[1])):
        squares = float(parts.influence[mine] @ parts.influence[mine])
        found += squares * ((n - 1) / (once - 1) if once > 1 else 1.0)
    return found
