"""One measurement of all groups, from which every fairness finding is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from testamur.audit.cells import (
    RATES,
    Division,
    Rate,
    Strata,
    count_strata,
    pair_divisions,
    rates,
    single_divisions,
    sum_groups,
)
from testamur.audit.disclosure import protect_cells
from testamur.audit.effective import EffectiveRows, part_of, score_ends, with_student
from testamur.audit.entity_cells import EntityCells, by_group, correlations
from testamur.audit.entity_critical import effective_rates, entity_critical_values, rate_errors
from testamur.audit.entity_rows import entity_codes
from testamur.audit.inputs import generator, observed_event, predictions_of
from testamur.audit.interval import Floats, wilson_rare
from testamur.audit.rounding import hidden_rows
from testamur.audit.simultaneous import Critical, critical_values
from testamur.contracts.check import AuditInput
from testamur.contracts.finding import Group

MOST_GROUPS = 200  # pairs grow with the square; a division with more groups is not a division


@dataclass(frozen=True, slots=True, eq=False)
class SharedRates:
    """The rates of groups whose rows share entities.

    Attributes:
        effective: (n_groups, n_rates) what their rows are worth.
        correlation: (n_rates, n_groups, n_groups) of the estimates: an entity may belong to several groups;
            None for more groups than are compared.
    """

    effective: EffectiveRows
    correlation: Floats | None


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One division with its cells and rates.

    Attributes:
        division: The groups.
        cells: (n_groups, 4) tn, fp, fn, tp.
        rate: (n_groups, n_rates) in the order of `RATES`; NaN over an empty denominator.
        numerator: (n_groups, n_rates).
        denominator: (n_groups, n_rates).
        shown: Counts of each group as they may be shown.
        n_left_out: Rows left out for a missing level, as they may be shown.
        n_missing: Rows left out for a missing level.
        reference: Position of the reference group.
        shared: What its rates are worth where rows share entities; None where each row is its own.
    """

    division: Division
    cells: Floats
    rate: Floats
    numerator: Floats
    denominator: Floats
    shown: list[dict[str, int | None]]
    n_left_out: int | None
    n_missing: int
    reference: int
    shared: SharedRates | None = None

    @property
    def n_rows(self) -> int:
        """Rows that belong to a group."""
        return int(self.cells.sum())

    @property
    def n_shown(self) -> int:
        """The same as a finding may print it, also where it gives a few left-out rows away."""
        return self._rows(self.n_rows, self.n_left_out)

    def group(self, position: int) -> Group:
        """The group at a position."""
        return Group(levels=self.division.groups[position])

    def entities_of(self, position: int) -> int | None:
        """Entities of a group as a finding may print them; None: withheld, or every row is its own."""
        return None if self.shared is None else self.shown[position]["n_entities"]

    def n_of(self, position: int) -> int:
        """Rows of a group as a finding may print them, also where they give a smaller group away."""
        return self._rows(int(self.cells[position].sum()), self.shown[position]["n"])

    def _rows(self, n: int, shown: int | None) -> int:
        return n if shown is not None else hidden_rows(n, shared=self.shared is not None)


@dataclass(frozen=True, slots=True, eq=False)
class GroupTable:
    """All divisions measured on the same rows.

    Attributes:
        given: What was audited.
        strata: Counted strata.
        measured: One entry per division.
        critical: Joint critical values over all divisions.
        n_rows: Rows of the test part.
    """

    given: AuditInput
    strata: Strata
    measured: tuple[Measured, ...]
    critical: Critical
    n_rows: int

    @property
    def minimum(self) -> int:
        """Smallest denominator of a rate."""
        return self.given.policy.minimum_group


def rate_position(name: str) -> int:
    """Position of a rate in `RATES`."""
    return [rate.name for rate in RATES].index(name)


def measure_groups(given: AuditInput, *, pairs: bool, seed_of: str) -> GroupTable:
    """Count, measure and find the joint critical values.

    Args:
        given: What is audited; binary, with a threshold and protected attributes.
        pairs: Divide by pairs of attributes instead of single ones.
        seed_of: Key of the check whose random draws are used.
    """
    part, attributes = given.table.test, given.table.attributes
    threshold = given.threshold if given.threshold is not None else 0.5
    selected = (predictions_of(given).event >= threshold).astype(np.int64)
    sizes = [len(a.levels) for a in attributes]
    strata = count_strata(observed_event(given), selected, part.groups, sizes, entity_codes(given))
    divisions = (pair_divisions if pairs else single_divisions)(strata, attributes)
    critical = (critical_values if strata.entities is None else entity_critical_values)(
        strata,
        [d for d in divisions if len(d.groups) <= MOST_GROUPS],
        level=given.policy.level,
        minimum=given.policy.minimum_group,
        n_boot=given.options.bootstrap,
        rng=generator(given, seed_of),
    )
    measured = tuple(_measure(given, strata, division) for division in divisions)
    return GroupTable(given, strata, measured, critical, part.n_rows)


def _measure(given: AuditInput, strata: Strata, division: Division) -> Measured:
    cells = sum_groups(strata.counts, division)
    rate, numerator, denominator = rates(cells)
    n_missing = int(strata.counts[division.member < 0].sum())
    least = given.policy.minimum_cell
    shown, left_out = protect_cells(cells, division, least, n_missing, strata.entities)
    chosen = given.options.reference_groups
    wanted = {name: chosen[name] for name in division.attributes if name in chosen}
    fits = [g for g, levels in enumerate(division.groups) if wanted.items() <= levels.items()]
    sizes = cells.sum(axis=1)
    reference = max(fits or range(len(division.groups)), key=lambda g: sizes[g], default=0)
    shared = None if strata.entities is None else _share(strata.entities, division, cells)
    return Measured(
        division, cells, rate, numerator, denominator, shown, left_out, n_missing, reference, shared
    )


def _share(entities: EntityCells, division: Division, cells: Floats) -> SharedRates:
    entity, group, counts = by_group(entities, division.member)
    n_groups = len(division.groups)
    tied = None
    if n_groups <= MOST_GROUPS:
        tied = correlations(entity, group, rate_errors(group, counts, cells), n_groups)
    return SharedRates(effective_rates(group, counts, n_groups), tied)


@dataclass(frozen=True, slots=True, eq=False)
class RateView:
    """One rate of the groups that can be measured, with the interval of each.

    Attributes:
        rate: Which.
        position: Its place in `RATES`.
        groups: Positions of the groups whose denominator is large enough.
        value: (k,) the rate of each of them.
        low: (k,) Wilson's lower end at the family's critical value, widened for rare properties.
        high: (k,) upper end.
        z: The critical value.
        worth: (k,) independent rows that each group's are worth; its rows where each is its own.
        tied: (k, k) correlations of the rates where rows share entities; None where each is its own.
    """

    rate: Rate
    position: int
    groups: Sequence[int]
    value: Floats
    low: Floats
    high: Floats
    z: float
    worth: Floats
    tied: Floats | None = None

    def words(self, interval: str) -> str:
        """How the interval of each rate was made, beginning with its name."""
        if self.tied is None:
            return f"{interval} (modified near 0 and 1)"
        return f"{interval} on effective rows (rows over their design effect, by entity; Student's t)"


def view_rate(measured: Measured, name: str, minimum: int, z: float) -> RateView:
    """A rate over the groups whose denominator reaches `minimum`."""
    position = rate_position(name)
    rate, rows = RATES[position], measured.denominator[:, position]
    if measured.shared is None:
        groups = np.flatnonzero(rows >= max(minimum, 1))
        low, high = wilson_rare(measured.numerator[groups, position], rows[groups], z)
        return RateView(
            rate, position, groups.tolist(), measured.rate[groups, position], low, high, z, rows[groups]
        )
    groups = np.flatnonzero(measured.shared.effective.entities[:, position] >= max(minimum, 1))
    mine = part_of(measured.shared.effective, (groups, position))
    low, high = score_ends(mine, z)
    worth = with_student(mine.worth, mine.whole, z)
    tied = np.eye(len(groups))
    if measured.shared.correlation is not None:
        tied = measured.shared.correlation[position][np.ix_(groups, groups)]
    return RateView(
        rate, position, groups.tolist(), measured.rate[groups, position], low, high, z, worth, tied
    )
