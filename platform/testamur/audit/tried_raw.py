"""Rows of a model from elsewhere, asked about again as they are in the source, with cells changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur.audit.inputs import clusters
from testamur.audit.interval import Estimate, Floats, Ints, critical_value
from testamur.audit.primary import Primary, Scored, estimate_of, primary_of
from testamur.audit.skip import Skip
from testamur.audit.tried_rows import draw_positions, note_of
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import TestamurError
from testamur.contracts.finding import CheckStatus
from testamur.contracts.raw_cells import RawChanges, RawColumn, RawPredictor
from testamur.contracts.table import Predictions

_FEW_VALUES = 2  # of a number that is a truth value and is not moved


@dataclass(frozen=True, slots=True, eq=False)
class TriedRaw:
    """Some or all examined rows; has what `tried_rows.TriedRows` has where both are asked alike.

    Attributes:
        raw: The model.
        primary: What is measured.
        columns: (n rows each) the cells that it is given, by column, of the rows that are tried.
        target: (n,) their targets.
        cluster: (n,) entity of each row where rows share one, else None.
        positions: (n,) where they stand in the test part.
        n_test: Rows of the test part.
    """

    raw: RawPredictor
    primary: Primary
    columns: tuple[RawColumn, ...]
    target: Ints | Floats
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

    @property
    def part(self) -> RawChanges:
        """The rows as they are."""
        return RawChanges()

    def ask(self, part: RawChanges) -> Predictions:
        """What the model says.

        Raises:
            Skip: It gives no answer for such rows.
        """
        try:
            return self.raw.predict(self.positions, part)
        except TestamurError as error:
            words = "the model gives no answer for rows that are changed in this way"
            raise Skip(
                CheckStatus.NOT_APPLICABLE, f"{words} ({type(error.__cause__ or error).__name__})"
            ) from error

    def score(self, part: RawChanges) -> Scored:
        """The primary measure of the model on these rows."""
        return self.primary.score(self.ask(part), self.target)

    def estimate(self, scored: Scored, level: float, n_joint: int, mine: object = None) -> Estimate:
        """Value with its interval; see `primary.estimate_of`."""
        cluster = self.cluster if mine is None or self.cluster is None else self.cluster[mine]  # type: ignore[index]
        return estimate_of(scored, critical_value(level, n_joint), cluster)


def tried_raw(given: AuditInput, rng: np.random.Generator, *, most: int) -> TriedRaw:
    """Examined rows whose cells may be changed, at most so many.

    Args:
        given: What is audited; with a model that takes raw rows.
        rng: Draws the rows where there are more.
        most: Largest number of rows.

    Raises:
        Skip: The cells are not at hand.
    """
    table, test = given.table, given.table.test
    if given.raw is None or table.cells is None:
        raise Skip(CheckStatus.NOT_RUN, "the cells of the rows are not at hand")
    primary = primary_of(given)
    positions = draw_positions(test.target, primary, rng, most)
    rows = table.cells.positions["test"][positions]
    kind = np.float64 if table.problem.kind is ProblemKind.REGRESSION else np.int64
    cluster = clusters(given)
    return TriedRaw(
        raw=given.raw,
        primary=primary,
        columns=tuple(_of_rows(table.cells.column(name), rows) for name in given.raw.columns),
        target=np.asarray(test.target[positions], dtype=kind),
        cluster=None if cluster is None else cluster[positions],
        positions=positions,
        n_test=test.n_rows,
    )


def _of_rows(column: RawColumn, rows: Ints) -> RawColumn:
    return RawColumn(column.name, column.kind, column.values, column.code[rows])


def spread_of(column: RawColumn) -> float:
    """Standard deviation of a number among the tried rows; 0 of anything else, and of two values."""
    if column.kind != "number":
        return 0.0
    known = column.values[column.code[column.code >= 0]]
    return float(known.std()) if len(np.unique(known)) > _FEW_VALUES else 0.0


def with_noise(rows: TriedRaw, level: float, rng: np.random.Generator) -> RawChanges:
    """Normal noise on every number, in standard deviations of the examined rows."""
    spreads = {column.name: spread_of(column) for column in rows.columns}
    return RawChanges(
        moved={name: rng.normal(size=rows.n) * level * s for name, s in spreads.items() if s > 0}
    )


def with_missing(rows: TriedRaw, share: float, rng: np.random.Generator) -> RawChanges:
    """This share of all cells missing."""
    return RawChanges(lost={column.name: rng.random(rows.n) < share for column in rows.columns})


def with_typos(rows: TriedRaw, share: float, rng: np.random.Generator) -> RawChanges:
    """This share of the texts misspelt."""
    texts = [column.name for column in rows.columns if column.kind == "text"]
    return RawChanges(misspelt={name: rng.random(rows.n) < share for name in texts})


def exchanged(rows: TriedRaw, name: str, order: Ints) -> RawChanges:
    """One column as other tried rows have it; order (n,) says whose."""
    return RawChanges(exchanged={name: rows.positions[order]})
