"""What must hold for statements on ability, and for the items of a test."""

from __future__ import annotations

from testamur.contracts.policy import Direction, Limit, Policy, Severity
from testamur_education.policies.limits import (
    NO_SHARED_LEARNER,
    REGULATION,
    STANDARDS,
    keeps_up_with,
    slope_between,
)

SAKT = "S. Pandey, G. Karypis: A self-attentive model for knowledge tracing, EDM 2019"
SIMPLE = (
    "K. Wilson et al.: Back to the basics: Bayesian extensions of IRT outperform neural networks, EDM 2016"
)

BETTER_THAN_EASINESS = Limit(
    id="better_than_easiness",
    check="core.performance.discrimination",
    measure="auc_gain_over_naive",
    direction=Direction.AT_LEAST,
    value=0.1,
    title="Better than the items' easiness",
    question="Does it tell answers apart clearly better than how easy the item is for everyone?",
    rationale="A model that learnt nothing of the learner is of no use to the learner.",
    reference=SAKT,
)
INTERVALS_HOLD = Limit(
    id="intervals_hold",
    check="education.mastery",
    measure="score_interval_coverage",
    direction=Direction.AT_LEAST,
    value=0.85,
    title="Stated uncertainty holds",
    question="Do the scores on new items lie where the 90 % intervals say, at least 85 times in 100?",
    rationale="An interval that is too short makes chance look like knowledge.",
    reference=STANDARDS,
)
RELIABLE = Limit(
    id="reliable",
    check="education.mastery",
    measure="reliability",
    direction=Direction.AT_LEAST,
    value=0.8,
    severity=Severity.SHOULD,
    title="Tells learners apart",
    question="Is most of the difference between learners more than chance?",
    rationale="Below 0.8 a single learner should not be compared with another.",
    reference=STANDARDS,
)
AS_HARD_AS_SAID = tuple(
    Limit(
        id=f"difficulty_{side}",
        check="education.path",
        measure="difficulty_gap",
        direction=direction,
        value=value,
        severity=Severity.SHOULD,
        title=f"Recommended items are not {word} than said",
        question=f"Are recommended items answered right within 5 points of what was expected ({word})?",
        rationale="A path that is harder than promised discourages; one that is easier bores.",
        reference="R. A. Bjork, E. L. Bjork: Making things hard on yourself, but in a good way (2011)",
    )
    for side, direction, value, word in (
        ("not_harder", Direction.AT_LEAST, -0.05, "harder"),
        ("not_easier", Direction.AT_MOST, 0.05, "easier"),
    )
)

MASTERY = Policy(
    key="education.mastery",
    version="1.0",
    title="Mastery and practice",
    owner="Testamur education domain; to be taken over by the school's own board before any use",
    rationale=(
        "What is said of a learner's ability must state how sure it is, and that must hold. Advice on "
        "practice "
        "must be as hard as it says."
    ),
    reference=f"{STANDARDS}; {REGULATION}",
    primary_measure="auc",
    limits=(
        NO_SHARED_LEARNER,
        BETTER_THAN_EASINESS,
        keeps_up_with("irt", "two-parameter IRT", 0.01, SIMPLE),
        *slope_between(0.85, 1.15),
        INTERVALS_HOLD,
        RELIABLE,
        *AS_HARD_AS_SAID,
    ),
)

NO_LARGE_DIF = Limit(
    id="no_large_dif",
    check="education.dif",
    measure="large_dif_items",
    direction=Direction.AT_MOST,
    value=0.0,
    severity=Severity.SHOULD,
    title="No item is much harder for a group",
    question="Is no item of class C: much harder for a group than for others of the same score?",
    rationale="Such an item measures something else than the test for that group; experts must look at it.",
    reference=STANDARDS,
)

ITEM_REVIEW = Policy(
    key="education.item_review",
    version="1.0",
    title="Review of items",
    owner="Testamur education domain; to be taken over by the body that sets the test",
    rationale="Before scores are compared between groups, the items must be shown to mean the same in each.",
    reference=STANDARDS,
    primary_measure="auc",
    limits=(
        NO_SHARED_LEARNER,
        BETTER_THAN_EASINESS.model_copy(update={"value": 0.05}),
        keeps_up_with("irt", "two-parameter IRT", 0.02, SIMPLE),
        NO_LARGE_DIF,
        INTERVALS_HOLD.model_copy(update={"severity": Severity.SHOULD}),
    ),
)
