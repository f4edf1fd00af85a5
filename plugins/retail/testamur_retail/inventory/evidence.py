"""The trial as evidence: accounts, savings and the course of the cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from testamur_retail.findings import Estimate
from testamur_retail.inventory.compare import Account
from testamur_retail.inventory.trial import Trial

NAMES = {
    "plan": "forecast and plan",
    "rival": "seasonal naive with safety stock",
    "learned": "learned policy (reinforcement learning)",
}


@dataclass(frozen=True, slots=True)
class Savings:
    """Shares of cost saved, each on the same days.

    Attributes:
        plan: By the plan, of the rival's cost.
        learned: By the learned policy, of the plan's cost; None where it was not trained.
        learned_over_rival: By the learned policy, of the rival's cost.
    """

    plan: Estimate
    learned: Estimate | None
    learned_over_rival: Estimate | None


def describe_trial(
    trial: Trial, accounts: dict[str, Account], savings: Savings, covered: Estimate
) -> dict[str, Any]:
    """The trial in JSON's types.

    Args:
        trial: What happened.
        accounts: By policy.
        savings: Between the policies.
        covered: Share of origins whose demand over R + L stayed within s.
    """
    return {
        "n_series": trial.plan.cost.shape[0],
        "n_reviews": trial.n_reviews,
        "left_out": trial.first,
        "accounts": [
            {
                "policy": name,
                "title": NAMES[name],
                "cost": account.cost.as_tree(),
                "fill": account.fill.as_tree(),
                "no_lack": account.no_lack.as_tree(),
                "parts": account.parts,
            }
            for name, account in accounts.items()
        ],
        "saved": savings.plan.as_tree(),
        "covered": covered.as_tree(),
        "learned": savings.learned.as_tree() if savings.learned else None,
        "learned_over_rival": savings.learned_over_rival.as_tree() if savings.learned_over_rival else None,
        "recommended": recommend(savings),
        "by_review": {
            name: ledger.cost.sum(axis=0)
            for name, ledger in (("plan", trial.plan), ("rival", trial.rival), ("learned", trial.learned))
            if ledger is not None
        },
    }


def recommend(savings: Savings) -> str:
    """The policy that held-out days speak for: nothing newer without an interval clear of 0."""
    if _clear(savings.learned) and _clear(savings.learned_over_rival):
        return "learned"
    return "plan" if _clear(savings.plan) else "rival"


def _clear(saved: Estimate | None) -> bool:
    return saved is not None and saved.low is not None and saved.low > 0
