"""What must hold before anyone looks at a glucose warning, and why."""

from __future__ import annotations

from testamur.contracts.policy import Direction, Limit, Policy, Severity

CONSENSUS = (
    "T. Battelino et al.: Clinical targets for continuous glucose monitoring data interpretation, Diabetes "
    "Care 2019;42:1593-1603"
)
FATIGUE = (
    "J. P. Shivers et al.: 'Turn it off!': diabetes device alarm fatigue, J Diabetes Sci Technol "
    "2013;7:789-794"
)
REVIEW = (
    "S. Oviedo et al.: A review of personalized blood glucose prediction strategies for T1DM patients, Int J "
    "Numer Method Biomed Eng 2017;33:e2833"
)
ALARMS, ERRORS = "health.glucose.alarms", "health.glucose.errors"

GLUCOSE = Policy(
    key="health.glucose",
    version="1.0",
    title="Glucose early warning",
    owner="Testamur health domain; to be taken over by the person and their diabetes team before any use",
    rationale=(
        "A low that is not foreseen is dangerous and a false alarm teaches people to switch alarms "
        "off. A forecast "
        "has to beat saying that nothing changes, or it is an ornament."
    ),
    reference=CONSENSUS,
    valid_months=6,
    minimum_group=20,
    minimum_cell=5,
    level=0.95,
    primary_measure="mae_30",
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
            reference=REVIEW,
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
            reference=REVIEW,
        ),
        Limit(
            id="keeps_up_with_boosting",
            check="core.forecast.accuracy",
            measure="mase_gain_over_boosting",
            direction=Direction.AT_LEAST,
            value=-0.03,
            severity=Severity.SHOULD,
            title="Not worse than a standard method",
            question="Is it about as good as ordinary gradient boosting on the same readings?",
            rationale="A network that loses to a method that trains in seconds has to justify its use.",
            reference=REVIEW,
        ),
        Limit(
            id="beats_persistence_30",
            check=ERRORS,
            measure="mae_less_than_persistence_30",
            direction=Direction.ABOVE,
            value=0.0,
            title="Better than the last reading",
            question="Is it nearer to the reading of half an hour later than the last reading is?",
            rationale=(
                "Saying that nothing changes costs nothing; a model that does not beat it adds nothing."
            ),
            reference=REVIEW,
        ),
        Limit(
            id="false_lows",
            check=ALARMS,
            measure="hypo_false_alarms_a_day_30",
            direction=Direction.AT_MOST,
            value=2.0,
            title="Few false alarms of lows",
            question="Do at most two false alarms of lows a day ring, 30 minutes ahead?",
            rationale="More are switched off. The threshold was settled for one a day on earlier weeks.",
            reference=FATIGUE,
        ),
        Limit(
            id="foresees_lows",
            check=ALARMS,
            measure="hypo_sensitivity_30",
            direction=Direction.AT_LEAST,
            value=0.7,
            severity=Severity.SHOULD,
            title="Foresees lows",
            question="Does it foresee at least 7 of 10 falls below 70 mg/dL, up to 30 minutes ahead?",
            rationale="Below that the person cannot count on being warned, and must know so.",
            reference=CONSENSUS,
        ),
        Limit(
            id="time_to_act",
            check=ALARMS,
            measure="hypo_lead_min_30",
            direction=Direction.AT_LEAST,
            value=15.0,
            severity=Severity.SHOULD,
            title="Time to act",
            question="Is the warning of a low at least 15 minutes early in half of the cases?",
            rationale="Fast carbohydrates take about 15 minutes to raise glucose.",
            reference=CONSENSUS,
        ),
        Limit(
            id="more_lows_than_trend",
            check=ALARMS,
            measure="hypo_gain_over_trend_30",
            direction=Direction.ABOVE,
            value=0.0,
            severity=Severity.SHOULD,
            title="Foresees more lows than the trend arrow",
            question="Does it foresee more falls than carrying on the last 15 minutes, at the same price?",
            rationale="Every monitor shows a trend arrow; a warning is worth what it adds to that.",
            reference=REVIEW,
        ),
    ),
)
