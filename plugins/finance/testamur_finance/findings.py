"""Making findings and evidence files in this domain."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any
from zlib import crc32

import numpy as np

from testamur.contracts.check import AuditInput
from testamur.contracts.finding import CheckStatus, EvidenceFile, Finding, Unit
from testamur_finance.intervals import Interval


def measured(
    check: str, measure: str, label: str, interval: Interval, n: int, unit: Unit = Unit.NUMBER, **more: Any
) -> Finding:
    """A finding with its interval; an unbounded end becomes None."""
    more.setdefault("method", interval.method)
    return Finding(
        check=check,
        measure=measure,
        label=label,
        unit=unit,
        value=float(interval.value),
        low=float(interval.low) if isfinite(interval.low) else None,
        high=float(interval.high) if isfinite(interval.high) else None,
        n=n,
        **more,
    )


def counted(
    check: str, measure: str, label: str, value: float, n: int, unit: Unit = Unit.COUNT, **more: Any
) -> Finding:
    """A count or share of these very rows: compared with a limit directly, without an interval."""
    more.setdefault("method", "counted")
    return Finding(
        check=check, measure=measure, label=label, unit=unit, value=float(value), exact=True, n=n, **more
    )


def unknown(
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


def json_file(name: str, tree: Any, description: str, *, restricted: bool = False) -> EvidenceFile:
    """Evidence as deterministic JSON: sorted keys, no NaN, one final newline."""
    text = json.dumps(plain(tree), ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return EvidenceFile(
        name=name, content=(text + "\n").encode(), description=description, restricted=restricted
    )


def plain(value: Any) -> Any:
    """Numbers of numpy as Python's, what is not finite as None."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not isfinite(value):
        return None
    return value


def generator(given: AuditInput, check: str) -> np.random.Generator:
    """Random draws of one check: they depend on the audit's seed and the check's key alone."""
    return np.random.default_rng([given.seed, crc32(check.encode())])
