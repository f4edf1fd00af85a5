"""What the audit is given, checked once, and seen from the checks."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from testamur.audit.entity_numbers import numbers_of
from testamur.audit.interval import Ints
from testamur.contracts.audit_asked import find_audit_faults
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import ConfigurationError, DataError, Problem
from testamur.contracts.table import PartName, Predictions, RowsPart, RowsTable

MODEL = "model"
CLASSIFICATIONS = (ProblemKind.BINARY, ProblemKind.MULTICLASS)


def generator(given: AuditInput, check: str) -> np.random.Generator:
    """Random draws of one check: they depend on the audit's seed and the check's key alone."""
    return np.random.default_rng([given.seed, crc32(check.encode())])


def predictions_of(given: AuditInput, name: str = MODEL) -> Predictions:
    """Predictions of the test part by the model or by a baseline."""
    return given.predictions[name]["test"]


def observed_event(given: AuditInput) -> Ints:
    """(n,) 1 where the event happened, for the test part of a binary problem."""
    event: Ints = given.table.test.target.astype(np.int64)
    return event


def baselines(given: AuditInput) -> dict[str, Predictions]:
    """Test predictions of everything that is not the model, by name."""
    return {n: parts["test"] for n, parts in given.predictions.items() if n != MODEL and "test" in parts}


def clusters(given: AuditInput) -> Ints | None:
    """(n,) entity codes of the test part where rows share an entity, else None."""
    part = given.table.test
    return None if numbers_of(part) is None else part.entity


def check_input(given: AuditInput) -> None:
    """Refuse predictions and options that no check could use.

    Raises:
        DataError: Predictions are absent, of another length, not finite, or no probabilities.
        ConfigurationError: The threshold or a reference group does not exist.
    """
    problems: list[Problem] = _target_faults(given.table)
    if "test" not in given.predictions.get(MODEL, {}):
        problems.append(
            Problem("predictions of 'model'", "predictions for the test part are required, however: none")
        )
    for name, parts in given.predictions.items():
        for part, predictions in parts.items():
            problems += _prediction_faults(given.table, name, part, predictions)
    if problems:
        raise DataError("The predictions cannot be audited", problems)
    faults = _option_faults(given)
    if faults:
        raise ConfigurationError("The audit's options cannot be used", faults)


def _target_faults(table: RowsTable) -> list[Problem]:
    """Outcomes of a classification are codes of its classes; those of a regression are finite."""
    kind, faults = table.problem.kind, []
    if kind not in (*CLASSIFICATIONS, ProblemKind.REGRESSION):
        return []
    n_classes = max(len(table.classes), 2)
    for name, part in (("training", table.train), ("validation", table.validation), ("test", table.test)):
        target = np.asarray(part.target)
        if kind is ProblemKind.REGRESSION:
            bad, wanted = ~np.isfinite(target.astype(np.float64)), "finite numbers"
        else:
            bad, wanted = (target < 0) | (target >= n_classes), f"class codes from 0 to {n_classes - 1}"
        if bad.any():
            where = f"outcomes, {name} part"
            message = f"{wanted} are required, however: not in {int(bad.sum())} rows"
            faults.append(Problem(where, message, "name the label of the event (dataset.positive)"))
    return faults


def _prediction_faults(table: RowsTable, name: str, part: PartName, given: Predictions) -> list[Problem]:
    where = f"predictions of '{name}', {part} part"
    if table.problem.kind is ProblemKind.RANKING:
        return [Problem(where, fault) for fault in _list_faults(table, part, given)]
    if table.problem.kind is ProblemKind.FORECAST:
        return _forecast_faults(table, where, part, given)
    classification = table.problem.kind in CLASSIFICATIONS
    values = given.probabilities if classification else given.values
    if values is None:
        wanted = "probabilities" if classification else "values"
        return [Problem(where, f"{wanted} are required for a {table.problem.kind} problem, however: none")]
    n_classes = max(len(table.classes), 2)
    shape = (table.part(part).n_rows, n_classes) if classification else (table.part(part).n_rows,)
    if values.shape != shape:
        return [Problem(where, f"shape {shape} is required, however: {values.shape}")]
    bad = np.flatnonzero(~np.isfinite(values).all(axis=tuple(range(1, values.ndim))))
    if bad.size:
        return [
            Problem(
                where,
                f"finite numbers are required, however: not in {bad.size} rows, first in row {bad[0]}",
            )
        ]
    if not classification:
        return []
    out = np.flatnonzero(((values < 0) | (values > 1)).any(axis=1))
    if out.size:
        return [
            Problem(
                where,
                f"values from 0 to 1 are required, however: not in {out.size} rows, first in row {out[0]}",
            )
        ]
    off = np.flatnonzero(np.abs(values.sum(axis=1) - 1) > 1e-3)
    if off.size:
        return [
            Problem(
                where,
                f"a sum of 1 is required, however: not in {off.size} rows, first in row {off[0]}",
            )
        ]
    return []


def _list_faults(table: RowsTable, part: PartName, given: Predictions) -> list[str]:
    """What is wrong with the lists of a ranking: shape, codes, items named twice, order."""
    ranked, scores, n = given.ranked, given.scores, table.part(part).n_rows
    if ranked is None or scores is None:
        return ["ranked items with their scores are required for a ranking problem, however: none"]
    if ranked.ndim != 2 or ranked.shape[0] != n or scores.shape != ranked.shape:
        return [f"shapes ({n}, k) are required, however: {ranked.shape} and {scores.shape}"]
    faults = []
    if ranked.size and (int(ranked.min()) < 0 or int(ranked.max()) > len(table.items)):
        faults.append(f"codes from 0 to {len(table.items)} are required, however: some lie outside")
    ordered = np.sort(ranked, axis=1)
    if ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] > 0)).any():
        faults.append("each item once in a list is required, however: some come twice")
    if not np.isfinite(scores[ranked > 0]).all():
        faults.append("finite scores are required, however: some are not")
    elif (np.diff(np.where(ranked > 0, scores, np.finfo(np.float64).min), axis=1) > 0).any():
        faults.append("the best first is required, however: scores grow along some lists")
    return faults


def _forecast_faults(table: RowsTable, where: str, part: PartName, given: Predictions) -> list[Problem]:
    """Quantiles of every step ahead are required, finite and growing."""
    stated = given.quantiles
    if stated is None:
        return [Problem(where, "quantiles are required for a forecast problem, however: none")]
    shape = (table.part(part).n_rows, table.problem.horizon or 1, len(table.problem.quantiles))
    if stated.shape != shape:
        return [Problem(where, f"shape {shape} is required, however: {stated.shape}")]
    bad = int((~np.isfinite(stated)).any(axis=(1, 2)).sum())
    if bad:
        return [Problem(where, f"finite numbers are required, however: not in {bad} windows")]
    crossed = int((np.diff(stated, axis=2) < 0).any(axis=(1, 2)).sum())
    if crossed:
        return [Problem(where, f"quantiles that grow are required, however: not in {crossed} windows")]
    return []


def _option_faults(given: AuditInput) -> list[Problem]:
    faults = []
    if given.threshold is not None and not 0.0 <= given.threshold <= 1.0:
        faults.append(
            Problem("audit.threshold", f"a number from 0 to 1 is required, however: {given.threshold}")
        )
    return faults + find_audit_faults(given.options, given.table)


def all_rows(table: RowsTable) -> tuple[RowsPart, ...]:
    """Training, validation and test, for checks of the data as a whole."""
    return (table.train, table.validation, table.test)
