"""Limits that every credit policy shares, and those that depend on the jurisdiction."""

from __future__ import annotations

from testamur.contracts.policy import Direction, Limit, Severity

ELKAN = "C. Elkan: The foundations of cost-sensitive learning, IJCAI 2001"
SR_26_2 = "SR 26-2, Revised guidance on model risk management, Federal Reserve, 17 April 2026"

SOUND = (
    Limit(
        id="no_leaked_rows",
        check="core.leakage.twins",
        measure="twin_with_target_share",
        direction=Direction.AT_MOST,
        value=0.01,
        title="No test applicant seen in training",
        question="Were the applicants it was tested on kept out of its training?",
        rationale=(
            "A record that was trained on is recalled, not predicted; every other number would flatter."
        ),
        reference=SR_26_2,
    ),
    Limit(
        id="no_leaking_column",
        check="core.leakage.columns",
        measure="single_column_auc",
        direction=Direction.AT_MOST,
        value=0.95,
        title="No column gives the outcome away",
        question="Does any single column tell the outcome by itself?",
        rationale="A column that nearly decides alone was written after the decision.",
        reference=SR_26_2,
    ),
    Limit(
        id="better_than_base_rate",
        check="core.performance.discrimination",
        measure="auc_gain_over_naive",
        direction=Direction.AT_LEAST,
        value=0.1,
        title="Better than the base rate",
        question="Does it tell higher from lower risk clearly better than giving everyone the same?",
        rationale=(
            "Below an AUC of 0.6 people are sorted hardly better than by chance, whatever it costs them."
        ),
        reference=SR_26_2,
    ),
    Limit(
        id="saves_against_granting_all",
        check="finance.credit.cost",
        measure="saving_over_granting_all",
        direction=Direction.ABOVE,
        value=0.0,
        severity=Severity.SHOULD,
        title="Cheaper than granting everyone",
        question="Do its decisions cost less than granting every credit?",
        rationale="A model that saves nothing has no claim to turn anyone down.",
        reference=ELKAN,
    ),
    Limit(
        id="saves_against_refusing_all",
        check="finance.credit.cost",
        measure="saving_over_refusing_all",
        direction=Direction.ABOVE,
        value=0.0,
        severity=Severity.SHOULD,
        title="Cheaper than refusing everyone",
        question="Do its decisions cost less than refusing every credit?",
        rationale=(
            "Where refusing everyone is cheaper, the threshold or the product is wrong, not the people."
        ),
        reference=ELKAN,
    ),
    Limit(
        id="not_understated",
        check="core.calibration.overall",
        measure="observed_expected_ratio",
        direction=Direction.AT_MOST,
        value=1.25,
        severity=Severity.SHOULD,
        title="Does not understate the risk",
        question="Do at most 1.25 times as many credits go wrong as it expects?",
        rationale="A cost threshold is right only for probabilities that mean what they say.",
        reference=ELKAN,
    ),
)


def approval_limit(attribute: str, words: str, severity: Severity, reference: str, why: str) -> Limit:
    """The four-fifths screen on approvals for one attribute."""
    return Limit(
        id=f"approval_by_{attribute}",
        check="finance.credit.approval",
        measure="approval_ratio",
        direction=Direction.AT_LEAST,
        value=0.8,
        severity=severity,
        attribute=attribute,
        title=f"Approves alike by {words}",
        question=(
            f"Is the group approved least often, by {words}, approved at least 0.8 times as often as the "
            "group approved most often?"
        ),
        rationale=why,
        reference=reference,
    )


def opportunity_limit(attribute: str, words: str, severity: Severity, reference: str) -> Limit:
    """Wrong refusals: the false-alarm rate must not differ much."""
    return Limit(
        id=f"wrong_refusals_by_{attribute}",
        check="core.fairness.gaps",
        measure="equalised_odds_gap",
        direction=Direction.AT_MOST,
        value=0.2,
        severity=severity,
        attribute=attribute,
        title=f"Errs alike by {words}",
        question=f"Do rates of right and of wrong refusals differ by at most 20 points by {words}?",
        rationale="Whoever would have paid and is refused bears the model's error.",
        reference=reference,
    )


def reasons_limit(reference: str, severity: Severity = Severity.SHOULD) -> Limit:
    """The same first reason under most refits."""
    return Limit(
        id="steady_first_reason",
        check="finance.credit.reasons",
        measure="same_first_reason",
        direction=Direction.AT_LEAST,
        value=0.6,
        severity=severity,
        title="Gives the same main reason again",
        question=(
            "Would at least 60 % of refused applicants be given the same main reason by a model trained on "
            "another sample of the same applicants?"
        ),
        rationale=(
            "A reason that changes with the draw of the training rows explains the draw, not the refusal."
        ),
        reference=reference,
    )
