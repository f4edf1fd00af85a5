"""How many answers are flagged for a person, and the hours that takes."""

from __future__ import annotations

from typing import Any

from testamur.audit.entity_rows import entity_codes
from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.inputs import predictions_of
from testamur.audit.interval import Estimate
from testamur.audit.oversight import REVIEW
from testamur.audit.row_share import row_share
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding, Unit
from testamur.contracts.job import Purpose

_FILE = "review_load.json"
_THOUSAND = 1000
_MINUTES = "the minutes that a person needs per case are not stated (purpose.minutes_per_case)"
_CASES = "the number of cases a month is not stated (purpose.cases_per_month)"


def run(given: AuditInput) -> CheckOutcome:
    """Share flagged, flagged per 1,000 cases, and hours per 1,000 cases and per month where stated."""
    if given.table.problem.kind is not ProblemKind.BINARY or given.threshold is None:
        reason = "nothing is flagged: the model states values, classes or lists and no decision is derived"
        raise Skip(CheckStatus.NOT_APPLICABLE, reason)
    flagged = predictions_of(given).event >= given.threshold
    n, least = len(flagged), given.policy.minimum_cell
    made = row_share(flagged, entity_codes(given), level=given.policy.level, minimum=least)
    share, step = made.estimate, made.step if made.few else 0.0
    common: dict[str, Any] = {"level": given.policy.level, "evidence": _FILE}
    found = [
        done(REVIEW.key, "flagged_share", "answers flagged", share, Unit.SHARE, step=step, **common),
        _scaled("flagged_per_1000", "answers flagged per 1,000 cases", share, _THOUSAND, step, common),
    ]
    found += _hours(given.purpose or Purpose(), share, step, common)
    tree = {"n": n, "threshold": given.threshold, "measures": {f.measure: tree_of(f) for f in found}}
    return CheckOutcome(tuple(found), (json_file(_FILE, tree, "Answers that a person reviews"),))


def _hours(purpose: Purpose, share: Estimate, step: float, common: dict[str, Any]) -> list[Finding]:
    minutes, cases = purpose.minutes_per_case, purpose.cases_per_month
    labels = {
        "review_hours_per_1000": "hours of review per 1,000 cases",
        "review_hours_per_month": "hours of review a month",
    }
    if minutes is None:
        return [not_estimable(REVIEW.key, name, label, _MINUTES, **common) for name, label in labels.items()]
    note = f"{minutes:g} minutes per flagged case, as the job states; unflagged ones are not reviewed"
    more = {**common, "note": note}
    (one, words), (two, monthly) = labels.items()
    found = [_scaled(one, words, share, _THOUSAND * minutes / 60, step, more)]
    if cases is None:
        return [*found, not_estimable(REVIEW.key, two, monthly, _CASES, **common)]
    more["note"] = f"{note}; {cases:,} cases a month, flagged as often as in the test part"
    return [*found, _scaled(two, monthly, share, cases * minutes / 60, step, more)]


def _scaled(
    measure: str, label: str, share: Estimate, factor: float, step: float, common: dict[str, Any]
) -> Finding:
    method = f"{share.method}, times {factor:g}"
    estimate = Estimate(share.value * factor, share.low * factor, share.high * factor, method, share.n)
    return done(REVIEW.key, measure, label, estimate, step=step * factor, **common)
