"""Making findings, and the trees that evidence files hold."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from testamur.audit.interval import Estimate
from testamur.audit.rounding import published
from testamur.contracts.finding import CheckStatus, EvidenceFile, Finding, Unit


def done(
    check: str, measure: str, label: str, estimate: Estimate, unit: Unit = Unit.NUMBER, **more: Any
) -> Finding:
    """A finding that was measured; an unbounded end becomes None.

    Args:
        check: Key of the check.
        measure: Slug of the measure.
        label: As printed.
        estimate: Value and interval.
        unit: How it is printed.
        more: Any other field of `Finding`.
    """
    more.setdefault("n", estimate.n)
    more.setdefault("method", estimate.method)
    return Finding(
        check=check,
        measure=measure,
        label=label,
        unit=unit,
        value=estimate.value,
        low=_bounded(estimate.low),
        high=_bounded(estimate.high),
        **more,
    )


def exact(check: str, measure: str, label: str, value: float, unit: Unit, **more: Any) -> Finding:
    """A count or share of these very rows: compared with a limit directly, without an interval."""
    more.setdefault("method", "counted")
    return Finding(check=check, measure=measure, label=label, unit=unit, value=value, exact=True, **more)


def not_estimable(
    check: str, measure: str, label: str, reason: str, unit: Unit = Unit.NUMBER, **more: Any
) -> Finding:
    """A finding that these rows cannot give, and why."""
    return Finding(
        check=check,
        measure=measure,
        label=label,
        unit=unit,
        status=CheckStatus.NOT_ESTIMABLE,
        reason=reason,
        **more,
    )


def _bounded(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def tree_of(finding: Finding) -> dict[str, Any]:
    """The *estimate* of docs/evidence.md, rounded where the finding is."""
    finding = published(finding)
    return {
        "status": finding.status.value,
        "reason": finding.reason,
        "value": finding.value,
        "low": finding.low,
        "high": finding.high,
        "n": finding.n,
    }


def json_file(name: str, tree: Any, description: str) -> EvidenceFile:
    """Evidence as deterministic JSON: sorted keys, no NaN, one final newline."""
    text = json.dumps(_plain(tree), ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return EvidenceFile(name=name, content=(text + "\n").encode(), description=description)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not isfinite(value):
        return None
    return value


def slug(name: str) -> str:
    """A baseline's name as part of a measure's slug."""
    cleaned = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.lower())
    return cleaned.strip("_") or "other"
