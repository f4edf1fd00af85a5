"""Quality of risks, right classes and errors, per group."""

from __future__ import annotations

import numpy as np

from testamur.audit.auc import auc_of_sorted, auc_only_estimate
from testamur.audit.fairness_other import CLASSES, ERRORS, QUALITY
from testamur.audit.group_outcome import outcome_of_groups
from testamur.audit.inputs import observed_event, predictions_of
from testamur.audit.interval import Ints, critical_value
from testamur.audit.quantity import Measured, Quantity, mean_of, n_rows, share_of
from testamur.audit.row_groups import single_groups
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Unit


def run_quality(given: AuditInput) -> CheckOutcome:
    """AUC and Brier score of every group."""
    quantities, order = of_risks(given)
    return outcome_of_groups(
        given, QUALITY.key, "group_quality.json", quantities, single_groups(given, order)
    )


def run_classes(given: AuditInput) -> CheckOutcome:
    """Share of right classes of every group."""
    return outcome_of_groups(
        given, CLASSES.key, "group_accuracy.json", of_classes(given), single_groups(given)
    )


def run_errors(given: AuditInput) -> CheckOutcome:
    """Size and direction of the errors of every group."""
    return outcome_of_groups(given, ERRORS.key, "group_errors.json", of_errors(given), single_groups(given))


def of_risks(given: AuditInput) -> tuple[tuple[Quantity, ...], Ints]:
    """AUC and Brier score, and the order of rising risk in which their rows are numbered."""
    risk, level = predictions_of(given).event, given.policy.level
    order = np.argsort(risk)  # once: rows of a group stay in order
    event, risk = observed_event(given)[order], risk[order]

    def ranking(rows: Ints) -> Measured:
        found = auc_of_sorted(event[rows], risk[rows])
        return lambda n_joint: auc_only_estimate(found, critical_value(level, n_joint))

    def rarer(rows: Ints) -> int:
        n_events = int(event[rows].sum())
        return min(n_events, len(rows) - n_events)

    number = Unit.NUMBER
    squared = (risk - event) ** 2
    auc = Quantity(
        "auc", "area under the ROC curve", number, number, ranking, rarer, "rows of the rarer outcome"
    )
    brier = Quantity("brier", "Brier score", number, number, mean_of(squared, level), n_rows, "rows")
    return (auc, brier), order


def of_classes(given: AuditInput) -> tuple[Quantity, ...]:
    """Share of rows whose most probable class is the true one."""
    probabilities = predictions_of(given).probabilities
    right = np.asarray(probabilities).argmax(axis=1) == given.table.test.target
    measure = share_of(right, given.policy.level)
    return (Quantity("accuracy", "accuracy", Unit.SHARE, Unit.POINTS, measure, n_rows, "rows"),)


def of_errors(given: AuditInput) -> tuple[Quantity, ...]:
    """Mean absolute error, and the mean error with its sign."""
    target = np.asarray(given.table.test.target, np.float64)
    error, level = np.asarray(predictions_of(given).values, np.float64) - target, given.policy.level
    unit = Unit.TARGET
    size = mean_of(np.abs(error), level)
    return (
        Quantity("mae", "mean absolute error", unit, unit, size, n_rows, "rows"),
        Quantity("mean_error", "mean error", unit, unit, mean_of(error, level), n_rows, "rows"),
    )
