"""Limits and verdicts of two reports side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testamur.contracts.change import VerdictChange
from testamur.contracts.policy import Limit

if TYPE_CHECKING:
    from testamur.contracts.report import Report


def limited_keys(report: Report) -> set[tuple[str, str]]:
    """Check and measure of every limit that was held against a finding."""
    return {(verdict.limit.check, verdict.limit.measure) for verdict in report.verdicts}


def compare_verdicts(old: Report, new: Report) -> tuple[VerdictChange, ...]:
    """Limits whose verdict or whose demand is another, or that one policy alone has."""
    before, after = ({v.limit.id: v for v in report.verdicts} for report in (old, new))
    found = []
    for name in [*after, *(name for name in before if name not in after)]:
        one, two = before.get(name), after.get(name)
        told = two or one
        assert told is not None
        demand = _demand(one.limit if one else None, two.limit if two else None)
        if one and two and one.status is two.status and not demand:
            continue
        found.append(
            VerdictChange(
                limit=name,
                title=told.limit.title,
                severity=told.limit.severity,
                old=one.status if one else None,
                new=two.status if two else None,
                demand=demand,
            )
        )
    return tuple(found)


def _demand(old: Limit | None, new: Limit | None) -> str:
    if old is None or new is None:
        return "" if old is new else ("not in the old policy" if old is None else "not in the new policy")
    words = [f"{x.severity.value}: {x.measure} {x.direction.value} {x.value:g}" for x in (old, new)]
    return "" if words[0] == words[1] else f"was {words[0]}; is {words[1]}"
