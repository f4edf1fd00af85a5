"""What the decisions cost."""

from __future__ import annotations

import numpy as np

from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding
from testamur_finance.credit.lending import Floats, implied_costs, lending_of
from testamur_finance.findings import generator, json_file, measured
from testamur_finance.intervals import Interval, mean_interval

KEY = "finance.credit.cost"
EVIDENCE = "finance_cost.json"
OTHERS = {
    "granting_all": "granting everyone",
    "refusing_all": "refusing everyone",
    "boosting": "gradient boosting",
}


def measure_cost(given: AuditInput) -> CheckOutcome:
    """Mean cost of a decision on test rows, and what is saved against three simple ways to decide."""
    lending = lending_of(given)
    costs = implied_costs(lending.threshold)
    own = costs.per_row(lending.target, lending.approved)
    yes = np.ones(len(own), dtype=np.bool_)
    others = {
        "granting_all": costs.per_row(lending.target, yes),
        "refusing_all": costs.per_row(lending.target, ~yes),
    }
    if "boosting" in given.predictions:
        others["boosting"] = costs.per_row(lending.target, lending_of(given, "boosting").approved)
    rng = generator(given, KEY)

    def interval_of(values: Floats, n_comparisons: int) -> Interval:
        return mean_interval(
            values,
            level=given.policy.level,
            n_draws=given.options.bootstrap,
            rng=rng,
            n_comparisons=n_comparisons,
        )

    note = f"a wrong approval costs {costs.miss:.4g} times a wrong refusal, as the threshold implies"
    n = len(own)
    findings: list[Finding] = [
        measured(
            KEY, "cost_per_decision", "mean cost of a decision", interval_of(own, 1), n,
            note=note, evidence=EVIDENCE, level=given.policy.level,
        )
    ]  # fmt: skip
    for name, cost in others.items():
        findings.append(
            measured(
                KEY, f"saving_over_{name}", f"saved against {OTHERS[name]}",
                interval_of(cost - own, len(others)), n, note=note, evidence=EVIDENCE,
                simultaneous=True, level=given.policy.level,
            )
        )  # fmt: skip
    tree = {
        "miss": costs.miss,
        "threshold": lending.threshold,
        "rule": given.threshold_rule,
        "n": n,
        "approval": float(lending.approved.mean()),
        "event_rate": float(lending.target.mean()),
        "rows": [
            {"name": f.label, "measure": f.measure, "value": f.value, "low": f.low, "high": f.high}
            for f in findings
        ],
    }
    return CheckOutcome(tuple(findings), (json_file(EVIDENCE, tree, "Cost of decisions, test part"),))
