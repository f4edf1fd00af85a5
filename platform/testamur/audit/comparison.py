"""The form that every performance check has: the model's scores, the baselines', and the gains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from testamur.audit.findings import done, slug
from testamur.audit.interval import Estimate
from testamur.audit.rounding import published
from testamur.contracts.finding import Finding, Unit


@dataclass(frozen=True, slots=True)
class Score:
    """A measure that is reported for the model and for every baseline."""

    name: str
    label: str
    unit: Unit = Unit.NUMBER


def compare(
    check: str,
    evidence: str,
    level: float,
    score: Score,
    estimates: Mapping[str, Estimate],
    gains: Mapping[str, Estimate],
) -> list[Finding]:
    """Findings of one score: the model's own, each baseline's, each gain over a baseline.

    Args:
        check: Key of the check.
        evidence: Name of the evidence file.
        level: Level of the intervals.
        score: What is reported.
        estimates: By name; "model" among them.
        gains: Model better than the baseline when positive, by the baseline's name.
    """
    common: dict[str, Any] = {"level": level, "evidence": evidence}
    found = [done(check, score.name, score.label, estimates["model"], score.unit, **common)]
    for name, estimate in estimates.items():
        if name != "model":
            label = f"{score.label} of the baseline"
            found.append(
                done(check, f"baseline_{score.name}", label, estimate, score.unit, subject=name, **common)
            )
    unit = Unit.POINTS if score.unit is Unit.SHARE else score.unit
    for name, gain in gains.items():
        label = f"gain in {score.label} over {name}"
        measure = f"{score.name}_gain_over_{slug(name)}"[:40]
        found.append(done(check, measure, label, gain, unit, subject=name, **common))
    return found


def score_rows(findings: list[Finding]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The ``scores`` and ``gains`` of performance.json."""
    scores, gains = [], []
    for finding in map(published, findings):
        row: dict[str, Any] = {
            "measure": finding.measure,
            "label": finding.label,
            "value": finding.value,
            "low": finding.low,
            "high": finding.high,
            "status": finding.status.value,
            "reason": finding.reason,
        }
        if "_gain_over_" in finding.measure:
            gains.append({"baseline": finding.subject, **row})
        else:
            scores.append({"name": finding.subject or "model", **row})
    return scores, gains
