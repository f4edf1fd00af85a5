"""What must hold for a reorder plan, and why."""

from __future__ import annotations

from testamur.contracts.policy import Direction, Limit, Policy, Severity

SILVER = "Silver, Pyke, Thomas: Inventory and Production Management in Supply Chains, 4th ed. 2017"
MAKRIDAKIS = (
    "Makridakis, Spiliotis, Assimakopoulos: M5 accuracy competition, Int J Forecast 2022;38:1346-1364"
)

STOCK_POLICY = Policy(
    key="retail.stock",
    version="1.0",
    title="Reorder plan, default",
    owner="Testamur retail domain; to be taken over by whoever answers for the stock",
    rationale=(
        "A plan spends the shop's money every week. It has to be cheaper than what a careful buyer does "
        "without a model, and it must not buy its savings with empty shelves."
    ),
    reference=SILVER,
    valid_months=3,
    minimum_group=1,  # series are no people: a single one has nothing to be kept from
    minimum_cell=0,
    level=0.95,
    primary_measure="cost_saving_over_rival",
    limits=(
        Limit(
            id="cheaper_than_a_careful_buyer",
            check="retail.reorder",
            measure="cost_saving_over_rival",
            direction=Direction.ABOVE,
            value=0.0,
            title="Cheaper than last season and a safety stock",
            question=(
                "On days nobody had seen, did the plan cost less than ordering last season's sales with a "
                "safety stock?"
            ),
            rationale=(
                "A rule that needs no model, no data scientist and no audit is to be preferred where it is "
                "as cheap."
            ),
            reference=MAKRIDAKIS,
        ),
        Limit(
            id="shelves_are_not_empty",
            check="retail.reorder",
            measure="fill_rate",
            direction=Direction.AT_LEAST,
            value=0.9,
            title="Serves nine of ten pieces asked for",
            question="Of a hundred pieces asked for on those days, were at least ninety there?",
            rationale="Costs of a lost sale are an assumption; customers who find nothing do not come back.",
            reference=SILVER,
        ),
        Limit(
            id="quantile_holds",
            check="retail.reorder",
            measure="covered_protection",
            direction=Direction.AT_LEAST,
            value=0.9,
            severity=Severity.SHOULD,
            title="The safety it promises is there",
            question="Did demand until the next delivery stay within the order level nine times in ten?",
            rationale=(
                "The level is set from a quantile; if the quantile does not hold, neither does any cost "
                "worked out from it."
            ),
            reference=SILVER,
        ),
    ),
)
