"""The examined data as the report shows them: aggregates only, small counts suppressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testamur.contracts.dataset import ColumnSpec, ProblemKind, Role, SplitKind
from testamur.contracts.report import ColumnCard, DataCard

if TYPE_CHECKING:
    from testamur.contracts.job import DatasetRequest
    from testamur.contracts.policy import Policy
    from testamur.contracts.table import RowsTable


def make_data_card(table: RowsTable, request: DatasetRequest, policy: Policy, *, seed: int) -> DataCard:
    """What is told about the data.

    Args:
        table: The data as they were read and divided.
        request: The job's ``[dataset]`` part.
        policy: Its `minimum_cell` is the smallest count that is shared.
        seed: The job's seed, which splits rows where the split rule has none.
    """
    spec, problem = table.spec, table.problem
    return DataCard(
        key=request.use or "",
        title=request.title or spec.title,
        summary=spec.summary,
        subjects=spec.subjects,
        source=spec.source,
        sha256=table.sha256,
        problem_kind=problem.kind,
        target=problem.target,
        positive=problem.positive,
        event=problem.event,
        classes=table.classes,
        n_train=table.train.n_rows,
        n_validation=table.validation.n_rows,
        n_test=table.test.n_rows,
        split=describe_split(table, seed=seed),
        n_features=len(table.features),
        protected=tuple(attribute.name for attribute in table.attributes),
        protected_as_features=request.protected_as_features,
        columns=_column_cards(table, policy.minimum_cell),
        leaks=dict(spec.leaks),
        caveats=spec.caveats,
        fit_for=spec.fit_for,
        not_fit_for=spec.not_fit_for,
        notes=table.notes,
    )


def describe_split(table: RowsTable, *, seed: int) -> str:
    """How rows were assigned to the parts, in words."""
    rule = table.spec.split
    chosen = seed if rule.seed is None else rule.seed
    if rule.kind is SplitKind.ENTITY:
        return f"by entity: all rows of one on one side, seed {chosen}"
    if rule.kind is SplitKind.TIME:
        return "by time: the latest rows are the test"
    if table.problem.kind is ProblemKind.FORECAST:
        return "by time: the latest origins are the test, and no earlier one looks past its first"
    if rule.kind is SplitKind.LEAVE_LAST:
        return "the last choice of each is the test, the one before it validation"
    return f"random, stratified by target, seed {chosen}" if table.classes else f"random, seed {chosen}"


def _column_cards(table: RowsTable, minimum_cell: int) -> tuple[ColumnCard, ...]:
    missing = _count_missing(table)
    distinct = {f.name: f.cardinality - 1 for f in table.features if f.kind == "categorical"}
    distinct |= {attribute.name: len(attribute.levels) for attribute in table.attributes}
    declared = {column.name: column for column in table.spec.columns}
    names = [*declared, *(name for name in table.columns if name not in declared)]
    return tuple(
        _column_card(
            declared.get(name, ColumnSpec(name=name)),
            n_missing=_suppress(missing.get(name), minimum_cell),
            n_distinct=distinct.get(name),
        )
        for name in names
    )


def _column_card(column: ColumnSpec, *, n_missing: int | None, n_distinct: int | None) -> ColumnCard:
    return ColumnCard(
        name=column.name,
        label=column.label or column.name,
        role=column.role.value,
        kind=column.kind.value if column.kind is not None else "not stated",
        unit=column.unit,
        description=column.description,
        n_missing=n_missing,
        n_distinct=None if column.role is Role.IDENTIFIER else n_distinct,
    )


def _count_missing(table: RowsTable) -> dict[str, int]:
    parts = (table.train, table.validation, table.test)
    counts = [part.absent.sum(axis=0) for part in parts]  # 3 x (n_columns,)
    return {name: sum(int(count[i]) for count in counts) for i, name in enumerate(table.columns)}


def _suppress(count: int | None, minimum_cell: int) -> int | None:
    return None if count is not None and 0 < count < minimum_cell else count
