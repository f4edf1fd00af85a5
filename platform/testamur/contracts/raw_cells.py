"""The cells of a source as they were read, column by column, for checks of the data themselves.

Arrays are numpy; this module only names them, so that importing it stays cheap.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from testamur.contracts.table import Predictions


@dataclass(frozen=True, slots=True, eq=False)
class RawColumn:
    """One column, each distinct cell once; row-level, so that only counts of it may leave a check.

    Attributes:
        name: In the source.
        kind: "number", "text", "moment" or "boolean".
        values: (u,) distinct cells: float64 (a moment: seconds since 1970 UTC; a truth value: 0 or 1),
            or objects of type str. In no order that means anything, for text; rising for the others.
        code: (n_rows,) int32 position of each row's cell in `values`; -1 = missing.
    """

    name: str
    kind: Literal["number", "text", "moment", "boolean"]
    values: NDArray[Any]
    code: NDArray[np.int32]


class RawCells(Protocol):
    """All columns of a source, those that no model sees too; a column is made when it is asked for."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every column, in the order of the source."""
        ...

    @property
    def n_rows(self) -> int:
        """Rows of the source that have a target."""
        ...

    @property
    def positions(self) -> Mapping[str, NDArray[np.int64]]:
        """By part: (n_part,) row of the source behind each row of the part (a window's: its last)."""
        ...

    def largest(self, name: str) -> float | None:
        """Largest number of a column; None where it holds text or nothing."""
        ...

    def column(self, name: str) -> RawColumn:
        """One column; made anew at each call, so that it need not stay in memory."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class RawChanges:
    """What is not as it was in m rows that a model is asked about again; by column, each (m,).

    Attributes:
        exchanged: Row of the test part whose cell comes.
        moved: Added to a number that is known; whole numbers stay whole.
        lost: True where the cell is missing.
        misspelt: True where a text is written in a way that occurs nowhere.
    """

    exchanged: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    moved: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    lost: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    misspelt: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)


class RawPredictor(Protocol):
    """A model that takes rows as they are in the source, and can be asked about altered ones."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it is given."""
        ...

    def predict(self, rows: NDArray[np.int64], changes: RawChanges) -> Predictions:
        """Answers for these rows of the test part with changed cells.

        Raises:
            TestamurError: The model gives no answer for such rows.
        """
        ...


@dataclass(frozen=True, slots=True)
class Reference:
    """Whom the rows should be like: rows per level of an attribute in the job's reference file.

    Attributes:
        sha256: Of the file.
        n_rows: Its rows.
        counts: By protected attribute: rows per level, in the order of `Attribute.levels`.
        unknown: By protected attribute: rows without a level, or with one that the data do not know.
    """

    sha256: str
    n_rows: int
    counts: Mapping[str, tuple[int, ...]]
    unknown: Mapping[str, int]
