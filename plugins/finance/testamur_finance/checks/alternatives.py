"""Whether a recipe of about the same cost treats the groups more alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit
from testamur_finance.credit.alternatives import (
    SMALLEST_GAIN,
    TOLERANCE,
    Candidate,
    frontier,
    propose,
    try_variants,
    widest_attribute,
)
from testamur_finance.credit.explain import SCORECARD
from testamur_finance.credit.lending import (
    Bools,
    Ints,
    group_rows,
    implied_costs,
    lending_of,
    widest_gap,
)
from testamur_finance.credit.scorecard import fit_scorecard
from testamur_finance.credit.variants import Variant, make_variants
from testamur_finance.findings import counted, generator, json_file, measured, unknown
from testamur_finance.intervals import Interval, bootstrap
from testamur_finance.options import ScorecardOptions

KEY = "finance.credit.alternatives"
EVIDENCE = "finance_alternatives.json"
NOTE = "what this search found; it shows nothing about compliance with any law"


def search_alternatives(given: AuditInput) -> CheckOutcome:
    """Cross-validate variants of a scorecard and confirm the proposed one, once, on test rows."""
    table, lending = given.table, lending_of(given)
    minimum = given.policy.minimum_group
    split = {i: group_rows(table.test, i, attribute, minimum) for i, attribute in enumerate(table.attributes)}
    among = [i for i, groups in split.items() if len(groups) > 1]
    if not among:
        label, reason = (
            "approval gap, alternative less model",
            f"two groups of {minimum} test applicants are required",
        )
        return CheckOutcome((unknown(KEY, "approval_gap_change", label, reason, Unit.POINTS),))
    options = _recipe(given)
    card = fit_scorecard(table, options)
    recipe = Variant("the job's recipe", options.model_copy(update={"ridge": card.ridge}))
    position = widest_attribute(
        table, recipe, among=among, threshold=lending.threshold, minimum=minimum, seed=given.seed
    )
    attribute, groups = table.attributes[position], split[position]
    costs = implied_costs(lending.threshold)
    candidates = try_variants(
        table,
        make_variants(table, options, card.ridge, position),
        attribute=position,
        threshold=lending.threshold,
        costs=costs,
        minimum=minimum,
        seed=given.seed,
    )
    chosen = propose(candidates)
    base = candidates[0]
    n_better = sum(c.gap < base.gap and c.cost <= base.cost for c in candidates[1:])
    n = table.train.n_rows + table.validation.n_rows
    findings: list[Finding] = [
        counted(KEY, "candidates", "candidates tried", len(candidates), n, note=NOTE, evidence=EVIDENCE),
        counted(
            KEY, "candidates_better", "candidates with a smaller gap at no higher cost", n_better, n,
            note="in cross-validation, where the best of many looks better than it is", evidence=EVIDENCE,
        ),
    ]  # fmt: skip
    if chosen is not None:
        findings += _confirm(given, chosen, groups, attribute.name)
    else:
        label, reason = "approval gap, alternative less model", _none_found(base.gap)
        findings.append(unknown(KEY, "approval_gap_change", label, reason, Unit.POINTS))
    return CheckOutcome(
        tuple(findings), (_evidence(given, candidates, chosen, findings, attribute.label, groups),)
    )


def _none_found(gap: float) -> str:
    return (
        f"no candidate that costs at most {TOLERANCE:.0%} more narrows the gap of {gap:.1%} by "
        f"{SMALLEST_GAIN:.0%} of applicants or more; nothing was asked of the test rows"
    )


def _recipe(given: AuditInput) -> ScorecardOptions:
    """The job's own recipe where it is a scorecard, else the default one."""
    training = given.training
    if training is not None and training.model == SCORECARD:
        return ScorecardOptions.model_validate(training.options)
    return ScorecardOptions()


def _confirm(given: AuditInput, chosen: Candidate, groups: dict[str, Ints], attribute: str) -> list[Finding]:
    """The proposed alternative less the job's model on test rows: gap and cost, jointly."""
    lending = lending_of(given)
    costs = implied_costs(lending.threshold)
    other = fit_scorecard(given.table, chosen.variant.options).predict(given.table.test).event
    approved = other < chosen.threshold
    change = costs.per_row(lending.target, approved) - costs.per_row(lending.target, lending.approved)
    member = np.full(len(other), -1)
    for code, where in enumerate(groups.values()):
        member[where] = code

    def gap_change(rows: Ints) -> float:
        return _gap(approved[rows], member[rows]) - _gap(lending.approved[rows], member[rows])

    def cost_change(rows: Ints) -> float:
        return float(change[rows].mean())

    def interval(statistic: Any) -> Interval:
        return bootstrap(
            statistic,
            len(other),
            level=given.policy.level,
            n_draws=given.options.bootstrap,
            rng=generator(given, KEY),
            n_comparisons=2,
        )

    more: dict[str, Any] = {
        "note": NOTE, "evidence": EVIDENCE, "simultaneous": True, "level": given.policy.level,
        "attribute": attribute, "subject": chosen.variant.words,
    }  # fmt: skip
    return [
        measured(
            KEY, "approval_gap_change", "approval gap, alternative less model", interval(gap_change),
            len(other), Unit.POINTS, **more,
        ),
        measured(
            KEY, "cost_change", "cost of a decision, alternative less model", interval(cost_change),
            len(other), **more,
        ),
    ]  # fmt: skip


def _gap(approved: Bools, member: Ints) -> float:
    return widest_gap(approved, {str(c): np.flatnonzero(member == c) for c in np.unique(member[member >= 0])})


def _evidence(
    given: AuditInput,
    candidates: list[Candidate],
    chosen: Candidate | None,
    findings: list[Finding],
    attribute: str,
    groups: dict[str, Ints],
) -> Any:
    best = frontier(candidates)
    tree = {
        "attribute": attribute,
        "groups": list(groups),
        "n_rows": given.table.train.n_rows + given.table.validation.n_rows,
        "n_test": given.table.test.n_rows,
        "note": NOTE,
        "candidates": [
            {
                "words": c.variant.words,
                "rule": c.rule,
                "cost": c.cost,
                "gap": c.gap,
                "approval": c.approval,
                "frontier": best[i],
                "chosen": c is chosen,
            }
            for i, c in enumerate(candidates)
        ],
        "chosen": None if chosen is None else _settings(chosen),
        "test": [
            {"measure": f.measure, "label": f.label, "value": f.value, "low": f.low, "high": f.high}
            for f in findings
            if not f.exact
        ],
    }
    return json_file(EVIDENCE, tree, "Candidates, their frontier, and the alternative on test rows")


def _settings(chosen: Candidate) -> dict[str, Any]:
    """The proposed alternative as a job file writes it."""
    options = chosen.variant.options.model_dump(mode="json")
    return {
        "words": chosen.variant.words,
        "rule": chosen.rule,
        "threshold": round(chosen.threshold, 6),
        "model": {
            "use": SCORECARD,
            "options": {k: v for k, v in options.items() if v not in (None, "", [], 0)},
        },
    }
