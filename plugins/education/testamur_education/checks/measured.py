"""Findings and evidence as the checks of this domain write them."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from testamur.audit.interval import Estimate
from testamur.contracts.finding import CheckStatus, EvidenceFile, Finding, Unit


def measured(
    check: str, measure: str, label: str, estimate: Estimate, unit: Unit = Unit.NUMBER, **more: Any
) -> Finding:
    """A finding with its interval; an open end becomes None.

    Args:
        check: Key of the check.
        measure: Slug of the measure.
        label: As printed.
        estimate: Value and interval.
        unit: How it is printed.
        more: Any other field of `Finding`.
    """
    low, high = (float(end) if isfinite(end) else None for end in (estimate.low, estimate.high))
    return Finding(
        check=check,
        measure=measure,
        label=label,
        unit=unit,
        value=float(estimate.value),
        low=low,
        high=high,
        method=estimate.method,
        **{"n": estimate.n, **more},
    )


def counted(check: str, measure: str, label: str, value: float, unit: Unit, **more: Any) -> Finding:
    """A count or share of these very rows, compared with a limit directly."""
    more.setdefault("method", "counted")
    return Finding(
        check=check, measure=measure, label=label, unit=unit, value=float(value), exact=True, **more
    )


def unmeasured(check: str, measure: str, label: str, reason: str, **more: Any) -> Finding:
    """A finding that these rows cannot give, and why."""
    return Finding(
        check=check, measure=measure, label=label, status=CheckStatus.NOT_ESTIMABLE, reason=reason, **more
    )


def evidence(name: str, tree: Any, description: str, *, restricted: bool = False) -> EvidenceFile:
    """Evidence as JSON with sorted keys, no NaN and one final newline."""
    text = json.dumps(plain(tree), ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return EvidenceFile(
        name=name, content=(text + "\n").encode(), description=description, restricted=restricted
    )


def plain(value: Any) -> Any:
    """Numbers of numpy as plain ones, rounded to 6 digits; NaN and infinity as None."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return round(value, 6) if isfinite(value) else None
    return value
