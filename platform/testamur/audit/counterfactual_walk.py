"""A search for counterfactuals under way from one row; `counterfactual.find_counterfactuals` is the door."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from testamur.audit.interval import Floats
from testamur.audit.made_rows import Cells, ask
from testamur.audit.raw_values import (
    FEW_DIGITS,
    MANY_DIGITS,
    are_whole,
    decode_numbers,
    encode_numbers,
    in_words,
    level_name,
    rounded,
)
from testamur.audit.recourse import Change, Counterfactual, Wish
from testamur.audit.terrain import Terrain
from testamur.contracts.protocols import Predictor

KEPT_SETS = 12  # sets of features that are grown further
VALUES_OF_A_SET = 3  # combinations of values that are kept for each of them
_FINER = 24  # training values tried between the old and the new one


@dataclass(slots=True, eq=False)
class Walk:
    """A search under way: the row it began with, and how often the model was asked.

    `n_sets` sets of features are grown further, with `n_of_a_set` combinations of values each.
    """

    predictor: Predictor
    terrain: Terrain
    row: Cells
    wish: Wish
    n_asked: int = 0
    n_sets: int = KEPT_SETS
    n_of_a_set: int = VALUES_OF_A_SET

    def ask(self, values: Floats) -> Floats:
        """(n,) outputs for rows (n, n_features) that differ from the row in what is not missing."""
        self.n_asked += len(values)
        missing = np.repeat(self.row.missing, len(values), axis=0)
        return ask(self.predictor, Cells(values, missing, self.row.n_numeric))

    def options(self, feature: int) -> Floats:
        """Encoded values that a feature may take instead of its own."""
        proposed, own = self.terrain.values[feature], self.row.values[0, feature]
        if self.row.missing[0, feature] or (feature >= self.row.n_numeric and own == 0):
            return np.zeros(0)
        way = self.terrain.ways.get(feature)
        if way is not None:
            proposed = proposed[proposed > own] if way == "up" else proposed[proposed < own]
        return proposed[proposed != own]

    def changed(self, values: Floats) -> frozenset[int]:
        """Positions in which a row differs from the one the search began with."""
        return frozenset(int(j) for j in np.flatnonzero(values != self.row.values[0]))

    def costs(self, values: Floats) -> Floats:
        """(n,) costs of rows (n, n_features)."""
        total = np.zeros(len(values))
        for j in range(values.shape[1]):
            if j < self.row.n_numeric:
                own = self.terrain.rank(j, self.row.values[:, j])
                total += np.abs(self.terrain.rank(j, values[:, j]) - own)
            else:
                total += values[:, j] != self.row.values[0, j]
        return total

    def grow(
        self, states: list[Floats], done: list[frozenset[int]]
    ) -> tuple[list[tuple[frozenset[int], Floats]], list[Floats]]:
        """Change one feature more: the cheapest rows that reach the wish, and what to grow on."""
        made = []
        for state, j in product(states, range(len(self.terrain.values))):
            features = self.changed(state)
            if j in features or any(d <= features | {j} for d in done):
                continue
            for value in self.options(j):
                row = state.copy()
                row[j] = value
                made.append(row)
        if not made:
            return [], []
        rows = np.unique(np.stack(made), axis=0)
        outputs, costs = self.ask(rows), self.costs(rows)
        sets = [self.changed(row) for row in rows]
        reached: dict[frozenset[int], int] = {}
        for i in np.flatnonzero(self.wish.met(outputs)):
            best = reached.get(sets[i])
            if best is None or costs[i] < costs[best]:
                reached[sets[i]] = int(i)
        lack = self.wish.lack(outputs)
        return (
            [(features, rows[i]) for features, i in sorted(reached.items(), key=lambda item: costs[item[1]])],
            self._best(rows, sets, lack, set(reached)),
        )

    def _best(
        self, rows: Floats, sets: list[frozenset[int]], lack: Floats, over: set[frozenset[int]]
    ) -> list[Floats]:
        """Rows nearest to the wish, a few per set of features, of the sets that have not reached it."""
        kept: dict[frozenset[int], int] = {}
        best = []
        for i in np.argsort(lack, kind="stable"):
            features = sets[i]
            if features in over or kept.get(features, 0) >= self.n_of_a_set:
                continue
            if features not in kept and len(kept) >= self.n_sets:
                continue
            kept[features] = kept.get(features, 0) + 1
            best.append(rows[i])
        return best

    def finish(self, features: frozenset[int], values: Floats) -> Counterfactual | None:
        """Make the changes smaller, say them in numbers of the source, and ask about those; None: not met."""
        for j in sorted(features):
            values = self._nearer(values, j)
        for n_digits in (FEW_DIGITS, MANY_DIGITS):
            final = self._as_printed(features, values, n_digits)
            output = float(self.ask(final[None])[0])
            if self.wish.met(np.array([output]))[0]:
                return self._describe_row(final, output, n_digits)
        return None

    def _describe_row(self, final: Floats, output: float, n_digits: int) -> Counterfactual:
        cells = Cells(final[None], self.row.missing, self.row.n_numeric)
        changes = sorted(self.changed(final), key=lambda j: -self._cost_of(j, final))
        return Counterfactual(
            tuple(self._describe(j, final[j], n_digits) for j in changes),
            output,
            float(self.costs(final[None])[0]),
            float(self.terrain.rarity(cells)[0]),
        )

    def _cost_of(self, feature: int, values: Floats) -> float:
        alone = self.row.values[0].copy()
        alone[feature] = values[feature]
        return float(self.costs(alone[None])[0])

    def _nearer(self, values: Floats, feature: int) -> Floats:
        """The same row with the smallest change of one number that still reaches the wish."""
        if feature >= self.row.n_numeric:
            return values
        own, far = self.row.values[0, feature], values[feature]
        known = np.unique(self.terrain.sorted[feature])
        between = known[(known > min(own, far)) & (known < max(own, far))]
        if not between.size:
            return values
        between = between[np.unique(np.linspace(0, between.size - 1, _FINER).astype(np.int64))]
        rows = np.repeat(values[None], between.size, axis=0)
        rows[:, feature] = between
        met = self.wish.met(self.ask(rows))
        if not met.any():
            return values
        nearest = np.argmin(np.where(met, np.abs(between - own), np.inf))
        return np.asarray(rows[nearest], dtype=np.float64)

    def _as_printed(self, features: frozenset[int], values: Floats, n_digits: int) -> Floats:
        """The row whose numbers are those of the source, rounded as they will be printed."""
        printed = values.copy()
        for j in features:
            if j < self.row.n_numeric:
                number = np.array([self._number(j, values[j], n_digits)])
                printed[j] = encode_numbers(self.terrain.table, j, number)[0]
        return printed

    def _number(self, feature: int, score: float, n_digits: int) -> float:
        """The number of the source for an encoded one: whole where the column is, else to some digits."""
        table = self.terrain.table
        whole = are_whole(decode_numbers(table, feature, self.terrain.sorted[feature]))
        number = float(decode_numbers(table, feature, np.array([score]))[0])
        return rounded(number, whole=whole, n_digits=n_digits)

    def _describe(self, feature: int, value: float, n_digits: int) -> Change:
        table = self.terrain.table
        known = table.features[feature]
        own = self.row.values[0, feature]
        before, after = (self._source_value(feature, v, n_digits) for v in (own, value))
        words = [in_words(table, feature, v) for v in (before, after)]
        return Change(known.name, known.label, before, after, words[0], words[1])

    def _source_value(self, feature: int, value: float, n_digits: int) -> float | str:
        if feature >= self.row.n_numeric:
            return level_name(self.terrain.table, feature, int(value))
        return self._number(feature, value, n_digits)
