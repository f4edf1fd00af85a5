"""Limits that several policies of this domain share."""

from __future__ import annotations

from testamur.contracts.policy import Direction, Limit, Severity

REGULATION = "Regulation (EU) 2024/1689 (AI Act), annex III, point 3: education is a high-risk use"
CALIBRATION = (
    "Van Calster et al.: Calibration, the Achilles heel of predictive analytics, BMC Med 2019;17:230"
)
STANDARDS = "AERA, APA, NCME: Standards for Educational and Psychological Testing (2014)"

NO_LEAKED_ROWS = Limit(
    id="no_leaked_rows",
    check="core.leakage.twins",
    measure="twin_with_target_share",
    direction=Direction.AT_MOST,
    value=0.01,
    title="No tested student seen in training",
    question="Were the students it was tested on kept out of its training?",
    rationale="A record that was trained on is recalled, not predicted; every other number would flatter.",
    reference="S. Kapoor, A. Narayanan: Leakage and the reproducibility crisis, Patterns 2023;4:100804",
)
NO_SHARED_LEARNER = Limit(
    id="no_shared_learner",
    check="core.leakage.entities",
    measure="entity_overlap_share",
    direction=Direction.AT_MOST,
    value=0.0,
    title="Nobody stands in training and test",
    question="Was everyone (or every subject) it was tested on new to it?",
    rationale="Whoever stands in both parts is remembered, and the figures say nothing of a new one.",
    reference="S. Kapoor, A. Narayanan: Leakage and the reproducibility crisis, Patterns 2023;4:100804",
)


def keeps_up_with(baseline: str, words: str, slack: float, reference: str) -> Limit:
    """The AUC may lie below a baseline's by no more than `slack`."""
    return Limit(
        id=f"keeps_up_with_{baseline}",
        check="core.performance.discrimination",
        measure=f"auc_gain_over_{baseline}",
        direction=Direction.AT_LEAST,
        value=-slack,
        severity=Severity.SHOULD,
        title=f"Not worse than {words}",
        question=f"Is it about as good as {words} on the same rows?",
        rationale="A network that loses to a model that everyone can read has to justify its use.",
        reference=reference,
    )


def slope_between(low: float, high: float) -> tuple[Limit, Limit]:
    """Chances that are neither too extreme nor too timid."""
    about = {
        "check": "core.calibration.overall",
        "measure": "calibration_slope",
        "severity": Severity.SHOULD,
        "reference": CALIBRATION,
    }
    return (
        Limit(
            id="not_too_extreme",
            direction=Direction.AT_LEAST,
            value=low,
            title="Chances are not too extreme",
            question="Are its high chances not too high and its low ones not too low?",
            rationale="A slope below 1 is the mark of a model that fitted its training people too closely.",
            **about,
        ),
        Limit(
            id="not_too_timid",
            direction=Direction.AT_MOST,
            value=high,
            title="Chances are not too timid",
            question="Do its chances spread as far as the outcomes do?",
            rationale="Chances that all lie near the average leave people without a warning.",
            **about,
        ),
    )
