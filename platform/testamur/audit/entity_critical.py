"""Joint critical values where rows share entities: families of estimates that entities tie together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from testamur.audit.cells import RATES, Division, Strata, sum_groups
from testamur.audit.cells import rates as rates_of
from testamur.audit.effective import EffectiveRows, effective_rows
from testamur.audit.entity_cells import by_entity, by_group, correlation_of, covariance_of
from testamur.audit.entity_normal import draw_errors
from testamur.audit.interval import Floats, Ints
from testamur.audit.simultaneous import Critical, upper_value

_MOST_NUMBERS = 60_000_000  # normal numbers drawn in all; beyond it fewer replicates are drawn
_FEWEST = 500
_NUMERATORS = np.array([rate.numerator for rate in RATES], np.int64).T
_DENOMINATORS = np.array([rate.denominator for rate in RATES], np.int64).T
_ODDS = ("true_positive_rate", "false_positive_rate")


def counts_of_rates(counts: Ints) -> tuple[Ints, Ints]:
    """(q, n_rates) numerators and denominators of (q, 4) cells."""
    return counts @ _NUMERATORS, counts @ _DENOMINATORS


def effective_rates(group: Ints, counts: Ints, n_groups: int) -> EffectiveRows:
    """(n_groups, n_rates) effective rows of every rate."""
    numerator, denominator = counts_of_rates(counts)
    return effective_rows(group, numerator, denominator, n_groups)


def rate_errors(group: Ints, counts: Ints, cells: Floats) -> Floats:
    """(q, n_rates) what each pair of an entity and a group adds to the error of its group's rates.

    e = (y - p m) / M (Cochran 1977, Sampling Techniques, 6.4); 0 over an empty denominator.

    Args:
        group: (q,) groups.
        counts: (q, 4) rows per cell.
        cells: (n_groups, 4) of the whole groups.
    """
    numerator, denominator = counts_of_rates(counts)
    rate, _, rows = rates_of(cells)
    share, of = np.nan_to_num(rate)[group], np.maximum(rows, 1.0)[group]
    return np.asarray((numerator - share * denominator) / of)


def entity_critical_values(
    strata: Strata,
    divisions: Sequence[Division],
    *,
    level: float,
    minimum: int,
    n_boot: int,
    rng: np.random.Generator,
) -> Critical:
    """Critical values of families over groups and over pairs of groups, entities being what is drawn.

    The errors of all estimates are sums over entities. Multiplying each entity's by a standard normal number
    (multiplier bootstrap: Chernozhukov, Chetverikov and Kato 2013, Ann Stat 41:2786) gives sums that are
    normal with the covariance of these errors, from which they are drawn at once. An entity with rows in
    several groups, or of several attributes, ties these together; what does not vary counts by itself.

    Args:
        strata: Counted strata with their entities.
        divisions: Divisions whose groups form the families.
        level: Joint level.
        minimum: Smallest number of entities in a denominator.
        n_boot: Replicates; fewer, but at least 500, where there are very many groups.
        rng: Source of the draws.
    """
    members = [_Member(strata, division, minimum) for division in divisions]
    n_boot = min(n_boot, max(_FEWEST, _MOST_NUMBERS // max(6 * sum(len(m.cells) for m in members), 1)))
    tops = {rate.name: _tops(members, [i], n_boot, rng) for i, rate in enumerate(RATES)}
    odds = _tops(members, [i for i, rate in enumerate(RATES) if rate.name in _ODDS], n_boot, rng)
    groups = {name: upper_value(single, level) for name, (single, _) in tops.items()}
    pairs = {name: upper_value(paired, level) for name, (_, paired) in tops.items()}
    return Critical(groups, pairs | {"equalised_odds": upper_value(odds[1], level)}, n_boot)


class _Member:
    """One division: its errors by entity, and which groups take part in the family of each rate."""

    def __init__(self, strata: Strata, division: Division, minimum: int) -> None:
        assert strata.entities is not None
        self.entity, self.group, counts = by_group(strata.entities, division.member)
        self.cells = sum_groups(strata.counts, division)
        self.errors = rate_errors(self.group, counts, self.cells)
        found = effective_rates(self.group, counts, len(division.groups))
        self.taking_part = found.entities >= max(minimum, 1)
        squares = [np.bincount(self.group, column**2, len(self.cells)) for column in self.errors.T]
        spread = np.stack(squares, axis=1)
        shrunk = (np.nan_to_num(found.share) * found.whole + 1) / (found.whole + 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.spread = np.sqrt(np.where(spread > 0, spread, shrunk * (1 - shrunk) / found.whole))


def _tops(
    members: Sequence[_Member], rates: Sequence[int], n_boot: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """(n_boot,) largest |z| over the groups, and over the pairs, of a family of one rate or of several."""
    single, paired = np.zeros(n_boot), np.zeros(n_boot)
    placed = [(member, rate) for member in members for rate in rates]
    parts = [np.flatnonzero(member.taking_part[:, rate]) for member, rate in placed]
    first = np.cumsum([0, *(len(part) for part in parts)])
    if not first[-1]:
        return single, paired
    errors, rank = _errors(placed, parts, first), _rank(placed, parts)
    drawn = draw_errors(errors, rank, n_boot, rng)
    np.maximum(single, np.abs(drawn).max(axis=1), out=single)
    for (member, rate), part, start in zip(placed, parts, first[:-1], strict=True):
        here = slice(start, start + len(part))
        tied = correlation_of(covariance_of(errors[:, here]))
        _widest_pairs(drawn[:, here], member.spread[part, rate], tied, paired)
    return single, paired


def _errors(placed: Sequence[tuple[_Member, int]], parts: Sequence[Ints], first: Ints) -> Any:
    """(entities, places) what each entity adds to the error of each estimate, sparse."""
    entity, place, errors = [], [], []
    for (member, rate), part, start in zip(placed, parts, first[:-1], strict=True):
        at = np.full(len(member.cells), -1)
        at[part] = start + np.arange(len(part))
        known = at[member.group] >= 0
        entity.append(member.entity[known])
        place.append(at[member.group][known])
        errors.append(member.errors[known, rate])
    return by_entity(*(np.concatenate(x) for x in (entity, place, errors)), int(first[-1]))


def _rank(placed: Sequence[tuple[_Member, int]], parts: Sequence[Ints]) -> Ints:
    """The place of each group in an order of its own, so that the names of groups change nothing."""
    cells = np.concatenate([member.cells[part] for (member, _), part in zip(placed, parts, strict=True)])
    return np.argsort(np.lexsort(cells.T), kind="stable")


def _widest_pairs(drawn: Floats, spread: Floats, tied: Floats, largest: Floats) -> None:
    """Raise the (n_boot,) largest |z| to those of all pairs of the groups of one division."""
    e = drawn * spread
    for i in range(len(spread) - 1):
        rest = spread[i + 1 :]
        apart = rest**2 + spread[i] ** 2 - 2 * tied[i, i + 1 :] * rest * spread[i]
        gap = np.abs(e[:, i + 1 :] - e[:, i : i + 1])
        usable = apart > 1e-12 * spread[i] ** 2
        z = np.divide(gap, np.sqrt(np.maximum(apart, 0)), out=np.zeros_like(gap), where=usable)
        np.maximum(largest, z.max(axis=1), out=largest)
