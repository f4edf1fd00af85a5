"""What must hold for answers over a course, and for recommendations."""

from __future__ import annotations

from testamur.contracts.policy import Direction, Limit, Policy, Severity
from testamur_education.policies.limits import NO_SHARED_LEARNER, REGULATION

SELECTIVE = "Y. Geifman, R. El-Yaniv: Selective classification for deep neural networks, NeurIPS 2017"
BASELINE = "J. Lin: The neural hype and comparisons against weak baselines, SIGIR Forum 2019;52(2)"
DACREMA = "M. F. Dacrema, P. Cremonesi, D. Jannach: Are we really making much progress?, RecSys 2019"
EXPOSURE = "A. Singh, T. Joachims: Fairness of exposure in rankings, KDD 2018"

ANSWERS = Policy(
    key="education.answers",
    version="1.0",
    title="Answers over a course",
    owner="Testamur education domain; to be taken over by those who answer for the course",
    rationale=(
        "An answer shows its passage, so that a learner can judge it. Where the course has none, silence "
        "is the "
        "right answer."
    ),
    reference=SELECTIVE,
    minimum_group=10,  # subjects and questions, not people
    primary_measure="mrr",
    limits=(
        NO_SHARED_LEARNER,
        Limit(
            id="finds_the_passage",
            check="education.course_answers",
            measure="recall_at_5",
            direction=Direction.AT_LEAST,
            value=0.75,
            title="Finds the passage",
            question="Is the right passage among the first five for at least three questions in four?",
            rationale="Whoever has to read more than five passages would rather use the index.",
            reference=BASELINE,
        ),
        Limit(
            id="right_when_it_answers",
            check="education.course_answers",
            measure="right_when_answered",
            direction=Direction.AT_LEAST,
            value=0.8,
            title="Right when it answers",
            question="Of the answers given, are at least four in five right?",
            rationale="A wrong answer with a quotation looks like a right one.",
            reference=SELECTIVE,
        ),
        Limit(
            id="silent_without_passage",
            check="education.course_answers",
            measure="answered_without_passage",
            direction=Direction.AT_MOST,
            value=0.3,
            severity=Severity.SHOULD,
            title="Silent where there is no answer",
            question="Of the questions whose passage was withheld, are at most three in ten answered?",
            rationale="'I do not know' is the right answer to them.",
            reference=SELECTIVE,
        ),
        Limit(
            id="beats_tfidf",
            check="education.course_answers",
            measure="mrr_gain_over_tfidf",
            direction=Direction.AT_LEAST,
            value=-0.02,
            severity=Severity.SHOULD,
            title="Not worse than TF-IDF",
            question="Does it rank passages about as well as the cosine of word counts?",
            rationale="A network that loses to counting words has to justify its use.",
            reference=BASELINE,
        ),
    ),
)

RECOMMENDATION = Policy(
    key="education.recommendation",
    version="1.0",
    title="Recommendation of courses",
    owner="Testamur education domain; to be taken over by the university's own board before any use",
    rationale=(
        "A list must beat what everyone takes, must not be worse than a linear method, and must not put a "
        "department out of sight."
    ),
    reference=REGULATION,
    primary_measure="ndcg_10",
    limits=(
        Limit(
            id="choices_not_known_before",
            check="core.leakage.ranking",
            measure="target_in_history_share",
            direction=Direction.AT_MOST,
            value=0.0,
            title="What is predicted was not shown",
            question="Was the choice that is predicted kept out of the history?",
            rationale="A list that repeats the history predicts nothing.",
            reference=DACREMA,
        ),
        Limit(
            id="beats_popularity",
            check="core.ranking.accuracy",
            measure="ndcg_10_gain_over_popularity",
            direction=Direction.ABOVE,
            value=0.0,
            title="Better than the most popular",
            question="Are its lists better than showing everyone the same ten?",
            rationale="Otherwise nothing personal is needed.",
            reference=DACREMA,
        ),
        Limit(
            id="keeps_up_with_ease",
            check="core.ranking.accuracy",
            measure="ndcg_10_gain_over_ease",
            direction=Direction.AT_LEAST,
            value=-0.01,
            severity=Severity.SHOULD,
            title="Not worse than EASE",
            question="Are its lists about as good as those of a linear model in closed form?",
            rationale="A linear model is fitted in a second and can be read.",
            reference=DACREMA,
        ),
        Limit(
            id="no_department_out_of_sight",
            check="core.fairness.exposure",
            measure="exposure_ratio",
            direction=Direction.AT_LEAST,
            value=0.5,
            severity=Severity.SHOULD,
            title="No department out of sight",
            question="Is every department shown at least half as often as it is chosen?",
            rationale="Lecturers who are not shown are not chosen, and then are shown even less.",
            reference=EXPOSURE,
        ),
    ),
)
