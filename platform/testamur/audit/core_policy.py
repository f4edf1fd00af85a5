"""The policy of a job whose domain has none: modest limits, each with its reason."""

from __future__ import annotations

from testamur.audit.forecast_limits import FORECAST_LIMITS
from testamur.audit.privacy_limits import PRIVACY_LIMITS
from testamur.contracts.policy import Direction, Limit, Policy, Severity


def _limit(
    name: str,
    check: str,
    measure: str,
    direction: Direction,
    value: float,
    severity: Severity,
    title: str,
    question: str,
    rationale: str,
    reference: str,
) -> Limit:
    return Limit(
        id=name,
        check=check,
        measure=measure,
        direction=direction,
        value=value,
        severity=severity,
        title=title,
        question=question,
        rationale=rationale,
        reference=reference,
    )


_LEAST, _MOST, _ABOVE = Direction.AT_LEAST, Direction.AT_MOST, Direction.ABOVE
_MUST, _SHOULD = Severity.MUST, Severity.SHOULD
_NAIVE = "Better than knowing nothing"
_NAIVE_WHY = "A model not shown to beat the plain average has no use that justifies processing people's data."
_NAIVE_REF = "Collins et al. 2024 (TRIPOD+AI), BMJ 385:e078378"
_LEAK_REF = "Kapoor and Narayanan 2023, Patterns 4:100804"
_SLOPE_REF = "Van Calster et al. 2019, BMC Medicine 17:230"

_LIMITS = (
    _limit(
        "choices_not_known_before",
        "core.leakage.ranking",
        "target_in_history_share",
        _MOST,
        0.0,
        _MUST,
        "Choices known before",
        "Is the model tested on choices that it does not see yet?",
        "A list that may repeat what was just chosen is right without having learnt anything.",
        _LEAK_REF,
    ),
    _limit(
        "lists_beat_popularity",
        "core.ranking.accuracy",
        "ndcg_10_gain_over_popularity",
        _ABOVE,
        0.0,
        _MUST,
        "Better than the same list for everyone",
        "Does the model do better than showing everyone the most chosen items?",
        "A recommender not shown to beat popularity has no use that justifies following people's choices.",
        "Ferrari Dacrema, Cremonesi and Jannach 2019, RecSys",
    ),
    _limit(
        "keeps_up_with_ease",
        "core.ranking.accuracy",
        "ndcg_10_gain_over_ease",
        _LEAST,
        -0.01,
        _SHOULD,
        "Not worse than a linear model",
        "Is the model about as good as EASE, a linear model in closed form, on the same choices?",
        "A network that loses more than 0.01 of NDCG@10 to it asks for a reason to prefer it.",
        "Ferrari Dacrema, Cremonesi and Jannach 2019, RecSys; Steck 2019, WWW",
    ),
    _limit(
        "no_leaked_rows",
        "core.leakage.twins",
        "twin_with_target_share",
        _MOST,
        0.01,
        _MUST,
        "Rows seen before",
        "Is the model tested on rows it has not seen?",
        "Identical rows on both sides of the split reward memory; 1 % leaves room for coincidence.",
        _LEAK_REF,
    ),
    _limit(
        "no_channel_shows_the_future",
        "core.leakage.channels",
        "future_correlation",
        _MOST,
        0.95,
        _SHOULD,
        "No channel shows the future",
        "Is there a channel that already holds what is to be forecast?",
        "A channel that says almost all of a value ahead was most likely filled in afterwards.",
        _LEAK_REF,
    ),
    _limit(
        "no_leaking_column",
        "core.leakage.columns",
        "single_column_auc",
        _MOST,
        0.95,
        _MUST,
        "No column gives the answer away",
        "Is there a column that already holds the answer?",
        "A single column that ranks almost perfectly was most likely recorded after the outcome.",
        _LEAK_REF,
    ),
    _limit(
        "better_than_naive",
        "core.performance.discrimination",
        "auc_gain_over_naive",
        _ABOVE,
        0.0,
        _MUST,
        _NAIVE,
        "Does the model do better than knowing nothing?",
        _NAIVE_WHY,
        _NAIVE_REF,
    ),
    _limit(
        "classes_beat_naive",
        "core.performance.classes",
        "macro_auc_gain_over_naive",
        _ABOVE,
        0.0,
        _MUST,
        _NAIVE,
        "Does the model do better than knowing only how common each class is?",
        _NAIVE_WHY,
        _NAIVE_REF,
    ),
    _limit(
        "errors_beat_naive",
        "core.performance.errors",
        "rmse_gain_over_naive",
        _ABOVE,
        0.0,
        _MUST,
        _NAIVE,
        "Does the model do better than predicting the average for everyone?",
        _NAIVE_WHY,
        _NAIVE_REF,
    ),
    _limit(
        "keeps_up_with_boosting",
        "core.performance.discrimination",
        "auc_gain_over_boosting",
        _LEAST,
        -0.02,
        _SHOULD,
        "Not worse than a simpler model",
        "Is the model about as good as gradient boosting on the same data?",
        (
            "A neural network that loses more than 0.02 of AUC to a plain classical model "
            "asks for a reason to prefer it."
        ),
        "Grinsztajn, Oyallon and Varoquaux 2022, NeurIPS",
    ),
    _limit(
        "slope_not_too_low",
        "core.calibration.overall",
        "calibration_slope",
        _LEAST,
        0.7,
        _SHOULD,
        "Risks not too extreme",
        "Are high risks really that high, and low risks that low?",
        "A slope below 1 means that stated risks are too extreme; below 0.7 decisions suffer.",
        _SLOPE_REF,
    ),
    _limit(
        "slope_not_too_high",
        "core.calibration.overall",
        "calibration_slope",
        _MOST,
        1.4,
        _SHOULD,
        "Risks not too timid",
        "Does the model dare to tell high and low risks apart?",
        "A slope above 1 means that stated risks lie too close to the average; 1.4 mirrors 0.7.",
        _SLOPE_REF,
    ),
    _limit(
        "useful_decisions",
        "core.performance.decisions",
        "net_benefit",
        _ABOVE,
        0.0,
        _SHOULD,
        "Acting on it helps",
        "Is acting on the model better than doing nothing?",
        "Net benefit weighs false alarms by the odds of the threshold; at 0 doing nothing is as good.",
        "Vickers and Elkin 2006, Medical Decision Making 26:565",
    ),
    _limit(
        "adverse_impact",
        "core.fairness.gaps",
        "adverse_impact_ratio",
        _LEAST,
        0.8,
        _SHOULD,
        "Adverse impact",
        "Is every group selected at least four fifths as often as the most selected one?",
        (
            "A screen that asks for a closer look; not a legal finding, and different needs "
            "can explain different rates."
        ),
        "29 CFR 1607.4(D)",
    ),
    _limit(
        "equal_opportunity",
        "core.fairness.gaps",
        "equal_opportunity_gap",
        _MOST,
        0.1,
        _SHOULD,
        "Equal opportunity",
        "Are people with the event found equally often in every group?",
        (
            "Ten points mean that of ten people with the event one more is missed because of "
            "the group; more asks for a reason."
        ),
        "Hardt, Price and Srebro 2016, NeurIPS",
    ),
    *FORECAST_LIMITS,
    *PRIVACY_LIMITS,
)

CORE_DEFAULT = Policy(
    key="core.default",
    version="1.4",
    title="Core default",
    owner="Testamur maintainers",
    rationale=(
        "A starting point for data of any domain: the test must be honest, the model must "
        "beat the plain average, and what asks for a reason is named. It grants nothing by itself; "
        "a domain's policy should take its place."
    ),
    reference="docs/measures.md",
    primary_measure="auc",
    limits=_LIMITS,
)

CORE_POLICIES: tuple[Policy, ...] = (CORE_DEFAULT,)
