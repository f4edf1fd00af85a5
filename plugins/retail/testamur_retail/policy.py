"""What must hold before a buyer, a merchandiser or a marketer relies on a model of this domain."""

from __future__ import annotations

from testamur_retail.policy_customers import CHURN_POLICY, VALUE_POLICY
from testamur_retail.policy_shelf import SHELF_POLICY
from testamur_retail.policy_stock import STOCK_POLICY

POLICIES = [STOCK_POLICY, SHELF_POLICY, CHURN_POLICY, VALUE_POLICY]
