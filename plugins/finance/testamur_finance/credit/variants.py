"""Variants of a scorecard's recipe, among which a less discriminatory alternative is looked for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.table import RowsTable
from testamur_finance.credit.basis import design, plan_basis
from testamur_finance.options import ScorecardOptions

N_PROXIES = 5  # features most related to the attribute, of which pairs are left out too
N_RESAMPLES = 6
STRENGTHS = (0.1, 10.0)  # times the recipe's ridge


@dataclass(frozen=True, slots=True)
class Variant:
    """A recipe, and how it differs from the job's in words."""

    words: str
    options: ScorecardOptions


def make_variants(
    table: RowsTable, base: ScorecardOptions, ridge: float, attribute: int
) -> tuple[Variant, ...]:
    """The recipes tried: the job's own first, then one or two changes of it.

    Args:
        table: Names features and attributes.
        base: The job's recipe.
        ridge: The penalty that the recipe settled on.
        attribute: Position of the attribute whose disparity is looked at.
    """
    settled = base.model_copy(update={"ridge": ridge})
    name = table.attributes[attribute].name
    labels = {f.name: f.label for f in table.features if f.name not in base.without}
    near = [n for n in nearest_features(table, attribute) if n in labels][:N_PROXIES]
    without = [(one,) for one in labels] + list(combinations(near, 2)) if len(labels) > 2 else []
    found = [Variant("the job's recipe", settled)]
    found += [
        Variant("without " + " and ".join(labels[n] for n in names), _without(settled, names))
        for names in without
    ]
    weighed = settled.model_copy(update={"reweigh": name})
    if base.reweigh != name:
        found.append(Variant(f"weighted by {name}", weighed))
        found += [
            Variant(f"weighted by {name}, without {labels[n]}", _without(weighed, (n,)))
            for n in near
            if len(labels) > 1
        ]
    for factor in STRENGTHS:
        changed = settled.model_copy(update={"ridge": float(np.clip(ridge * factor, 1e-3, 1e4))})
        found.append(Variant(f"penalty times {factor:g}", changed))
    found += [
        Variant(f"another sample of the rows ({seed})", settled.model_copy(update={"resample": seed}))
        for seed in range(1, N_RESAMPLES + 1)
    ]
    return tuple(found)


def nearest_features(table: RowsTable, attribute: int) -> list[str]:
    """Features from most to least related to an attribute, by the share of variance that its groups explain.

    The largest eta squared over a feature's columns (Pearson's correlation ratio) on training rows.
    """
    codes = table.train.groups[:, attribute]
    known = codes >= 0
    basis = plan_basis(table.features, table.train)
    x = design(basis, table.train)[known]
    explained = _eta_squared(x, codes[known])
    by_feature = [
        float(explained[basis.owner == i].max()) if (basis.owner == i).any() else 0.0
        for i in range(len(table.features))
    ]
    order = np.argsort(-np.asarray(by_feature), kind="stable")
    return [table.features[i].name for i in order]


def _eta_squared(x: NDArray[np.float64], codes: NDArray[np.int16]) -> NDArray[np.float64]:
    centred = x - x.mean(axis=0)
    total = (centred**2).sum(axis=0)
    between = np.zeros(x.shape[1])
    for code in np.unique(codes):
        rows = centred[codes == code]
        between += len(rows) * rows.mean(axis=0) ** 2
    return np.where(total > 0, between / np.where(total > 0, total, 1), 0.0)


def _without(options: ScorecardOptions, names: tuple[str, ...]) -> ScorecardOptions:
    return options.model_copy(update={"without": [*options.without, *names]})
