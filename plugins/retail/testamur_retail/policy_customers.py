"""What must hold for models of churn and of value, and why."""

from __future__ import annotations

from testamur.contracts.policy import Direction, Limit, Policy, Severity

FADER = "Fader, Hardie, Lee: Counting your customers the easy way, Marketing Science 2005;24:275-284"
NEWS = "Neslin et al.: Defection detection, JMR 2006;43:204-211"
HENNIG = "Hennig: Cluster-wise assessment of cluster stability, CSDA 2007;52:258-271"
CALIBRATION = (
    "Van Calster et al.: Calibration, the Achilles heel of predictive analytics, BMC Med 2019;17:230"
)
OWNER = "Testamur retail domain; to be taken over by whoever answers for what customers are sent"
OFFERS = Limit(
    id="offers_by_group",
    check="retail.offers",
    measure="offer_gap",
    direction=Direction.AT_MOST,
    value=0.1,
    severity=Severity.SHOULD,
    title="Offers reach every group",
    question=(
        "If the best fifth got an offer, would the share in every group lie within ten points of the others?"
    ),
    rationale=(
        "Offers are money: where groups are known, whoever is passed over is to be seen, and a reason given."
    ),
    reference="Barocas, Hardt, Narayanan: Fairness and Machine Learning, 2023, ch. 3",
)
SHARED = (
    Limit(
        id="finds_more_than_rfm",
        check="retail.customer_value",
        measure="top_tenth_gain_over_rfm",
        direction=Direction.ABOVE,
        value=0.0,
        title="Finds more of the money than RFM",
        question=(
            "Does its best tenth of customers bring more of the money than the best tenth by the RFM score?"
        ),
        rationale="Every shop can add up recency, frequency and money; a model has to find more than that.",
        reference=NEWS,
    ),
    Limit(
        id="keeps_up_with_bg_nbd",
        check="retail.customer_value",
        measure="top_tenth_gain_over_bg_nbd",
        direction=Direction.AT_LEAST,
        value=-0.02,
        severity=Severity.SHOULD,
        title="Keeps up with BG/NBD",
        question=(
            "Does its best tenth bring at most two points less of the money than the best tenth by BG/NBD?"
        ),
        rationale=(
            "Four parameters fitted in a second are the state of the art on such data; a loss against them "
            "needs a reason."
        ),
        reference=FADER,
    ),
    Limit(
        id="expects_too_much_money",
        check="retail.customer_value",
        measure="expected_real_ratio",
        direction=Direction.AT_MOST,
        value=1.25,
        severity=Severity.SHOULD,
        title="Does not promise money that does not come",
        question="Does it expect at most a quarter more money than comes?",
        rationale="Budgets are cut from what it expects; a cohort that ages spends less every quarter.",
        reference=FADER,
    ),
    Limit(
        id="expects_too_little_money",
        check="retail.customer_value",
        measure="expected_real_ratio",
        direction=Direction.AT_LEAST,
        value=0.8,
        severity=Severity.SHOULD,
        title="Does not overlook money",
        question="Does it expect at least four fifths of the money that comes?",
        rationale="Customers who are written off are not written to.",
        reference=FADER,
    ),
    Limit(
        id="segments_are_real",
        check="retail.segments",
        measure="segment_agreement",
        direction=Direction.AT_LEAST,
        value=0.7,
        severity=Severity.SHOULD,
        title="Segments are found again",
        question="Does another sample of customers fall into the same segments?",
        rationale="A campaign for a segment that the next sample does not show is a campaign for nobody.",
        reference=HENNIG,
    ),
    OFFERS,
)
CHURN_POLICY = Policy(
    key="retail.churn_policy",
    version="1.0",
    title="Customers who fall silent, default",
    owner=OWNER,
    rationale=(
        "A churn figure decides who is written to. It has to tell customers apart better than chance, mean "
        "what it says, and find more of the money than the score that every shop can add up."
    ),
    reference=NEWS,
    minimum_group=20,
    minimum_cell=5,
    level=0.95,
    primary_measure="auc",
    limits=(
        Limit(
            id="better_than_base_rate",
            check="core.performance.discrimination",
            measure="auc_gain_over_naive",
            direction=Direction.AT_LEAST,
            value=0.1,
            title="Better than the base rate",
            question="Does it tell customers who come back from those who do not clearly better than chance?",
            rationale="Below an AUC of about 0.6 the letters might as well be sent at random.",
            reference=NEWS,
        ),
        Limit(
            id="silence_not_overstated",
            check="core.calibration.overall",
            measure="observed_expected_ratio",
            direction=Direction.AT_LEAST,
            value=0.95,
            severity=Severity.SHOULD,
            title="Does not overstate who falls silent",
            question="Do at least 95 customers fall silent for every hundred that it expects to?",
            rationale="Overstated silence spends the budget on customers who would have come anyway.",
            reference=CALIBRATION,
        ),
        *SHARED,
    ),
)
VALUE_POLICY = Policy(
    key="retail.value_policy",
    version="1.0",
    title="What customers spend next, default",
    owner=OWNER,
    rationale=(
        "Expected spend decides on budgets. It has to find more of the money than the score that every shop "
        "can add up, and to promise neither much more nor much less than comes."
    ),
    reference=FADER,
    minimum_group=20,
    minimum_cell=5,
    level=0.95,
    primary_measure="top_tenth_share",
    limits=SHARED,
)
