"""The models of the retail domain."""

from __future__ import annotations

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import InputShape, ModelSpec
from testamur_retail.options import CustomerOptions, DemandOptions

DEMAND = ModelSpec(
    key="retail.demand",
    title="Demand and reorder plan",
    summary=(
        "The core's quantile forecast, with the terms (review, lead time, costs) that the reorder plan is "
        "made from."
    ),
    problems=(ProblemKind.FORECAST,),
    input_shape=InputShape.WINDOWS,
    build="testamur_retail.nets.demand:build",
    options=DemandOptions,
    citation=(
        "A. Zeng et al.: Are transformers effective for time series forecasting?, AAAI 2023; E. Silver, D. "
        "Pyke, D. Thomas: Inventory and Production Management in Supply Chains, 4th ed. 2017"
    ),
)
CUSTOMER = ModelSpec(
    key="retail.customer",
    title="Churn and value of customers",
    summary="The core's tabular ensemble on recency, frequency and money, beside BG/NBD with Gamma-Gamma.",
    problems=(ProblemKind.BINARY, ProblemKind.REGRESSION),
    build="testamur_retail.nets.customer:build",
    options=CustomerOptions,
    citation=(
        "P. Fader, B. Hardie, K. L. Lee: Counting your customers the easy way, Marketing Science "
        "2005;24:275-284; Y. Gorishniy et al.: TabM, ICLR 2025"
    ),
    baselines={"bg_nbd": "testamur_retail.customers.counting:fit_counting"},
)
MODELS = [DEMAND, CUSTOMER]
