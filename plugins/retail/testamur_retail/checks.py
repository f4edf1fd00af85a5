"""The checks of the retail domain."""

from __future__ import annotations

from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section

CUSTOMERS = ("retail.churn", "retail.value")
OF_CUSTOMERS = (ProblemKind.BINARY, ProblemKind.REGRESSION)

REORDER = CheckSpec(
    key="retail.reorder",
    section=Section.PERFORMANCE,
    title="Reorder plan",
    question=(
        "Would the plan have cost less than last season's sales with a safety stock, on days nobody had seen?"
    ),
    formula=(
        "1 - cost(plan) / cost(seasonal naive + z sigma), cost = h stock + p lost + K orders, same held-out "
        "days"
    ),
    citation=(
        "E. Silver, D. Pyke, D. Thomas: Inventory and Production Management in Supply Chains, 4th ed. 2017, "
        "ch. 7; D. Politis, J. Romano: A circular block-resampling procedure, 1992"
    ),
    needs=(Need.PREDICTIONS, Need.PREDICTOR),
    problems=(ProblemKind.FORECAST,),
    datasets=("retail.cdnow_daily",),
    run="testamur_retail.inventory.check:measure_plan",
    golden="testamur_retail.inventory.golden:plan_cases",
)
SHELF = CheckSpec(
    key="retail.shelf",
    section=Section.FAIRNESS,
    title="What is on the shelf",
    question="What is shown, how often, and is it what the user's own kind of choice would be?",
    formula="share of places; KL(p || q') of kinds chosen and shown, q' = 0.99 q + 0.01 p",
    citation=(
        "H. Steck: Calibrated recommendations, RecSys 2018; A. Singh, T. Joachims: Fairness of exposure, "
        "KDD 2018"
    ),
    needs=(Need.PREDICTIONS,),
    problems=(ProblemKind.RANKING,),
    datasets=("retail.movielens",),
    run="testamur_retail.shelf.check:measure_shelf",
    golden="testamur_retail.shelf.golden:shelf_cases",
)
VALUE = CheckSpec(
    key="retail.customer_value",
    section=Section.PERFORMANCE,
    title="Where the money is",
    question="Do the customers it ranks first bring the money, and as much as it expects?",
    formula="sum of spend in the best tenth / sum of spend; sum of expected / sum of real spend",
    citation=(
        "P. Fader, B. Hardie, K. L. Lee: RFM and CLV: using iso-value curves for customer base analysis, "
        "JMR 2005;42:415-430"
    ),
    needs=(Need.PREDICTIONS,),
    problems=OF_CUSTOMERS,
    datasets=CUSTOMERS,
    run="testamur_retail.customers.check_value:measure_value",
    golden="testamur_retail.customers.golden:value_cases",
)
SEGMENTS = CheckSpec(
    key="retail.segments",
    section=Section.ROBUSTNESS,
    title="Segments of customers",
    question="Which kinds of customers are there, and would they be found again in another sample?",
    formula=(
        "mean over bootstrap samples of max |A and B| / |A or B| per segment; adjusted Rand index overall"
    ),
    citation="C. Hennig: Cluster-wise assessment of cluster stability, CSDA 2007;52:258-271",
    needs=(Need.DATA,),
    problems=OF_CUSTOMERS,
    datasets=CUSTOMERS,
    run="testamur_retail.customers.check_segments:find_segments",
    golden="testamur_retail.customers.golden:segment_cases",
)
OFFERS = CheckSpec(
    key="retail.offers",
    section=Section.FAIRNESS,
    title="Who gets the offer",
    question="If the best fifth of the customers got an offer, how many of each group would be among them?",
    formula="#{group, offered} / #{group}; widest difference between groups",
    citation="S. Barocas, M. Hardt, A. Narayanan: Fairness and Machine Learning, 2023, ch. 3",
    needs=(Need.PREDICTIONS, Need.PROTECTED),
    problems=OF_CUSTOMERS,
    datasets=CUSTOMERS,
    run="testamur_retail.customers.check_offers:compare_offers",
    golden="testamur_retail.customers.golden:offer_cases",
)
CHECKS = [REORDER, SHELF, VALUE, SEGMENTS, OFFERS]
