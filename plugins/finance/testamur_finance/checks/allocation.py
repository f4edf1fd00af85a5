"""How the client's money would be spread, and how that would have gone."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import EvidenceFile, Finding, Unit
from testamur_finance.advice.frontier import Frontier, resample_frontier
from testamur_finance.advice.methods import EQUAL, NAMES, methods
from testamur_finance.advice.profile import Answers, RiskProfile, judge_profile
from testamur_finance.advice.walk import (
    DAYS_A_YEAR,
    Walk,
    deepest_fall,
    shortfall,
    walk_forward,
    yearly_return,
    yearly_volatility,
)
from testamur_finance.advice.weights import effective_holdings, risk_shares, shrunk_covariance
from testamur_finance.advice.wide import Wide, lay_side_by_side, spreads
from testamur_finance.findings import counted, generator, json_file, measured, unknown
from testamur_finance.intervals import Interval, Ints, block_bootstrap
from testamur_finance.options import AllocationOptions

KEY = "finance.advice.allocation"
EVIDENCE = "finance_allocation.json"
FEWEST_DAYS = 250
MOST_DRAWS = 1000


def measure_allocation(given: AuditInput) -> CheckOutcome:
    """Walk every way to spread money over the test time, and hold the chosen one against equal weight."""
    options = _options(given)
    wide = lay_side_by_side(given.table)
    n_days = len(wide.day) - wide.first_test
    n = len(wide.names)
    if n < 2 or n_days < FEWEST_DAYS or wide.first_test < options.window_days:
        reason = (
            f"two securities, {FEWEST_DAYS} test days and {options.window_days} days before them are "
            f"required, however: {n}, {n_days} and {wide.first_test}"
        )
        label = "yearly volatility less that of equal weight"
        return CheckOutcome((unknown(KEY, "volatility_difference", label, reason, Unit.POINTS),))
    profile = judge_profile(_answers(options))
    most = max(options.largest_weight, 1.0 / n)
    stated = _stated(given, wide)
    walks = {
        key: walk_forward(
            wide.returns, wide.first_test, method, window=options.window_days, every=options.rebalance_days,
            cost=options.cost, stated=stated,
        )
        for key, method in methods(most).items()
    }  # fmt: skip
    past = wide.returns[-options.window_days :]
    frontier = resample_frontier(past, most=most, rng=generator(given, KEY))
    now = methods(most)[options.method](past, None)
    differences = {key: _differences(given, walks[key], walks[EQUAL]) for key in walks if key != EQUAL}
    findings = _findings(given, options, profile, walks, now, past)
    if options.method != EQUAL:
        findings = [*_differing(given, options.method, differences[options.method], n_days), *findings]
    tree = _tree(options, profile, wide, walks, differences, frontier, now, past)
    return CheckOutcome(tuple(findings), (_evidence(tree),))


def scaled_share(profile: RiskProfile, volatility: float) -> float:
    """Share of the money in securities that keeps within the level's volatility; the rest is cash."""
    return min(1.0, profile.volatility_limit / volatility) if volatility > 0 else 1.0


def _options(given: AuditInput) -> AllocationOptions:
    """The job's options; those of another model leave the questions at their defaults."""
    known = AllocationOptions.model_fields
    training = {} if given.training is None else given.training.options
    return AllocationOptions.model_validate({k: v for k, v in training.items() if k in known})


def _answers(options: AllocationOptions) -> Answers:
    return Answers(
        years=options.years,
        bearable_loss=options.bearable_loss,
        reaction=options.reaction,
        experience=options.experience,
        reserve_months=options.reserve_months,
        share_of_wealth=options.share_of_wealth,
    )


def _stated(given: AuditInput, wide: Wide) -> Any:
    quantiles = given.predictions["model"]["test"].quantiles
    return None if quantiles is None else spreads(given.table, quantiles[:, 0], wide)


def _differences(given: AuditInput, walk: Walk, equal: Walk) -> dict[str, Interval]:
    """Paired differences from equal weight on the same resampled days."""
    own, other = walk.returns, equal.returns

    def interval(of: Any) -> Interval:
        def difference(days: Ints) -> float:
            return float(of(own[days]) - of(other[days]))

        return block_bootstrap(
            difference,
            len(own),
            level=given.policy.level,
            n_draws=min(given.options.bootstrap, MOST_DRAWS),
            rng=generator(given, KEY),
        )

    return {
        "volatility": interval(yearly_volatility),
        "return": interval(yearly_return),
        "shortfall": interval(shortfall),
    }


def _differing(
    given: AuditInput, method: str, differences: dict[str, Interval], n_days: int
) -> list[Finding]:
    labels = {
        "volatility": "yearly volatility less that of equal weight",
        "return": "yearly return after costs less that of equal weight",
        "shortfall": "loss of the worst 5 % of days less that of equal weight",
    }
    return [
        measured(
            KEY, f"{name}_difference", labels[name], interval, n_days, Unit.POINTS,
            subject=NAMES[method], evidence=EVIDENCE, level=given.policy.level,
        )
        for name, interval in differences.items()
    ]  # fmt: skip


def _findings(
    given: AuditInput,
    options: AllocationOptions,
    profile: RiskProfile,
    walks: dict[str, Walk],
    now: Any,
    past: Any,
) -> list[Finding]:
    chosen = walks[options.method]
    n = len(chosen.returns)
    share = scaled_share(profile, yearly_volatility(past @ now))
    kept = _kept_within(given, chosen, profile)
    return [
        measured(
            KEY, "volatility_over_limit", "volatility of the level's mix over its limit", kept, n, Unit.RATIO,
            evidence=EVIDENCE, level=given.policy.level,
            note=(
                f"level {profile.level} ({profile.name}), limit {profile.volatility_limit:.1%} a year; "
                "share in securities set at each rebalancing from the days before"
            ),
        ),
        counted(
            KEY, "effective_holdings", "effective number of holdings", effective_holdings(now), len(past),
            Unit.NUMBER, method="1 / sum of squared weights, latest allocation", evidence=EVIDENCE,
        ),
        counted(
            KEY, "yearly_turnover", "share bought and sold in a year", chosen.yearly_turnover, n, Unit.NUMBER,
            evidence=EVIDENCE,
        ),
        counted(
            KEY, "invested_share", "share in securities", share, len(past), Unit.SHARE, evidence=EVIDENCE
        ),
        counted(KEY, "risk_level", "declared risk level", profile.level, 1, method="questionnaire"),
    ]  # fmt: skip


def _kept_within(given: AuditInput, walk: Walk, profile: RiskProfile) -> Interval:
    """Realised volatility of securities and cash together over the level's limit.

    The share in securities is set at each rebalancing from the 250 days of the walk before it.
    """
    mixed = mix_with_cash(walk.returns, profile)
    limit = profile.volatility_limit

    def ratio(days: Ints) -> float:
        return yearly_volatility(mixed[days]) / limit

    return block_bootstrap(
        ratio,
        len(mixed),
        level=given.policy.level,
        n_draws=min(given.options.bootstrap, MOST_DRAWS),
        rng=generator(given, KEY),
    )


def mix_with_cash(returns: Any, profile: RiskProfile, every: int = 21) -> Any:
    """(n - 250,) daily returns of the level's mix of securities and cash; cash earns nothing."""
    start = min(DAYS_A_YEAR, len(returns) // 2)
    mixed = np.zeros(len(returns) - start)
    share = 0.0
    for i in range(start, len(returns)):
        if (i - start) % every == 0:
            share = scaled_share(profile, yearly_volatility(returns[max(i - DAYS_A_YEAR, 0) : i]))
        mixed[i - start] = share * returns[i]
    return mixed


def _tree(
    options: AllocationOptions,
    profile: RiskProfile,
    wide: Wide,
    walks: dict[str, Walk],
    differences: dict[str, dict[str, Interval]],
    frontier: Frontier,
    now: Any,
    past: Any,
) -> dict[str, Any]:
    covariance = shrunk_covariance(past)
    volatility = yearly_volatility(past @ now)
    return {
        "jurisdiction": options.jurisdiction,
        "answers": _told(options),
        "profile": {
            "level": profile.level,
            "name": profile.name,
            "capacity": profile.capacity,
            "tolerance": profile.tolerance,
            "limit": profile.volatility_limit,
            "notes": list(profile.notes),
        },
        "method": options.method,
        "method_words": NAMES[options.method],
        "settings": options.model_dump(mode="json"),
        "n_days": len(wide.day) - wide.first_test,
        "n_left_out": wide.n_left_out,
        "first_day": float(wide.day[wide.first_test]),
        "last_day": float(wide.day[-1]),
        "share": scaled_share(profile, volatility),
        "volatility": volatility,
        "holdings": _holdings(wide, now, covariance, frontier, options.method),
        "effective_holdings": effective_holdings(now),
        "walks": [_walk_row(key, walk, differences.get(key)) for key, walk in walks.items()],
        "paths": {key: _path(walk) for key, walk in walks.items()},
        "frontier": {
            "volatility": frontier.volatility,
            "mean": frontier.mean,
            "resampled": frontier.resampled,
        },
    }


def _told(options: AllocationOptions) -> dict[str, Any]:
    names = ("years", "bearable_loss", "reaction", "experience", "reserve_months", "share_of_wealth")
    return {name: getattr(options, name) for name in names}


def _holdings(wide: Wide, now: Any, covariance: Any, frontier: Frontier, method: str) -> list[dict[str, Any]]:
    shares = risk_shares(now, covariance)
    rows = [
        {
            "name": name,
            "weight": float(now[i]),
            "risk": float(shares[i]),
            "low": float(frontier.spread[i, 0]) if method == "min_variance" else None,
            "high": float(frontier.spread[i, 1]) if method == "min_variance" else None,
        }
        for i, name in enumerate(wide.names)
    ]
    return sorted(rows, key=lambda row: -row["weight"])  # type: ignore[operator,arg-type,return-value]


def _walk_row(key: str, walk: Walk, differences: dict[str, Interval] | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "key": key,
        "name": NAMES[key],
        "volatility": yearly_volatility(walk.returns),
        "return": yearly_return(walk.returns),
        "shortfall": shortfall(walk.returns),
        "deepest_fall": deepest_fall(walk.returns),
        "turnover": walk.yearly_turnover,
        "effective_holdings": float(np.mean([effective_holdings(w) for w in walk.weights])),
    }
    for name, interval in (differences or {}).items():
        row[f"{name}_difference"] = {
            "value": interval.value, "low": interval.low, "high": interval.high, "method": interval.method,
        }  # fmt: skip
    return row


def _path(walk: Walk, n_points: int = 120) -> list[float]:
    """Value of one unit of money at evenly spaced days."""
    value = np.append(1.0, np.cumprod(1 + walk.returns))
    return [float(value[i]) for i in np.linspace(0, len(value) - 1, n_points).round().astype(int)]


def _evidence(tree: dict[str, Any]) -> EvidenceFile:
    return json_file(EVIDENCE, tree, "Profile, weights, walk-forward and frontier")
