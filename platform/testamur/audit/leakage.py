"""Whether the test part was known before: rows, entities, time, single columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.data_quality import ROWS_PROBLEMS
from testamur.audit.disclosure import in_words, small
from testamur.audit.findings import exact, json_file, not_estimable
from testamur.audit.rounding import step_of_mean
from testamur.contracts.check import AuditInput, CheckOutcome, CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section, Unit

_CITATION = "Kapoor and Narayanan 2023, Patterns 4:100804"

TWINS = CheckSpec(
    key="core.leakage.twins",
    section=Section.DATA,
    title="Rows seen before",
    question="Does the test part hold rows that the model has already seen?",
    formula="test rows equal to a training or validation row in raw features (and target) / test rows",
    citation=_CITATION,
    needs=(Need.DATA, Need.TRAINING),
    problems=ROWS_PROBLEMS,
    run="testamur.audit.leakage:run_twins",
    golden="testamur.audit.golden_data:twin_cases",
)
ENTITIES = CheckSpec(
    key="core.leakage.entities",
    section=Section.DATA,
    title="People seen before",
    question="Does the test part hold people of whom the model has already seen other rows?",
    formula="test rows whose entity occurs in training or validation / test rows",
    citation=_CITATION,
    needs=(Need.DATA, Need.TRAINING, Need.ENTITY),
    problems=ROWS_PROBLEMS,
    run="testamur.audit.leakage:run_entities",
    golden="testamur.audit.golden_data:entity_cases",
)
TIME = CheckSpec(
    key="core.leakage.time",
    section=Section.DATA,
    title="Order in time",
    question="Is the model tested on rows that are later than those it was trained on?",
    formula="test rows that are not later than the last training row / test rows",
    citation=_CITATION,
    needs=(Need.DATA, Need.TRAINING, Need.TIME),
    problems=(*ROWS_PROBLEMS, ProblemKind.RANKING),
    run="testamur.audit.leakage:run_time",
    golden="testamur.audit.golden_data:time_cases",
)
COLUMNS = CheckSpec(
    key="core.leakage.columns",
    section=Section.DATA,
    title="Columns that give the answer away",
    question="Does a single column tell the outcome almost perfectly?",
    formula="AUC of one column on the test part, max(A, 1 - A); categories by their event rate in training",
    citation=f"{_CITATION}; DeLong 1988",
    needs=(Need.DATA, Need.TRAINING),
    problems=(ProblemKind.BINARY,),
    run="testamur.audit.leakage_columns:run",
    golden="testamur.audit.golden_data:column_cases",
)


def run_twins(given: AuditInput) -> CheckOutcome:
    """Exact twins of test rows in training and validation, by features and with the target."""
    table, file = given.table, "leakage.json"
    n, counts = table.test.n_rows, []
    for name in ("twin", "twin_with_target"):
        seen = np.concatenate([getattr(table.train, name), getattr(table.validation, name)])
        counts.append(int(np.isin(getattr(table.test, name), seen).sum()))
    labels = ("test rows with known features", "test rows with known features and target")
    found = [
        exact(
            TWINS.key,
            measure,
            label,
            count / max(n, 1),
            Unit.SHARE,
            n=n,
            evidence=file,
            **_counted(count, n, given.policy.minimum_cell),
        )
        for measure, label, count in zip(
            ("twin_share", "twin_with_target_share"), labels, counts, strict=True
        )
    ]
    tree = {
        "n_test": n,
        "n_twins": _shown(counts[0], n, given.policy.minimum_cell),
        "n_twins_with_target": _shown(counts[1], n, given.policy.minimum_cell),
        "n_train": table.train.n_rows,
        "n_validation": table.validation.n_rows,
    }
    return CheckOutcome(tuple(found), (json_file(file, tree, "Test rows that were seen before"),))


def run_entities(given: AuditInput) -> CheckOutcome:
    """Test rows of entities that training or validation knows."""
    table, file = given.table, "leakage_entities.json"
    mine = _of(table.test.entity)
    known = np.isin(mine, np.concatenate([_of(table.train.entity), _of(table.validation.entity)]))
    n, count = len(mine), int(known.sum())
    n_entities, least = len(np.unique(mine)), given.policy.minimum_cell
    finding = exact(
        ENTITIES.key,
        "entity_overlap_share",
        "test rows of entities seen before",
        count / max(n, 1),
        Unit.SHARE,
        n=n,
        evidence=file,
        **_counted(count, n, given.policy.minimum_cell),
    )
    tree = {
        "n_test": n,
        "n_overlap": _shown(count, n, least),
        "n_entities_test": None if 0 < n_entities < least else n_entities,
        "n_entities_overlap": _shown(len(np.unique(mine[known])), n_entities, least),
    }
    return CheckOutcome((finding,), (json_file(file, tree, "Entities on both sides of the split"),))


def run_time(given: AuditInput) -> CheckOutcome:
    """Test rows that are not later than the last training row; rows without a time are left out."""
    table, file, label = given.table, "leakage_time.json", "test rows not later than training"
    times = [_of(part.time) for part in (table.test, table.train)]
    mine, before = (t[~np.isnan(t)] for t in times)
    lacking = [len(t) - len(known) for t, known in zip(times, (mine, before), strict=True)]
    if not len(mine) or not len(before):
        where = "test" if not len(mine) else "training"
        reason = f"no row of the {where} part has a time"
        return CheckOutcome((not_estimable(TIME.key, "time_overlap_share", label, reason, Unit.SHARE),))
    count, n = int((mine <= before.max()).sum()), len(mine)
    without = _without_time(lacking, given.policy.minimum_cell)
    finding = exact(
        TIME.key,
        "time_overlap_share",
        label,
        count / max(n, 1),
        Unit.SHARE,
        n=n,
        evidence=file,
        **_counted(count, n, given.policy.minimum_cell),
        note=f"split: {table.spec.split.kind}{without}",
    )
    tree = {
        "n_test": n,
        "n_overlap": _shown(count, n, given.policy.minimum_cell),
        "split": str(table.spec.split.kind),
    }
    return CheckOutcome((finding,), (json_file(file, tree, "Order of training and test in time"),))


def _shown(count: int, n: int, minimum: int) -> int | None:
    """A count of `n` rows, withheld where it or the rest is small."""
    return None if small(count, minimum) or small(n - count, minimum) else count


def _counted(count: int, n: int, minimum: int) -> dict[str, Any]:
    """The counts behind a share, or the step that it is rounded to where they are withheld."""
    if _shown(count, n, minimum) is None:
        return {"step": max(step_of_mean(n), 0.01)}
    return {"cells": {"counted": count, "of": n}}


def _without_time(lacking: list[int], minimum: int) -> str:
    """How many rows were left out for want of a time."""
    if not any(lacking):
        return ""
    test, train = (in_words(count, minimum) for count in lacking)
    return f"; left out for want of a time: {test} rows of the test part, {train} of the training part"


def _of(values: np.ndarray | None) -> np.ndarray:
    return np.zeros(0) if values is None else values


CHECKS: tuple[CheckSpec, ...] = (TWINS, ENTITIES, TIME, COLUMNS)
