"""Customers, segments and stock: what several seeds make of them, beside what needs no network."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from parts.seed_measures import Measured, binary, mean_by_unit
from parts.seed_runs import SEEDS, Runs
from parts.seed_scores import Floats, Measure, Ratio, Units

from testamur.contracts.check import AuditInput
from testamur.contracts.policy import Policy

TOP = "money of the next quarter in the best tenth"


def churn(runs: Runs, policy: Policy) -> Measured:
    """AUC and log loss of falling silent, and the money that the best tenth brings."""
    measures, units = binary(runs, unit="customers", rows="customers")
    return [*measures, _best_tenth(runs, policy)], units


def value(runs: Runs, policy: Policy) -> Measured:
    """Error and level of expected spend, and the money that the best tenth brings."""
    from testamur_retail.customers.worth import value_customers

    worth = [value_customers(_given(runs, policy, seed), "test") for seed in range(len(runs.model))]
    spent, n = worth[0].spent, len(worth[0].spent)
    each, one = np.arange(n), np.ones(n)
    guess = {
        "model": [w.model for w in worth],
        "BG/NBD with Gamma-Gamma": [worth[0].counting],
        "linear": [np.maximum(runs.beside["linear"]["test"].values, 0.0)],
        "boosting": [np.maximum(runs.beside["boosting"]["test"].values, 0.0)],
    }
    off = mean_by_unit({k: [np.abs(g - spent) for g in v] for k, v in guess.items()}, each, n)
    level = {k: [Ratio(g * one, spent) for g in v] for k, v in guess.items()}
    words = f"{n:,} customers"
    return [
        Measure("mean absolute error, dollars", False, off, words),
        Measure("expected over real money", None, level, words),
        _best_tenth(runs, policy),
    ], Units(n, "customers")


def _best_tenth(runs: Runs, policy: Policy) -> Measure:
    from testamur_retail.customers.check_value import top_share_of
    from testamur_retail.customers.worth import value_customers

    worth = [value_customers(_given(runs, policy, seed), "test") for seed in range(len(runs.model))]
    spent = worth[0].spent

    def found(order: Floats) -> Ratio:
        return Ratio(top_share_of(order) * spent, spent)

    methods = {
        "model": [found(w.model) for w in worth],
        "BG/NBD with Gamma-Gamma": [found(worth[0].counting)],
        "RFM score": [found(worth[0].rfm)],
    }
    return Measure(TOP, True, methods, f"{len(spent):,} customers")


def _given(runs: Runs, policy: Policy, seed: int) -> AuditInput:
    said = {"model": runs.model[seed]}
    return AuditInput(table=runs.table, policy=policy, options=runs.job.spec.audit, predictions=said)


def stock(runs: Runs) -> Measured:
    """Cost of a review period of the plan and of the learned buyer, beside last season with safety stock."""
    from testamur_retail.inventory.check import levels_of
    from testamur_retail.inventory.forecaster import make_forecaster
    from testamur_retail.inventory.resample import draw_weights
    from testamur_retail.inventory.series import demand_of, list_series
    from testamur_retail.inventory.terms import Terms
    from testamur_retail.inventory.trial import Trial, run_trial

    table, options = runs.table, runs.job.options.model_dump()
    terms = Terms(**{name: options[name] for name in Terms.__slots__ if name in options})
    series, trials = list_series(table), []
    for seed, predictor in zip(SEEDS, runs.predictors, strict=True):
        forecaster = make_forecaster(table, predictor, levels_of(table), seed=seed)
        season = table.problem.season or 1
        trial = run_trial(demand_of(table), series, forecaster, season, terms, seed=seed)
        assert isinstance(trial, Trial), trial
        trials.append(trial)
    n_series, n_periods = trials[0].plan.cost.shape
    of = np.full(n_periods, float(n_series))
    ledgers = {
        "model": [t.plan for t in trials],
        "last season with safety stock": [trials[0].rival],
        "learned buyer": [t.learned for t in trials if t.learned is not None],
    }
    costs = {k: [Ratio(ledger.cost.sum(axis=0), of) for ledger in v] for k, v in ledgers.items()}

    def draw(rng: np.random.Generator) -> Floats:
        return draw_weights(n_series, n_periods, 1, rng)[1][0]

    n = f"{n_series * n_periods} series-weeks"
    return [Measure("cost of a series and week, dollars", False, costs, n)], Units(
        n_periods, "weeks in blocks of four", draw
    )


def segments(runs: Runs) -> list[str]:
    """Lines of a table: how many segments each seed chooses, and how surely they are found again."""
    from sklearn.metrics import adjusted_rand_score

    from testamur_retail.customers.check_segments import traits_of
    from testamur_retail.customers.segments import choose_clustering, standardise

    points = standardise(traits_of(runs.table.test))
    chosen = [choose_clustering(points, seed=seed)[0] for seed in SEEDS]
    lines = [
        "| seed | segments chosen | least stable, Jaccard | adjusted Rand, 25 samples (2.5 to 97.5 %) |",
        "|---:|---:|---:|---|",
    ]
    for seed, c in zip(SEEDS, chosen, strict=True):
        low, high = np.quantile(c.rand, [0.025, 0.975])
        lines.append(f"| {seed} | {c.k} | {c.worst:.3f} | {c.rand.mean():.3f} ({low:.3f} to {high:.3f}) |")
    pairs = [adjusted_rand_score(a.label, b.label) for a, b in combinations(chosen, 2)]
    lines += [
        "",
        f"{len(points):,} customers; between the segments of two seeds the adjusted Rand index is "
        f"{np.mean(pairs):.3f} ({min(pairs):.3f} to {max(pairs):.3f}, ten pairs).",
    ]
    return lines
