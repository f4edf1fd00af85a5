"""Quality of risks, right classes and errors, per group."""

from __future__ import annotations

import numpy as np

from testamur.audit.auc import auc_of_sorted, auc_only_estimate
from testamur.audit.entity_estimates import Estimated, auc_of_entities
from testamur.audit.entity_rows import entity_codes, n_entities
from testamur.audit.fairness_other import CLASSES, ERRORS, QUALITY
from testamur.audit.group_outcome import outcome_of_groups
from testamur.audit.inputs import observed_event, predictions_of
from testamur.audit.interval import Floats, Ints, critical_value
from testamur.audit.quantity import Measured, Quantity, mean_quantity, share_quantity
from testamur.audit.row_groups import entities_in_order, single_groups
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Unit

_AUC = ("auc", "area under the ROC curve")


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

    number, entity = Unit.NUMBER, entities_in_order(given, order)
    brier = mean_quantity("brier", "Brier score", number, (risk - event) ** 2, level, entity)
    if entity is not None:
        return (_auc_of_entities(event, risk, entity, level), brier), order
    auc = Quantity(*_AUC, number, number, ranking, rarer, "rows of the rarer outcome")
    return (auc, brier), order


def _auc_of_entities(event: Ints, risk: Floats, entity: Ints, level: float) -> Quantity:
    def found(rows: Ints) -> Estimated:
        return auc_of_entities(event[rows], risk[rows], entity[rows], level)

    def rarer(rows: Ints) -> int:
        happened = event[rows] == 1
        return min(n_entities(entity, rows[happened]), n_entities(entity, rows[~happened]))

    return Quantity(
        *_AUC, Unit.NUMBER, Unit.NUMBER, lambda rows: found(rows).joint, rarer,
        "entities with the rarer outcome", errors=lambda rows: found(rows).errors,
    )  # fmt: skip


def of_classes(given: AuditInput) -> tuple[Quantity, ...]:
    """Share of rows whose most probable class is the true one."""
    probabilities = predictions_of(given).probabilities
    right = np.asarray(probabilities).argmax(axis=1) == given.table.test.target
    return (share_quantity("accuracy", "accuracy", right, given.policy.level, entity_codes(given)),)


def of_errors(given: AuditInput) -> tuple[Quantity, ...]:
    """Mean absolute error, and the mean error with its sign."""
    target = np.asarray(given.table.test.target, np.float64)
    error, level = np.asarray(predictions_of(given).values, np.float64) - target, given.policy.level
    unit, entity = Unit.TARGET, entity_codes(given)
    return (
        mean_quantity("mae", "mean absolute error", unit, np.abs(error), level, entity),
        mean_quantity("mean_error", "mean error", unit, error, level, entity),
    )
