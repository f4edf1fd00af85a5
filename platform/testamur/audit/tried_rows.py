"""The test rows that a check asks the model about again, with their cells changed."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from testamur.audit.inputs import clusters
from testamur.audit.interval import Floats, Ints
from testamur.audit.made_rows import Cells, cells_of
from testamur.audit.primary import Primary, Scored, primary_of
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import Predictions, RowsPart

_WORDS = {
    ProblemKind.FORECAST: (
        "a forecast sees the log of its series, which neighbouring windows share: a cell cannot be changed "
        "in one of them alone"
    ),
    ProblemKind.RANKING: "a recommender sees past choices, not cells that could be slightly off",
}
ROWS_PROBLEMS = (ProblemKind.BINARY, ProblemKind.MULTICLASS, ProblemKind.REGRESSION)
EVERY_PROBLEM = tuple(ProblemKind)
_OF_RANKS = ("auc", "macro_auc")


@dataclass(frozen=True, slots=True, eq=False)
class TriedRows:
    """Some or all test rows, ready to be asked about again.

    Attributes:
        predictor: The model.
        primary: What is measured.
        cells: (n, n_features) their cells.
        target: (n,) their targets.
        part: The rows as they are.
        cluster: (n,) entity of each row where rows share one, else None.
        positions: (n,) where they stand in the test part.
        n_test: Rows of the test part.
    """

    predictor: Predictor
    primary: Primary
    cells: Cells
    target: Ints | Floats
    part: RowsPart
    cluster: Ints | None
    positions: Ints
    n_test: int

    @property
    def n(self) -> int:
        """How many rows are tried."""
        return len(self.positions)

    @property
    def note(self) -> str:
        """How many rows were drawn, where not all are tried."""
        return note_of(self.n, self.n_test, self.primary)

    def part_with(self, cells: Cells) -> RowsPart:
        """The rows with other cells; all else stays."""
        k = cells.n_numeric
        return replace(
            self.part,
            numeric=np.ascontiguousarray(cells.values[:, :k], dtype=np.float32),
            missing=np.ascontiguousarray(cells.missing[:, :k]),
            categorical=np.ascontiguousarray(cells.values[:, k:], dtype=np.int64),
        )

    def ask(self, part: RowsPart) -> Predictions:
        """What the model says of rows."""
        return self.predictor.predict(part)

    def score(self, cells: Cells) -> Scored:
        """The primary measure of the model on the rows with these cells."""
        return self.primary.score(self.predictor.predict(self.part_with(cells)), self.target)


def note_of(n: int, n_test: int, primary: Primary) -> str:
    """How many rows were drawn, where not all are tried."""
    if n == n_test:
        return ""
    evenly = ", as many of each outcome as there are" if primary.measure in _OF_RANKS else ""
    return f"{n:,} of {n_test:,} test rows, drawn at random{evenly}"


def draw_positions(target: Any, primary: Primary, rng: np.random.Generator, most: int) -> Ints:
    """(m,) positions of at most `most` rows."""
    n = len(target)
    return np.arange(n) if n <= most else _draw(target, primary, rng, most)


def reason_against(given: AuditInput) -> str:
    """Why cells of single rows cannot be changed in this problem, or nothing."""
    kind = given.table.problem.kind
    if kind in _WORDS:
        return _WORDS[kind]
    if given.table.test.history is not None:
        return "the model looks back on a history: a cell alone does not say what it sees"
    return "" if given.table.features else "the model has no features"


def tried_rows(given: AuditInput, rng: np.random.Generator, *, most: int) -> TriedRows:
    """Test rows whose cells may be changed, at most so many.

    Args:
        given: What is audited.
        rng: Draws the rows where there are more.
        most: Largest number of rows.

    Raises:
        Skip: Cells of single rows cannot be changed in this problem.
    """
    reason = reason_against(given)
    if reason or given.predictor is None:
        raise Skip(CheckStatus.NOT_APPLICABLE, reason or "the model itself was not given")
    test, n = given.table.test, given.table.test.n_rows
    primary = primary_of(given)
    positions = draw_positions(test.target, primary, rng, most)
    kind = np.float64 if given.table.problem.kind is ProblemKind.REGRESSION else np.int64
    cluster = clusters(given)
    return TriedRows(
        predictor=given.predictor,
        primary=primary,
        cells=cells_of(test).taken(positions),
        target=np.asarray(test.target[positions], dtype=kind),
        part=take_rows(test, positions),
        cluster=None if cluster is None else cluster[positions],
        positions=positions,
        n_test=n,
    )


def take_rows(part: RowsPart, positions: Ints) -> RowsPart:
    """The rows of a part at these positions; a position may come more than once."""
    taken: dict[str, Any] = {}
    for each in fields(part):
        value = getattr(part, each.name)
        if isinstance(value, np.ndarray):
            taken[each.name] = value[positions]
        elif each.name == "carried":
            taken[each.name] = {name: np.asarray(column)[positions] for name, column in value.items()}
        elif each.name == "history" and value is not None:
            taken[each.name] = replace(value, start=value.start[positions], stop=value.stop[positions])
    return replace(part, **taken)


def _draw(target: Any, primary: Primary, rng: np.random.Generator, most: int) -> Ints:
    """Positions of `most` rows; for a measure of ranks as many of each class as possible.

    An AUC does not depend on how common the outcomes are, and is estimated best on as many of either.
    """
    order = rng.permutation(len(target))
    if primary.measure not in _OF_RANKS:
        return np.sort(order[:most])
    _, code = np.unique(target[order], return_inverse=True)
    within = np.empty(len(order), dtype=np.int64)  # how many of the same class come before
    for k in range(int(code.max()) + 1):
        within[code == k] = np.arange(int((code == k).sum()))
    return np.sort(order[np.argsort(within, kind="stable")[:most]])
