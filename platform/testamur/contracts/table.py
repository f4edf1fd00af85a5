"""What the data room hands on: encoded rows, their groups, and how they were divided.

Arrays are numpy; this module only names them, so that importing it stays cheap.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    Float32 = NDArray[np.float32]
    Float64 = NDArray[np.float64]
    Int64 = NDArray[np.int64]
    Int16 = NDArray[np.int16]
    Bool = NDArray[np.bool_]

from testamur.contracts.dataset import DatasetSpec, Problem
from testamur.contracts.job import DatasetRequest
from testamur.contracts.raw_cells import RawCells, Reference

PartName = Literal["train", "validation", "test"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A protected attribute and the levels that define its groups."""

    name: str  # column name
    label: str  # as printed
    levels: tuple[str, ...]  # words, in the order of the codes


@dataclass(frozen=True, slots=True)
class Feature:
    """One column that the model sees."""

    name: str
    label: str
    kind: Literal["numeric", "categorical"]
    cardinality: int = 0  # categorical: number of codes, code 0 = missing or unseen in training


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What a model may look back on: one log for the whole table, and the stretch of it for each row.

    The log holds the rows of each entity (series, learner, customer) together, in the order of time,
    and is shared by all parts; a row's stretch never reaches past what is known at its moment.

    Attributes:
        values: (T, n_channels) float32 numbers, NaN where missing; the target of a forecast first.
        codes: (T, n_codes) int64; sequences: item, then answer (0 or 1, -1 = not known); interactions:
            item. Item 0 = none.
        time: (T,) seconds since 1970 UTC, or the position in the series where there is no clock.
        series: (T,) number of the entity that a step of the log belongs to.
        start: (n,) first step of each row's stretch.
        stop: (n,) one past its last step; a forecast's future begins here.
    """

    values: Float32
    codes: Int64
    time: Float64
    series: Int64
    start: Int64
    stop: Int64


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class RowsPart:
    """The rows of one part (training, validation or test), n of them.

    Attributes:
        row: (n,) position of each row in the source, counted from 0 after the header.
        numeric: (n, n_numeric) encoded numbers, finite; missing values are imputed.
        missing: (n, n_numeric) True where the number was missing.
        categorical: (n, n_categorical) codes; 0 = missing or unseen in training.
        target: (n,) class code as int64 (binary: 1 = the event; ranking: the item as in
            `History.codes`, 0 = unseen in training), or the value as float64; forecast: (n, horizon)
            float64, NaN where unknown.
        groups: (n, n_attributes) level codes of the protected attributes; -1 = missing.
        absent: (n, n_columns) True where the raw cell of `RowsTable.columns` was missing.
        twin: (n,) rows of the whole table with identical raw features share a number.
        twin_with_target: (n,) the same for features and target together.
        weight: (n,) sample weights, or None.
        entity: (n,) entity codes, or None.
        time: (n,) seconds since 1970 UTC, or None.
        history: What a model may look back on, or None for plain rows.
        carried: Columns that checks see as they are, by name, each (n,): numbers as float64 (NaN where
            missing), everything else as text (empty where missing).
    """

    row: Int64
    numeric: Float32
    missing: Bool
    categorical: Int64
    target: Any  # Int64 or Float64
    groups: Int16
    absent: Bool
    twin: Int64
    twin_with_target: Int64
    weight: Float64 | None = None
    entity: Int64 | None = None
    time: Float64 | None = None
    history: History | None = None
    carried: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        """Number of rows in this part."""
        return int(self.row.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class RowsTable:
    """A dataset ready for training and audit.

    Attributes:
        spec: The declaration, with the job's overrides and inferred kinds filled in.
        problem: What is predicted.
        classes: Labels in the order of the target codes; empty for regression, forecast and ranking
            (whose labels are `items`).
        features: What the model sees: all numeric features first, then the categorical ones.
        attributes: The protected attributes, in the order of `RowsPart.groups`.
        columns: Raw columns (features and protected) in the order of `RowsPart.absent`.
        sha256: Digest of the source file (or of the canonical Arrow stream of a frame or query).
        encoder: JSON-ready description from which the encoding can be repeated on new rows.
        notes: What was noticed while reading (rows dropped for a missing target, and the like).
        request: The job's ``[dataset]`` part, filled up from the file beside the data.
        entities: Names of the entities in the order of `RowsPart.entity`; row-level, never shared.
        items: Labels of the codes 1, 2, ... in `History.codes`; code 0 is none or unseen in training.
        item_attributes: Of rankings: what items are grouped by, in the order of `item_groups`.
        item_groups: (n_items + 1, n_item_attributes) level codes by item code; -1 = missing, as in row 0.
        cells: The cells as they were read, for checks of the data; None where they are not at hand.
        reference: Whom the rows should be like, where the job names a reference file.
        whole: Of forecasts that are refitted: every example whose target ends before the test begins; else
            None.
    """

    spec: DatasetSpec
    problem: Problem
    classes: tuple[str, ...]
    features: tuple[Feature, ...]
    attributes: tuple[Attribute, ...]
    columns: tuple[str, ...]
    train: RowsPart
    validation: RowsPart
    test: RowsPart
    sha256: str
    encoder: dict[str, Any]
    notes: tuple[str, ...] = ()
    request: DatasetRequest | None = None
    entities: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    item_attributes: tuple[Attribute, ...] = ()
    item_groups: Int16 | None = None
    cells: RawCells | None = None
    reference: Reference | None = None
    whole: RowsPart | None = None

    @property
    def n_numeric(self) -> int:
        """Number of numeric features."""
        return sum(feature.kind == "numeric" for feature in self.features)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """Number of codes of each categorical feature."""
        return tuple(f.cardinality for f in self.features if f.kind == "categorical")

    @property
    def n_outputs(self) -> int:
        """Width of a model's output: classes for multiclass, else 1."""
        return len(self.classes) if len(self.classes) > 2 else 1

    def part(self, name: PartName) -> RowsPart:
        """The rows of the part called `name`."""
        parts: dict[PartName, RowsPart] = {
            "train": self.train,
            "validation": self.validation,
            "test": self.test,
        }
        return parts[name]


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """What a model says about the rows of one part.

    Attributes:
        probabilities: (n, n_classes) for classifications (binary: two columns), else None.
        values: (n,) for regression; (n, horizon) the mean of a forecast that states one; else None.
        quantiles: (n, horizon, n_quantiles) for forecasts, growing along the last axis, else None; the
            levels are those of `Problem.quantiles`.
        ranked: (n, k) for rankings: codes of the k best items, the best first, 0 where fewer are left;
            else None.
        scores: (n, k) of the items in `ranked`, NaN where there is none.
        decided: True where `probabilities` are 0 and 1 because only the decided class is known.
    """

    probabilities: Float64 | None = None
    values: Float64 | None = None
    quantiles: Float64 | None = None
    ranked: Int64 | None = None
    scores: Float64 | None = None
    decided: bool = False

    @property
    def event(self) -> Float64:
        """(n,) probability of the event of a binary problem."""
        if self.probabilities is None or self.probabilities.shape[1] != 2:
            raise ValueError("the event probability exists for binary predictions only")
        column: Float64 = self.probabilities[:, 1]
        return column
