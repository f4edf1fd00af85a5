"""Making findings and evidence files; a plugin may not borrow the core's own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from testamur.audit.bootstrap_interval import percentile_estimate
from testamur.contracts.finding import CheckStatus, EvidenceFile, Finding


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval; an end that is None is open."""

    value: float
    low: float | None
    high: float | None

    def as_tree(self) -> dict[str, float | None]:
        """For evidence files."""
        return {"value": self.value, "low": self.low, "high": self.high}


def from_draws(
    value: float, draws: np.ndarray, level: float, n_units: int, acceleration: float = 0.0
) -> Estimate:
    """Percentile interval of bootstrap draws around a value, widened for few or skewed units.

    Args:
        value: The point estimate.
        draws: (B,) of it in bootstrap samples; NaN where a sample cannot give it.
        level: Such as 0.95.
        n_units: Customers, lists or blocks that were drawn.
        acceleration: Of the statistic, from core's `accelerations`; 0 leaves the skewness alone.
    """
    known = draws[np.isfinite(draws)]
    if known.size < 100:
        return Estimate(float(value), None, None)
    found = percentile_estimate(float(value), known, level, n_units, n_units, acceleration)
    return Estimate(found.value, found.low, found.high)


def measured(check: str, measure: str, label: str, estimate: Estimate, **more: Any) -> Finding:
    """A finding that was measured.

    Args:
        check: Key of the check.
        measure: Slug.
        label: As printed.
        estimate: Value and interval.
        more: Any other field of `Finding`.
    """
    return Finding(
        check=check,
        measure=measure,
        label=label,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        **more,
    )


def not_estimable(check: str, measure: str, label: str, reason: str, **more: Any) -> Finding:
    """A finding that these rows cannot give, and why."""
    return Finding(
        check=check, measure=measure, label=label, status=CheckStatus.NOT_ESTIMABLE, reason=reason, **more
    )


def json_file(name: str, tree: Any, description: str, *, restricted: bool = False) -> EvidenceFile:
    """Evidence as deterministic JSON: sorted keys, numbers to seven digits, no NaN, one final newline."""
    text = json.dumps(plain(tree), ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return EvidenceFile(
        name=name, content=(text + "\n").encode(), description=description, restricted=restricted
    )


def plain(value: Any) -> Any:
    """The same in Python's own types; what is not finite becomes None."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.7g}") if isfinite(value) else None
    return value
