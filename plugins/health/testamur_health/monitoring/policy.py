"""What must hold before a person is told that a day is unusual, and why."""

from __future__ import annotations

from testamur.contracts.policy import Direction, Limit, Policy, Severity
from testamur_health.monitoring.sources import ILLNESS, VARIABILITY

FATIGUE = (
    "J. P. Shivers et al.: 'Turn it off!': diabetes device alarm fatigue, J Diabetes Sci Technol "
    "2013;7:789-794"
)
ALERTS = "health.monitoring.alerts"

MONITORING = Policy(
    key="health.monitoring",
    version="1.0",
    title="Personal monitoring",
    owner="Testamur health domain; to be taken over by the person whose data it is",
    rationale=(
        "An alert that rings for nothing worries and is soon ignored. How often it does so must be "
        "measured, not "
        "promised, and must agree with what is promised."
    ),
    reference=VARIABILITY,
    valid_months=6,
    minimum_group=20,
    minimum_cell=0,
    level=0.95,
    primary_measure="mase",
    limits=(
        Limit(
            id="windows_not_seen_before",
            check="core.leakage.windows",
            measure="seen_window_share",
            direction=Direction.AT_MOST,
            value=0.0,
            title="Nothing seen before",
            question="Were the moments it is tested on kept out of its training?",
            rationale="A forecast of what was trained on is recall.",
            reference=VARIABILITY,
        ),
        Limit(
            id="intervals_not_too_narrow",
            check="core.forecast.coverage",
            measure="coverage_gap",
            direction=Direction.AT_LEAST,
            value=-0.05,
            severity=Severity.SHOULD,
            title="Bands that hold",
            question="Do its widest bands hold about as often as they say?",
            rationale="A band that is too narrow is a false promise of certainty.",
            reference=VARIABILITY,
        ),
        Limit(
            id="false_alerts",
            check=ALERTS,
            measure="simulated_false_a_month",
            direction=Direction.AT_MOST,
            value=1.0,
            title="At most one false alert a month",
            question="Does it ring at most once a month when nothing is the matter?",
            rationale="The rule promises about one in two months; day-to-day rhythm may double it, no more.",
            reference=FATIGUE,
        ),
        Limit(
            id="sees_planted_spells",
            check=ALERTS,
            measure="synthetic_spells_seen",
            direction=Direction.AT_LEAST,
            value=0.8,
            severity=Severity.SHOULD,
            title="Sees a spell like that of an infection",
            question=(
                "Does it see 8 of 10 planted spells with a resting heart rate 7 to 9 beats up (SYNTHETIC)?"
            ),
            rationale="A rule that misses so large a change is of no use. Real spells are often smaller.",
            reference=ILLNESS,
        ),
        Limit(
            id="forecast_worth_having",
            check="core.forecast.accuracy",
            measure="mase_gain_over_naive",
            direction=Direction.ABOVE,
            value=0.0,
            severity=Severity.SHOULD,
            title="A forecast worth having",
            question="Is the week's forecast of the resting heart rate better than last week's figures?",
            rationale=(
                "Alerts and score do not rest on the forecast; if it adds nothing, it should not be shown."
            ),
            reference=VARIABILITY,
        ),
        Limit(
            id="enough_measured",
            check="health.monitoring.person",
            measure="score_components",
            direction=Direction.AT_LEAST,
            value=2.0,
            severity=Severity.SHOULD,
            title="Enough measured for a score",
            question="Were at least two of the four components of the score measured?",
            rationale="A score of one figure is that figure with a grander name.",
            reference=VARIABILITY,
        ),
    ),
)
