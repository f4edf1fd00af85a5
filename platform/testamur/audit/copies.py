"""Altered copies of what is audited, for the controls; the original is never written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from testamur.audit.attack_plan import NO_LOSS
from testamur.audit.claimed_training import claim_training
from testamur.audit.inputs import MODEL, predictions_of
from testamur.audit.interval import Floats, Ints
from testamur.audit.memoriser import Memoriser
from testamur.audit.skip import Skip
from testamur.audit.taken_predictions import rows_of
from testamur.audit.tried_rows import take_rows
from testamur.contracts.check import AuditInput
from testamur.contracts.finding import CheckStatus
from testamur.contracts.job import PrivacyAttacks
from testamur.contracts.model import TrainingSummary
from testamur.contracts.privacy import PrivacySpent, PrivacyUnit
from testamur.contracts.raw_cells import RawColumn
from testamur.contracts.table import Feature, Predictions

PLANTED = "planted column"
MOST_REPLICATES = 500  # of a bootstrap in a copy
FEW_REPLICATES = 100
MOST_ATTACKED = 1_000  # rows of each part in a copy with a recipe that remembers
SHADOWS = 8
MOST_FEATURES = 9  # kept beside a planted column: the screen looks at each column by itself


def smaller(given: AuditInput, most: int, rng: np.random.Generator) -> AuditInput:
    """The same audit of at most `most` test rows, drawn without replacement, of the model alone."""
    n = given.table.test.n_rows
    rows = np.arange(n) if n <= most else np.sort(rng.choice(n, most, replace=False))
    said = predictions_of(given)
    mine = rows_of(said, rows)
    draws = min(given.options.bootstrap, MOST_REPLICATES)
    return replace(
        given,
        table=replace(given.table, test=take_rows(given.table.test, rows)),
        predictions={MODEL: {"test": mine}},
        options=given.options.model_copy(update={"bootstrap": draws}),
    )


def with_test(given: AuditInput, **columns: Any) -> AuditInput:
    """The same audit with other columns of the test part."""
    return replace(given, table=replace(given.table, test=replace(given.table.test, **columns)))


def with_event(given: AuditInput, event: Floats) -> AuditInput:
    """The same audit with other probabilities of the event, (n,)."""
    said = Predictions(probabilities=np.stack([1 - event, event], axis=1))
    return replace(given, predictions={MODEL: {"test": said}})


def with_column(given: AuditInput, values: Floats) -> AuditInput:
    """The same audit with one more numeric feature of the test part, (n,), beside a few of its own."""
    table = given.table
    n_numeric = min(table.n_numeric, MOST_FEATURES)
    numeric = np.column_stack([table.test.numeric[:, :n_numeric], values.astype(np.float32)])
    missing = np.column_stack([table.test.missing[:, :n_numeric], np.zeros(len(values), np.bool_)])
    n = table.test.n_rows
    test = replace(table.test, numeric=numeric, missing=missing, categorical=np.zeros((n, 0), np.int64))
    features = (*table.features[:n_numeric], Feature(PLANTED, PLANTED, "numeric"))
    return replace(given, table=replace(table, features=features, test=test))


def quickly(given: AuditInput) -> AuditInput:
    """The same audit with few replicates, for controls that look at no bootstrap interval."""
    return replace(given, options=given.options.model_copy(update={"bootstrap": FEW_REPLICATES}))


def shuffled_groups(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """The same audit with whole rows of group codes dealt out anew: no group differs but by chance.

    Raises:
        Skip: No protected attribute is declared.
    """
    if not given.table.attributes:
        raise Skip(CheckStatus.NOT_APPLICABLE, "no protected attribute is declared")
    test = given.table.test
    return with_test(given, groups=test.groups[rng.permutation(test.n_rows)])


def two_largest(given: AuditInput) -> tuple[str, int, Ints, Ints]:
    """The attribute whose second group is largest, its position, and the rows of its two largest groups.

    Raises:
        Skip: No attribute has two groups in the test part.
    """
    best: tuple[int, int, int, int] | None = None
    for position, attribute in enumerate(given.table.attributes):
        codes = given.table.test.groups[:, position]
        counts = np.bincount(codes[codes >= 0], minlength=len(attribute.levels))
        if len(counts) < 2:
            continue
        first, second = np.argsort(-counts, kind="stable")[:2]
        if counts[second] > 0 and (best is None or counts[second] > best[0]):
            best = int(counts[second]), position, int(first), int(second)
    if best is None:
        raise Skip(CheckStatus.NOT_APPLICABLE, "no protected attribute with two groups in the test part")
    _, position, first, second = best
    codes = given.table.test.groups[:, position]
    name = given.table.attributes[position].name
    return name, position, np.flatnonzero(codes == first), np.flatnonzero(codes == second)


@dataclass(frozen=True, slots=True, eq=False)
class OneColumn:
    """Cells of a source that has one column only; see `contracts.raw_cells.RawCells`."""

    planted: RawColumn

    @property
    def names(self) -> tuple[str, ...]:
        """The column."""
        return (self.planted.name,)

    @property
    def n_rows(self) -> int:
        """Its rows."""
        return len(self.planted.code)

    @property
    def positions(self) -> Mapping[str, Ints]:
        """Every row is a test row."""
        none = np.zeros(0, np.int64)
        return {"train": none, "validation": none, "test": np.arange(self.n_rows)}

    def largest(self, name: str) -> float | None:
        """It holds text."""
        return None

    def column(self, name: str) -> RawColumn:
        """The column."""
        if name != self.planted.name:
            raise KeyError(name)
        return self.planted


def with_cells(given: AuditInput, texts: list[str]) -> AuditInput:
    """The same audit of a source that has one column of texts."""
    values = np.array(texts, dtype=object)
    column = RawColumn(PLANTED, "text", values, np.arange(len(texts), dtype=np.int32))
    return replace(given, table=replace(given.table, cells=OneColumn(column)))


def with_recipe(given: AuditInput, margin: float, *, promised: float | None = None) -> AuditInput:
    """The same audit of a recipe that learns its rows by heart, each row under a number of its own.

    Args:
        given: What is audited.
        margin: Added to the log-odds of known rows; 0 = nothing is remembered.
        promised: Epsilon that the training claims to have spent; None: it claims nothing.

    Raises:
        Skip: The training rows were not given.
    """
    table = given.table
    if table.problem.kind in NO_LOSS:
        raise Skip(CheckStatus.NOT_APPLICABLE, NO_LOSS[table.problem.kind])
    if table.train.n_rows == 0:
        raise Skip(CheckStatus.NOT_RUN, "the rows that the model was trained on were not given")
    train, test = (take_rows(p, np.arange(min(p.n_rows, MOST_ATTACKED))) for p in (table.train, table.test))
    n = train.n_rows
    train = replace(train, row=np.arange(n), entity=None)
    test = replace(test, row=n + np.arange(test.n_rows), entity=None)
    validation = replace(table.validation, row=-1 - np.arange(table.validation.n_rows), entity=None)
    update = {"privacy_attacks": PrivacyAttacks.AUTO, "shadow_models": SHADOWS}
    return replace(
        given,
        table=replace(table, train=train, validation=validation, test=test),
        options=given.options.model_copy(update=update),
        trainer=Memoriser(train, table.problem.kind, len(table.classes), margin),
        predictor=None,
        training=_claiming(promised, n),
    )


def _claiming(promised: float | None, n: int) -> TrainingSummary:
    """A training that says what it spent; nothing else of it is looked at."""
    spent = None
    if promised is not None:
        spent = PrivacySpent(
            epsilon=promised, epsilon_spent=promised, delta=1e-5, unit=PrivacyUnit.RECORD, n_units=n,
            clip=1.0, noise_multiplier=1.0, sample_rate=0.1, steps=100, rows_per_unit=1, accountant="planted",
        )  # fmt: skip
    return claim_training("core.planted", spent)
