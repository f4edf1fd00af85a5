"""Risk against coverage: what is gained when doubtful cases are left to a person."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.enough import too_few_entities, too_few_rows
from testamur.audit.entity_rows import entity_codes
from testamur.audit.findings import done, json_file, not_estimable
from testamur.audit.inputs import predictions_of
from testamur.audit.interval import Floats, Ints, wilson_rare
from testamur.audit.oversight import DEFERRAL
from testamur.audit.rounding import published
from testamur.audit.row_share import row_share
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding, Unit

_FILE = "deferral.json"
_COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
_REASONS = {
    ProblemKind.REGRESSION: "the model states a value without saying how sure it is",
    ProblemKind.FORECAST: "a forecast decides nothing by itself; its intervals are held against what came",
    ProblemKind.RANKING: "a list decides nothing by itself: its reader chooses",
}


def run(given: AuditInput) -> CheckOutcome:
    """Share of wrong decisions where the model decides 100, 90, ... 50 % of the cases."""
    kind = given.table.problem.kind
    if kind in _REASONS or (kind is ProblemKind.BINARY and given.threshold is None):
        reason = _REASONS.get(kind, "no threshold turns answers into decisions")
        raise Skip(CheckStatus.NOT_APPLICABLE, reason)
    reason = too_few_rows(given) or too_few_entities(given)
    if reason:
        label = "wrong decisions"
        return CheckOutcome((not_estimable(DEFERRAL.key, "risk", label, reason, Unit.SHARE),))
    wrong, sure = _decisions(given)
    order = np.argsort(-sure, kind="stable")
    sizes = [max(round(coverage * len(order)), 1) for coverage in _COVERAGES]
    found = [
        _finding(given, coverage, order[:size], wrong, len(sizes))
        for coverage, size in zip(_COVERAGES, sizes, strict=True)
    ]
    points = [
        {"coverage": coverage, "n": f.n, "risk": p.value, "low": p.low, "high": p.high}
        for coverage, f, p in zip(_COVERAGES, found, map(published, found), strict=True)
    ]
    tree = {"n": len(order), "threshold": given.threshold, "level": given.policy.level, "points": points}
    return CheckOutcome(tuple(found), (json_file(_FILE, tree, "Risk against coverage"),))


def _decisions(given: AuditInput) -> tuple[Ints, Floats]:
    """(n,) whether the decision is wrong, and how sure it is: distance from the threshold in log-odds."""
    said, target = predictions_of(given), given.table.test.target.astype(np.int64)
    if given.table.problem.kind is not ProblemKind.BINARY:
        table: Any = said.probabilities
        return (table.argmax(axis=1) != target).astype(np.int64), np.asarray(table.max(axis=1))
    assert given.threshold is not None
    wrong = (said.event >= given.threshold).astype(np.int64) != target
    held = np.clip(np.r_[said.event, given.threshold], 1e-9, 1 - 1e-9)
    odds = np.log(held) - np.log1p(-held)
    return wrong.astype(np.int64), np.abs(odds[:-1] - odds[-1])


def _finding(given: AuditInput, coverage: float, rows: Ints, wrong: Ints, n_joint: int) -> Finding:
    entity = entity_codes(given)
    share = row_share(
        wrong[rows] == 1, None if entity is None else entity[rows], level=given.policy.level,
        minimum=given.policy.minimum_cell, n_joint=n_joint, ends=wilson_rare,
    )  # fmt: skip
    return done(
        DEFERRAL.key,
        "risk",
        "wrong decisions among the cases that the model decides",
        share.estimate,
        Unit.SHARE,
        subject=f"the surest {100 * coverage:.0f} %" if coverage < 1 else "every case",
        simultaneous=True,
        level=given.policy.level,
        evidence=_FILE,
        step=share.step if share.few else 0.0,
        note="what a person would decide in the others was not measured" if coverage < 1 else "",
    )
