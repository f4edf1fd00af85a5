"""Which checks apply to a problem, and which have what they need."""

from __future__ import annotations

from testamur.audit.enough import too_few_entities
from testamur.audit.inputs import MODEL, baselines
from testamur.contracts.check import AuditInput, CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Section

_ABSENT = {
    Need.DATA: "no table was given",
    Need.TRAINING: "the rows that the model was trained on were not given",
    Need.PREDICTIONS: "no predictions of the model were given",
    Need.PROBABILITIES: "only decided classes were given, no probabilities",
    Need.BASELINES: "no baseline was fitted",
    Need.PROTECTED: "no protected attribute is declared",
    Need.THRESHOLD: "no decision threshold was fixed",
    Need.PREDICTOR: "the model itself was not given",
    Need.ASKABLE: "the model itself was not given",
    Need.TRAINER: "the training recipe was not given",
    Need.GRADIENTS: "the model gives no gradients",
    Need.ENERGY: "no energy meter was given",
    Need.ENTITY: "no entity column is declared",
    Need.TIME: "no time column is declared",
}


_ON_PEOPLE = (Section.PERFORMANCE, Section.CALIBRATION, Section.FAIRNESS)


def reason_to_skip(check: CheckSpec, given: AuditInput) -> tuple[CheckStatus, str] | None:
    """Why a check is not done, or None.

    Returns:
        *not applicable* for another kind of problem or a table without rows of its kind,
        *not run* for something that is missing, with everything that is missing named,
        *not estimable* for intervals over rows of a handful of entities.
    """
    kind = given.table.problem.kind
    if kind not in check.problems:
        return CheckStatus.NOT_APPLICABLE, f"the question does not arise for a {kind} problem"
    missing = [given.reasons.get(need, _ABSENT[need]) for need in check.needs if not _has(given, need)]
    if missing:
        return CheckStatus.NOT_RUN, "; ".join(missing)
    if given.table.test.n_rows == 0:
        return CheckStatus.NOT_RUN, "the test part has no rows"
    # Forecasts draw series or blocks of origins, and say so themselves where there are too few.
    on_rows = check.section in _ON_PEOPLE and kind is not ProblemKind.FORECAST
    few = too_few_entities(given) if on_rows else ""
    return (CheckStatus.NOT_ESTIMABLE, few) if few else None


def _has(given: AuditInput, need: Need) -> bool:
    at_hand = {
        Need.DATA: True,
        Need.TRAINING: given.table.train.n_rows > 0,
        Need.PREDICTIONS: "test" in given.predictions.get(MODEL, {}),
        Need.PROBABILITIES: not _decided(given),
        Need.BASELINES: bool(baselines(given)),
        Need.PROTECTED: bool(given.table.attributes),
        Need.THRESHOLD: given.threshold is not None,
        Need.PREDICTOR: given.predictor is not None,
        Need.ASKABLE: given.predictor is not None or given.raw is not None,
        Need.TRAINER: given.trainer is not None,
        Need.GRADIENTS: given.gradients is not None,
        Need.ENERGY: given.energy is not None,
        Need.ENTITY: given.table.test.entity is not None,
        Need.TIME: given.table.test.time is not None,
    }
    return at_hand[need]


def _decided(given: AuditInput) -> bool:
    said = given.predictions.get(MODEL, {}).get("test")
    return said is not None and said.decided
