"""What must hold before anyone acts on an early warning about students."""

from __future__ import annotations

from testamur.contracts.policy import Direction, Limit, Policy, Severity
from testamur_education.policies.limits import (
    CALIBRATION,
    NO_LEAKED_ROWS,
    NO_SHARED_LEARNER,
    REGULATION,
    keeps_up_with,
    slope_between,
)

WISCONSIN = "J. Perdomo et al.: Difficult lessons on social prediction from Wisconsin public schools (2023)"
OPPORTUNITY = "M. Hardt, E. Price, N. Srebro: Equality of opportunity in supervised learning, NeurIPS 2016"
GANDARA = "D. Gándara et al.: Inside the black box: detecting and mitigating algorithmic bias, AERA Open 2024"


def _opportunity(attribute: str, whom: str) -> Limit:
    return Limit(
        id=f"opportunity_by_{attribute}",
        check="core.fairness.gaps",
        measure="equal_opportunity_gap",
        direction=Direction.AT_MOST,
        value=0.15,
        severity=Severity.SHOULD,
        attribute=attribute,
        title=f"Finds students at risk alike, {whom}",
        question=f"Of those who fall behind, does it flag the same share, {whom}?",
        rationale=(
            "Whoever is not flagged gets no help. A written reason is asked for where too few can tell."
        ),
        reference=OPPORTUNITY,
    )


LIMITS = (
    NO_LEAKED_ROWS,
    Limit(
        id="no_leaking_column",
        check="core.leakage.columns",
        measure="single_column_auc",
        direction=Direction.AT_MOST,
        value=0.95,
        title="No column gives the outcome away",
        question="Does any single column tell the outcome by itself?",
        rationale="Nothing known at admission nearly decides a grade; a column that does was written after.",
        reference="S. Kapoor, A. Narayanan: Leakage and the reproducibility crisis, Patterns 2023;4:100804",
    ),
    Limit(
        id="better_than_base_rate",
        check="core.performance.discrimination",
        measure="auc_gain_over_naive",
        direction=Direction.AT_LEAST,
        value=0.1,
        title="Better than the base rate",
        question="Does it tell higher from lower risk clearly better than giving everyone the same?",
        rationale="Below an AUC of about 0.6 a list of names is hardly better than one drawn by lot.",
        reference=WISCONSIN,
    ),
    keeps_up_with("linear", "logistic regression", 0.02, WISCONSIN),
    Limit(
        id="expects_too_few",
        check="core.calibration.overall",
        measure="observed_expected_ratio",
        direction=Direction.AT_MOST,
        value=1.4,
        title="Does not understate the risk",
        question="Do at most 1.4 times as many students fall behind as it expects?",
        rationale="A school that plans tutors by it must not be a third short.",
        reference=CALIBRATION,
    ),
    *slope_between(0.7, 1.5),
    Limit(
        id="calibrated_in_groups",
        check="core.calibration.groups",
        measure="observed_expected_ratio",
        direction=Direction.AT_MOST,
        value=1.5,
        severity=Severity.SHOULD,
        title="Understates the risk of no group",
        question="Is the risk of no group understated by half or more?",
        rationale="A warning that holds on average can still miss a whole group.",
        reference=GANDARA,
    ),
)

EARLY_WARNING = Policy(
    key="education.early_warning",
    version="1.0",
    title="Early warning",
    owner="Testamur education domain; to be taken over by the school's own board before any use",
    rationale=(
        "A warning may only ever lead to help. It has to be sound, to mean what it says, and to find those "
        "who "
        "need help in every group alike."
    ),
    reference=REGULATION,
    minimum_group=20,
    minimum_cell=5,
    primary_measure="auc",
    limits=(
        *LIMITS,
        _opportunity("female", "women and men"),
        _opportunity("black", "whatever their race"),
    ),
)

READING = EARLY_WARNING.model_copy(
    update={
        "key": "education.reading",
        "title": "Early warning, children",
        "limits": (
            NO_SHARED_LEARNER,
            *LIMITS,
            _opportunity("gender", "girls and boys"),
            _opportunity("ethnicity", "whatever their ethnicity"),
            _opportunity("lunchk", "whatever their family's means"),
        ),
    }
)
