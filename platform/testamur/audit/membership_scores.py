"""Membership attacks: how much rather a model looks as if it had learnt from a row than as if it had not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.audit.interval import Floats
from testamur.audit.shadows import Bools, Released, Shadows

MANY = 64  # reference models from which on each row has spreads of its own (Carlini 2022, section VI-C)
MOST_TARGETS = 16
OFFLINE = 1 / 3  # a: how far a model that holds a row lies between one that does not and certainty
TIES = 9  # decimals: what differs by less differs by rounding
_LEAST_VARIANCE = 1e-8


def lira(logit: Floats, others: Floats, member: Bools) -> Floats:
    """(u,) log ratio of two normal densities; NaN where no other model holds, or lacks, the unit.

    log N(phi; mu_in, s_in) - log N(phi; mu_out, s_out) (Carlini et al. 2022, LiRA online). Spreads are
    pooled over units below 64 reference models, as a handful of models tells a mean but no spread.

    Args:
        logit: (u,) under the attacked model.
        others: (k, u) under the reference models.
        member: (k, u) what these hold.
    """
    inside, outside = _moments(others, member), _moments(others, ~member)
    score = np.round(_log_density(logit, *inside) - _log_density(logit, *outside), TIES)
    return np.where(np.isfinite(inside[0]) & np.isfinite(outside[0]), score, np.nan)


def _moments(values: Floats, chosen: Bools) -> tuple[Floats, Floats]:
    """Mean and variance of the chosen models, per unit; the variance is pooled where models are few."""
    n = chosen.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(chosen, values, 0.0).sum(axis=0) / n
        squares = np.where(chosen, (values - mean) ** 2, 0.0).sum(axis=0)
        if len(values) >= MANY:
            variance = squares / np.maximum(n - 1, 1)
        else:
            variance = np.full(mean.shape, np.nansum(squares) / max(float((n - 1).clip(0).sum()), 1.0))
            variance = variance * (1.0 + 1.0 / np.maximum(n, 1))  # the mean is an estimate, too
    return mean, np.maximum(variance, _LEAST_VARIANCE)


def _log_density(value: Floats, mean: Floats, variance: Floats) -> Floats:
    return np.asarray(-0.5 * np.log(variance) - 0.5 * (value - mean) ** 2 / variance)


def rmia(likelihood: Floats, others: Floats, member: Bools) -> Floats:
    """(u,) share of the population that a unit beats; NaN where no other model holds, or lacks, the unit.

    Pr_z[ (P(x | theta) / P(x)) / (P(z | theta) / P(z)) >= 1 ] with P(x) = (P_in + P_out) / 2
    (Zarifzadeh et al. 2024, RMIA online, gamma = 1); z are all units that the models drew from, known or not.

    Args:
        likelihood: (u,) under the attacked model.
        others: (k, u) under the reference models.
        member: (k, u) what these hold.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = np.where(member, others, 0.0).sum(axis=0) / member.sum(axis=0)
        outside = np.where(member, 0.0, others).sum(axis=0) / (~member).sum(axis=0)
    ratio = np.round(likelihood / np.maximum((inside + outside) / 2.0, 1e-300), TIES)
    known = np.isfinite(ratio)
    beaten = np.searchsorted(np.sort(ratio[known]), ratio, side="right") / max(int(known.sum()), 1)
    return np.where(known, beaten, np.nan)


def separation(others: Floats, member: Bools) -> Floats:
    """(u,) |mu_in - mu_out| of the reference models over the spread: how exposed a unit is; NaN: unknown."""
    (inside, one), (outside, two) = _moments(others, member), _moments(others, ~member)
    return np.asarray(np.abs(inside - outside) / np.sqrt((one + two) / 2.0))


@dataclass(frozen=True, slots=True, eq=False)
class Attacked:
    """An attack on one model or several, unit by unit; units that could not be scored are left out.

    Attributes:
        member: (m,) the truth.
        lira: (m,) scores.
        rmia: (m,) scores.
        exposed: (m,) True for the tenth that the reference models tell apart best, chosen without the target.
        unit: (m,) which unit.
        n_models: Models that were attacked: each unit occurs at most so many times.
    """

    member: Bools
    lira: Floats
    rmia: Floats
    exposed: Bools
    unit: NDArray[np.int64]
    n_models: int

    def taken(self, chosen: Bools) -> Attacked:
        """The attack on some of the rows."""
        parts = (getattr(self, name)[chosen] for name in ("member", "lira", "rmia", "exposed", "unit"))
        return Attacked(*parts, self.n_models)


def attack_shadows(shadows: Shadows) -> Attacked:
    """Every shadow model attacked with all others as reference, at most sixteen of them."""
    return _join(list(_each(shadows)))


def _each(shadows: Shadows) -> Iterator[Attacked]:
    for target in range(min(shadows.n_models, MOST_TARGETS)):
        others = np.arange(shadows.n_models) != target
        yield _attack(
            shadows.logit[target], shadows.likelihood[target], shadows.member[target], shadows, others
        )


def attack_first(shadows: Shadows) -> Attacked:
    """The first shadow model alone: one training whose rows were dealt by coins."""
    return next(_each(shadows))


def attack_released(released: Released) -> Attacked:
    """The audited model itself: its training rows against test rows, both attacks in their offline form.

    Only shadow models that did not learn from a row are asked about it. LiRA: (phi - mu_out) / s_out
    (Carlini 2022, section V-C); RMIA: P(x) = ((1 + a) P_out + 1 - a) / 2 (Zarifzadeh 2024, section 3).
    """
    mean, variance = _moments(released.others_confidence, released.outside)
    score = np.round((released.confidence - mean) / np.sqrt(variance), TIES)
    n_out = released.outside.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        p_out = np.where(released.outside, released.others_likelihood, 0.0).sum(axis=0) / n_out
    typical = ((1.0 + OFFLINE) * p_out + 1.0 - OFFLINE) / 2.0
    rank = np.round(released.likelihood / typical, TIES)
    known = np.flatnonzero(n_out > 0)
    nobody = np.zeros(len(known), dtype=bool)
    return Attacked(released.member[known], score[known], rank[known], nobody, known, 1)


def _attack(logit: Floats, likelihood: Floats, truth: Bools, shadows: Shadows, others: Bools) -> Attacked:
    member, references = shadows.member[others], shadows.logit[others]
    by_ratio = lira(logit, references, member)
    by_rank = rmia(likelihood, shadows.likelihood[others], member)
    apart = separation(references, member)
    known = np.flatnonzero(np.isfinite(by_ratio) & np.isfinite(by_rank) & np.isfinite(apart))
    exposed = apart >= np.quantile(apart[known], 0.9) if len(known) else apart > 0
    return Attacked(truth[known], by_ratio[known], by_rank[known], exposed[known], known, 1)


def _join(parts: list[Attacked]) -> Attacked:
    names = ("member", "lira", "rmia", "exposed", "unit")
    return Attacked(*(np.concatenate([getattr(p, n) for p in parts]) for n in names), len(parts))
