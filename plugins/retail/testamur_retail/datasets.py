"""The datasets of the retail domain."""

from __future__ import annotations

from testamur_retail.datasets_customers import CHURN, VALUE
from testamur_retail.datasets_demand import DAILY
from testamur_retail.datasets_shelf import MOVIELENS

DATASETS = [DAILY, MOVIELENS, CHURN, VALUE]
