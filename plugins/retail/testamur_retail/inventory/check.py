"""The check ``retail.reorder``: what the plan costs and serves on held-out days, beside a careful buyer."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit
from testamur.contracts.table import RowsTable
from testamur_retail.findings import Estimate, json_file, measured, not_estimable
from testamur_retail.inventory.compare import Account, ratio_of, saving, sum_up
from testamur_retail.inventory.evidence import Savings, describe_trial
from testamur_retail.inventory.forecaster import Forecaster, make_forecaster
from testamur_retail.inventory.plan import plan_now
from testamur_retail.inventory.resample import draw_weights
from testamur_retail.inventory.series import Series, demand_of, list_series
from testamur_retail.inventory.terms import Terms
from testamur_retail.inventory.trial import Trial, run_trial

KEY = "retail.reorder"
EVIDENCE = "reorder.json"
SAVING = "cost_saving_over_rival"
LEARNED = "learned_saving_over_plan"
METHOD = "simulated on held-out days; paired bootstrap over blocks of 4 review periods"


def measure_plan(given: AuditInput) -> CheckOutcome:
    """Plan, rival and learned policy on held-out days, and the plan from the last day on.

    Args:
        given: A forecast with quantiles on a table of windows, and the model itself.
    """
    terms = terms_of(given)
    table = given.table
    horizon = table.problem.horizon or 0
    if horizon < terms.protection:
        reason = (
            f"a horizon of review + lead = {terms.protection} steps is required, however: {horizon}; "
            "forecast further ahead or declare a shorter lead time"
        )
        return CheckOutcome((not_estimable(KEY, SAVING, "cost saved", reason, unit=Unit.SHARE),))
    series = list_series(table)
    forecaster = _forecaster(given)
    demand = demand_of(table)
    season = table.problem.season or 1
    trial = run_trial(demand, series, forecaster, season, terms, seed=given.seed)
    tree: dict[str, Any] = {
        **describe_setting(given, terms, forecaster, len(series)),
        "plan": plan_now(demand, series, forecaster, terms),
    }
    if isinstance(trial, str):
        tree["trial"] = {"reason": trial}
        findings = (not_estimable(KEY, SAVING, "cost saved", trial, unit=Unit.SHARE),)
    else:
        tree["trial"], findings = _judge(given, trial, terms, series)
    return CheckOutcome(findings, (json_file(EVIDENCE, tree, "reorder plan and its trial on held-out days"),))


def terms_of(given: AuditInput) -> Terms:
    """The terms that the job declared as options of ``retail.demand``; the defaults for other models."""
    options = given.training.options if given.training else {}
    return Terms(**{name: options[name] for name in Terms.__slots__ if name in options})


def describe_setting(
    given: AuditInput, terms: Terms, forecaster: Forecaster, n_series: int
) -> dict[str, Any]:
    """Terms, ratio and dependence, for the evidence."""
    return {
        "terms": {name: getattr(terms, name) for name in Terms.__slots__},
        "defaults": sorted(
            name for name in Terms.__slots__ if getattr(terms, name) == getattr(Terms(), name)
        ),
        "critical_ratio": terms.critical_ratio,
        "newsvendor_ratio": terms.newsvendor_ratio,
        "quantiles": forecaster.levels,
        "step": given.table.problem.step or "step",
        "n_series": n_series,
        "dependence": {"by_lag": forecaster.dependence.by_lag, "n": forecaster.dependence.n},
        "level": given.policy.level,
        "seed": given.seed,
    }


def _forecaster(given: AuditInput) -> Forecaster:
    if given.predictor is None:
        raise ValueError("the model is required, to ask it at every review, however: it is not at hand")
    refitted = given.training is not None and given.training.refitted_on > 0
    held = given.predictions["model"].get("validation") if refitted else None
    levels = levels_of(given.table)
    return make_forecaster(given.table, given.predictor, levels, seed=given.seed, held=held)


def levels_of(table: RowsTable) -> tuple[float, ...]:
    """The quantile levels that forecasts on the table state; deciles where none are declared."""
    return table.problem.quantiles or tuple(round(0.1 * k, 1) for k in range(1, 10))


def _judge(
    given: AuditInput, trial: Trial, terms: Terms, series: list[Series]
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    rng = np.random.default_rng(given.seed)
    level = given.policy.level
    weights = draw_weights(len(series), trial.n_reviews, given.options.bootstrap, rng)
    accounts = {"plan": sum_up(trial.plan, weights, level), "rival": sum_up(trial.rival, weights, level)}
    saved = saving(trial.plan, trial.rival, weights, level)
    covered_weights = draw_weights(*trial.covered.shape, given.options.bootstrap, rng)
    hit = trial.covered.astype(np.float64)
    covered = ratio_of(hit, np.ones_like(hit), covered_weights, level)
    learned = learned_over_rival = None
    if trial.learned is not None:
        accounts["learned"] = sum_up(trial.learned, weights, level)
        learned = saving(trial.learned, trial.plan, weights, level)
        learned_over_rival = saving(trial.learned, trial.rival, weights, level)
    n = trial.plan.cost.size
    findings = [
        _share(SAVING, "cost saved against seasonal naive with safety stock", saved, n),
        *_service(accounts["plan"], accounts["rival"], n),
        _share(
            "covered_protection",
            f"demand over review and lead time within s (aim {terms.critical_ratio:.1%})",
            covered,
            trial.covered.size,
        ),
    ]
    if learned is not None:
        findings.append(_share(LEARNED, "cost the learned policy saves against the plan", learned, n))
    savings = Savings(saved, learned, learned_over_rival)
    return describe_trial(trial, accounts, savings, covered), tuple(findings)


def _service(plan: Account, rival: Account, n: int) -> list[Finding]:
    return [
        _share("fill_rate", "share of demand served by the plan", plan.fill, n),
        _share("rival_fill_rate", "share of demand served by the seasonal naive", rival.fill, n),
        _share("periods_without_lack", "review periods without a lost sale", plan.no_lack, n),
    ]


def _share(measure: str, label: str, estimate: Estimate, n: int) -> Finding:
    return measured(
        KEY,
        measure,
        label,
        estimate,
        unit=Unit.SHARE,
        n=n,
        method=METHOD,
        evidence=EVIDENCE,
        subject="reorder plan",
    )
