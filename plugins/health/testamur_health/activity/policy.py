"""What must hold before an exercise is counted for anyone, and why."""

from __future__ import annotations

from testamur.contracts.policy import Direction, Limit, Policy, Severity

BURNS = (
    "D. M. Burns et al.: Shoulder physiotherapy exercise recognition: machine learning the inertial signals "
    "from a smartwatch, Physiol Meas 2018;39:075007"
)
SUBJECTS = (
    "A. Saeb et al.: The need to approximate the use-case in clinical machine learning, GigaScience "
    "2017;6:1-9"
)

ACTIVITY = Policy(
    key="health.activity",
    version="1.0",
    title="Exercise recognition",
    owner="Testamur health domain; to be taken over by the physiotherapist before any use",
    rationale=(
        "Someone who did the exercise and is told they did not stops. It must work for people it has "
        "never seen, "
        "and for each of them, not on average."
    ),
    reference=SUBJECTS,
    valid_months=6,
    minimum_group=3,  # the test part holds three people, and is asked about people
    minimum_cell=0,
    level=0.95,
    primary_measure="accuracy",
    limits=(
        Limit(
            id="nobody_seen_before",
            check="core.leakage.entities",
            measure="entity_overlap_share",
            direction=Direction.AT_MOST,
            value=0.0,
            title="Nobody seen before",
            question="Is nobody of the test part among those it was trained on?",
            rationale="Windows of one person resemble each other: a model that knows the person recalls.",
            reference=SUBJECTS,
        ),
        Limit(
            id="recordings_right",
            check="health.activity.recordings",
            measure="recordings_right",
            direction=Direction.AT_LEAST,
            value=0.8,
            severity=Severity.SHOULD,
            title="Names most exercises rightly",
            question="Does it name at least 8 of 10 recordings of new people rightly?",
            rationale="Simple statistics with logistic regression name about 86 of 100.",
            reference=BURNS,
        ),
        Limit(
            id="for_each_person",
            check="health.activity.recordings",
            measure="worst_person_right",
            direction=Direction.AT_LEAST,
            value=0.6,
            severity=Severity.SHOULD,
            title="For each person",
            question="Does it name at least 6 of 10 recordings rightly for the person with the fewest?",
            rationale="A good average can hide someone for whom it does not work.",
            reference=SUBJECTS,
        ),
    ),
)
