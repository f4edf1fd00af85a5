"""What must hold for a recommender, and why."""

from __future__ import annotations

from testamur.contracts.policy import Direction, Limit, Policy, Severity

DACREMA = "Ferrari Dacrema, Cremonesi, Jannach: Are we really making much progress?, RecSys 2019"
STECK = "Steck: Calibrated recommendations, RecSys 2018"
EKSTRAND = "Ekstrand et al.: All the cool kids, how do they fit in?, FAT* 2018"
ABDOLLAHPOURI = "Abdollahpouri, Mansoury: Multi-sided exposure bias in recommendation, 2020"

SHELF_POLICY = Policy(
    key="retail.shelf_policy",
    version="1.0",
    title="Recommendation, default",
    owner="Testamur retail domain; to be taken over by whoever answers for the shelf",
    rationale=(
        "A list of ten is the shop's window: it must find what is wanted better than the best-sellers do, "
        "and it must not show everyone the same few items, nor serve one group worse than another without "
        "anyone knowing."
    ),
    reference=DACREMA,
    valid_months=3,
    minimum_group=20,
    minimum_cell=5,
    level=0.95,
    primary_measure="ndcg_10",
    limits=(
        Limit(
            id="better_than_best_sellers",
            check="core.ranking.accuracy",
            measure="ndcg_10_gain_over_popularity",
            direction=Direction.ABOVE,
            value=0.0,
            title="Better than the best-sellers",
            question="Does it place what is chosen next higher than a list of best-sellers does?",
            rationale="The best-sellers cost nothing and know nobody.",
            reference=DACREMA,
        ),
        Limit(
            id="less_chosen_are_shown",
            check="retail.shelf",
            measure="tail_share",
            direction=Direction.AT_LEAST,
            value=0.1,
            severity=Severity.SHOULD,
            title="Shows more than the head",
            question=(
                "Does at least one place in ten go to the four fifths of the items that are chosen less?"
            ),
            rationale="What is never shown is never chosen, and next month's data say that nobody wants it.",
            reference=ABDOLLAHPOURI,
        ),
        Limit(
            id="shows_what_a_user_likes",
            check="retail.shelf",
            measure="miscalibration",
            direction=Direction.AT_MOST,
            value=1.0,
            severity=Severity.SHOULD,
            title="Keeps to a user's own mixture",
            question="Are the kinds it shows mixed much as the kinds that the user chose?",
            rationale=(
                "A user of seven dramas and three comedies who is shown ten dramas is served by a "
                "caricature; 1 nat is a coarse bound."
            ),
            reference=STECK,
        ),
        Limit(
            id="serves_women_and_men",
            check="core.fairness.ranking",
            measure="ndcg_10_gap",
            direction=Direction.AT_MOST,
            value=0.05,
            severity=Severity.SHOULD,
            attribute="gender",
            title="Serves women and men alike",
            question="Is what is chosen next found as well for women as for men?",
            rationale=(
                "Seven in ten of the users are men: a model that is best on average is best for them. What "
                "is told of each group, and the reason for a difference, belongs in front of the "
                "merchandiser."
            ),
            reference=EKSTRAND,
        ),
    ),
)
