"""Rates of groups under a constraint, and how far they lie apart.

A constraint looks at rows in strata: all rows for demographic parity; rows with and without the event
for equalised odds (Hardt, Price, Srebro, NeurIPS 2016). Its rate is the share that is selected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from testamur.contracts.constraint import Constraint, FairnessOptions
from testamur.contracts.errors import ConfigurationError, DataError, Problem
from testamur.contracts.table import RowsPart, RowsTable

FEWEST = 20  # validation rows of a group in a stratum, below which its rate steers nothing
Decide = Callable[[np.ndarray, np.ndarray], float]
"""The decision threshold from outcomes (n,) and probabilities of the event (n,) of validation rows."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One attribute under the constraint.

    Attributes:
        name: The attribute.
        position: Its column in `RowsPart.groups`.
        levels: Words of its groups.
        kept: (n_strata, n_groups) True where the group has enough validation rows.
    """

    name: str
    position: int
    levels: tuple[str, ...]
    kept: np.ndarray


def strata_of(constraint: Constraint, target: np.ndarray) -> np.ndarray:
    """(n,) stratum of each row: 0 alone, or the outcome."""
    target = np.asarray(target, dtype=np.int64)
    return target if constraint is Constraint.EQUALIZED_ODDS else np.zeros_like(target)


def plan_watches(asked: FairnessOptions, table: RowsTable) -> list[Watch]:
    """The attributes to hold together.

    Raises:
        ConfigurationError: An attribute is not a protected attribute of the data.
        DataError: Fewer than two groups of an attribute have enough validation rows.
    """
    known = [attribute.name for attribute in table.attributes]
    unknown = [name for name in asked.attributes if name not in known]
    if unknown or not known:
        arrived = ", ".join(unknown) if unknown else "the data have none"
        message = f"a protected attribute is required, however: {arrived}"
        problem = Problem(
            "training.fairness.attributes", message, f"known: {', '.join(known)}" if known else ""
        )
        raise ConfigurationError("The constraint cannot be kept", [problem])
    chosen = [i for i, name in enumerate(known) if not asked.attributes or name in asked.attributes]
    return [_watch(asked.constraint, table, position) for position in chosen]


def _watch(constraint: Constraint, table: RowsTable, position: int) -> Watch:
    attribute, part = table.attributes[position], table.validation
    n_strata = 2 if constraint is Constraint.EQUALIZED_ODDS else 1
    counts = count_rows(part, strata_of(constraint, part.target), position, n_strata, len(attribute.levels))
    kept = counts >= FEWEST
    if (kept.sum(axis=1) < 2).any():
        message = (
            f"two groups of {attribute.label} with {FEWEST} validation rows each"
            f"{' of either outcome' if n_strata == 2 else ''} are required, however: there are fewer"
        )
        problem = Problem("training.fairness", message, "widen the bands, or enlarge the validation part")
        raise DataError("The constraint cannot be kept", [problem])
    return Watch(attribute.name, position, attribute.levels, kept)


def count_rows(
    part: RowsPart, stratum: np.ndarray, position: int, n_strata: int, n_groups: int
) -> np.ndarray:
    """(n_strata, n_groups) rows; those without a group are left out."""
    group = part.groups[:, position].astype(np.int64)
    known = group >= 0
    cell = stratum[known] * n_groups + group[known]
    counted: np.ndarray = np.bincount(cell, minlength=n_strata * n_groups).reshape(n_strata, n_groups)
    return counted


def rates_of(part: RowsPart, selected: np.ndarray, stratum: np.ndarray, watch: Watch) -> np.ndarray:
    """(n_strata, n_groups) share of each group's rows that are selected; NaN where it is not watched."""
    n_strata, n_groups = watch.kept.shape
    rows = count_rows(part, stratum, watch.position, n_strata, n_groups)
    group = part.groups[:, watch.position].astype(np.int64)
    chosen = (group >= 0) & selected
    cell = stratum[chosen] * n_groups + group[chosen]
    hits = np.bincount(cell, minlength=n_strata * n_groups).reshape(n_strata, n_groups)
    return np.where(watch.kept & (rows > 0), hits / np.maximum(rows, 1), np.nan)


def widest(rates: np.ndarray) -> float:
    """The largest difference between two groups, over the strata of (n_strata, n_groups) rates."""
    return float(np.nanmax(np.nanmax(rates, axis=1) - np.nanmin(rates, axis=1)))


def gaps_of(
    part: RowsPart, event: np.ndarray, threshold: float, constraint: Constraint, watches: Sequence[Watch]
) -> dict[str, float]:
    """The gap of each attribute where rows with a probability of at least `threshold` are selected."""
    stratum, selected = strata_of(constraint, part.target), event >= threshold
    return {watch.name: widest(rates_of(part, selected, stratum, watch)) for watch in watches}


def left_out(watches: Sequence[Watch]) -> tuple[str, ...]:
    """Groups that steer nothing, in words."""
    return tuple(
        f"{watch.name}: {level}"
        for watch in watches
        for level, kept in zip(watch.levels, watch.kept.all(axis=0), strict=True)
        if not kept
    )
