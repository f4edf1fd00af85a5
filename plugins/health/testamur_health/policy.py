"""What must hold for a clinical risk model, and why."""

from __future__ import annotations

from testamur.contracts.policy import Direction, Limit, Policy, Severity

TRIPOD = "Collins et al.: TRIPOD+AI statement, BMJ 2024;385:e078378"
CALIBRATION = (
    "Van Calster et al.: Calibration, the Achilles heel of predictive analytics, BMC Med 2019;17:230"
)
NET_BENEFIT = "Vickers, Elkin: Decision curve analysis, Med Decis Making 2006;26:565-574"
OPPORTUNITY = "Hardt, Price, Srebro: Equality of opportunity in supervised learning, NeurIPS 2016"
RACE = "Obermeyer et al.: Dissecting racial bias in an algorithm, Science 2019;366:447-453"

SOUND = (
    Limit(
        id="no_leaked_rows",
        check="core.leakage.twins",
        measure="twin_with_target_share",
        direction=Direction.AT_MOST,
        value=0.01,
        title="No test person seen in training",
        question="Were the people it was tested on kept out of its training?",
        rationale=(
            "A record that was trained on is recalled, not predicted; every other number would flatter."
        ),
        reference=TRIPOD,
    ),
    Limit(
        id="no_leaking_column",
        check="core.leakage.columns",
        measure="single_column_auc",
        direction=Direction.AT_MOST,
        value=0.95,
        title="No column gives the outcome away",
        question="Does any single column tell the outcome by itself?",
        rationale=(
            "No finding of 1971-75 can nearly decide who dies ten years later; a column that does was "
            "written after."
        ),
        reference=TRIPOD,
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
            "Below an AUC of about 0.6 a risk figure sorts people hardly better than chance, whatever it "
            "costs them."
        ),
        reference=TRIPOD,
    ),
    Limit(
        id="keeps_up_with_boosting",
        check="core.performance.discrimination",
        measure="auc_gain_over_boosting",
        direction=Direction.AT_LEAST,
        value=-0.03,
        severity=Severity.SHOULD,
        title="Not worse than a standard method",
        question="Is it about as good as an ordinary gradient boosting on the same people?",
        rationale="A network that loses to a method that trains in a second has to justify its use.",
        reference=TRIPOD,
    ),
)

CALIBRATED = (
    Limit(
        id="expects_too_few",
        check="core.calibration.overall",
        measure="observed_expected_ratio",
        direction=Direction.AT_MOST,
        value=1.4,
        title="Does not understate the risk",
        question="Do at most 1.4 times as many people die as it expects?",
        rationale=(
            "Understated risk withholds care; the bound leaves room for the chance of some eighty deaths."
        ),
        reference=CALIBRATION,
    ),
    Limit(
        id="expects_too_many",
        check="core.calibration.overall",
        measure="observed_expected_ratio",
        direction=Direction.AT_LEAST,
        value=0.7,
        title="Does not overstate the risk",
        question="Do at least 0.7 times as many people die as it expects?",
        rationale="Overstated risk frightens and treats people for nothing.",
        reference=CALIBRATION,
    ),
    Limit(
        id="not_too_extreme",
        check="core.calibration.overall",
        measure="calibration_slope",
        direction=Direction.AT_LEAST,
        value=0.7,
        severity=Severity.SHOULD,
        title="Risks are not too extreme",
        question="Are its high risks not too high and its low risks not too low?",
        rationale="A slope below 1 is the mark of a model that fitted its training people too closely.",
        reference=CALIBRATION,
    ),
    Limit(
        id="useful_decisions",
        check="core.performance.decisions",
        measure="net_benefit_gain_over_all",
        direction=Direction.ABOVE,
        value=0.0,
        severity=Severity.SHOULD,
        title="Better than acting on everyone",
        question="Does acting on its advice do more good than acting on everyone?",
        rationale="Where flagging everyone does as much good, the model is not needed.",
        reference=NET_BENEFIT,
    ),
)

EVEN = (
    Limit(
        id="opportunity_by_sex",
        check="core.fairness.gaps",
        measure="equal_opportunity_gap",
        direction=Direction.AT_MOST,
        value=0.15,
        severity=Severity.SHOULD,
        attribute="sex",
        title="Finds women and men at risk alike",
        question="Of those who die, does it flag the same share of women and of men?",
        rationale=(
            "Whoever is not flagged gets no care. A written reason is asked for, as some eighty deaths "
            "cannot settle it."
        ),
        reference=OPPORTUNITY,
    ),
    Limit(
        id="opportunity_by_race",
        check="core.fairness.gaps",
        measure="equal_opportunity_gap",
        direction=Direction.AT_MOST,
        value=0.15,
        severity=Severity.SHOULD,
        attribute="race",
        title="Finds people at risk alike whatever their race",
        question="Of those who die, does it flag the same share whatever their recorded race?",
        rationale=(
            "Risk scores have withheld care from Black patients before; where the numbers are too few to "
            "tell, that must be said."
        ),
        reference=RACE,
    ),
    Limit(
        id="calibrated_in_groups",
        check="core.calibration.groups",
        measure="observed_expected_ratio",
        direction=Direction.AT_MOST,
        value=1.5,
        severity=Severity.SHOULD,
        title="Understates the risk of no group",
        question="Is the risk of no group by sex, race or age understated by half or more?",
        rationale="A figure that holds on average can still be wrong for everyone over sixty.",
        reference=CALIBRATION,
    ),
)

DEFAULT = Policy(
    key="health.default",
    version="1.1",
    title="Clinical risk, default",
    owner="Testamur health domain; to be taken over by the clinic's own board before any use",
    rationale=(
        "A risk figure about a person's life has to be sound, to mean what it says, and to do so for "
        "everyone. What a cohort of this size can settle is a must; what it can only hint at asks for a "
        "written reason."
    ),
    reference=TRIPOD,
    valid_months=6,
    minimum_group=20,
    minimum_cell=5,
    level=0.95,
    primary_measure="auc",
    limits=(*SOUND, *CALIBRATED, *EVEN),
)
