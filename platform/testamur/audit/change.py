"""Has a finding changed between two reports by more than chance? Intervals of differences, and a joint test.

Two samples: the interval of the difference is recovered from the two intervals (MOVER; Zou and Donner 2008,
Stat Med 27:1693): with d = new - old,

    low  = d - sqrt((new - new_low)^2 + (old_high - old)^2)
    high = d + sqrt((new_high - new)^2 + (old - old_low)^2)

and z = |d| / (its half-width towards 0) * z_level. Where both rest on the same rows this asks for more than
is needed, since the covariance is left out; where the rows are at hand, `change_rows` pairs them.
Simultaneous intervals are wider than single ones: a change in them is found less often than it could be.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, sqrt

from testamur.audit.interval import Estimate, critical_value
from testamur.contracts.change import ChangeKind, FindingChange
from testamur.contracts.finding import CheckStatus, Finding, Unit

TWO_SAMPLES = "from the intervals of two samples (MOVER)"


def compare_findings(
    old: Finding, new: Finding, *, limited: bool, paired: Estimate | None = None
) -> FindingChange:
    """One finding of two reports; `settle_family` decides afterwards what is called changed.

    Args:
        old: In the old report.
        new: In the new one.
        limited: A limit rests on it.
        paired: The difference new - old over the same rows, where they are at hand.
    """
    plain = describe(new, old, new, limited=limited)
    if old.value is None or new.value is None or CheckStatus.DONE not in (old.status, new.status):
        return _untested(plain, _unknown(old, new))
    difference = new.value - old.value
    plain = plain.model_copy(update={"difference": difference})
    if paired is not None:
        return _tested(plain, paired.value, paired.low, paired.high, new.level, paired.method)
    if old.exact and new.exact:
        kind = ChangeKind.SAME if difference == 0 else ChangeKind.DIFFERS
        return plain.model_copy(update={"kind": kind, "method": "counted in both"})
    reason = _cannot_compare(old, new)
    if reason:
        return _untested(plain, reason)
    down, up = _sides(new, old), _sides(old, new)
    low, high = difference - down, difference + up
    return _tested(plain, difference, low, high, new.level, TWO_SAMPLES)


def describe(finding: Finding, old: Finding | None, new: Finding | None, *, limited: bool) -> FindingChange:
    """What two findings are about, and their values; nothing is tested yet."""
    kind = ChangeKind.GONE if new is None else ChangeKind.APPEARED if old is None else ChangeKind.NOT_TESTED
    return FindingChange(
        check=finding.check,
        measure=finding.measure,
        label=finding.label,
        unit=finding.unit,
        attribute=finding.attribute,
        group=finding.group,
        reference=finding.reference,
        subject=finding.subject,
        old=None if old is None else old.value,
        new=None if new is None else new.value,
        n_old=0 if old is None else old.n,
        n_new=0 if new is None else new.n,
        kind=kind,
        limited=limited,
    )


def settle_family(changes: Sequence[FindingChange], level: float) -> list[FindingChange]:
    """Holm's step-down test (1979, Scand J Stat 6:65) over all tested findings of one family.

    Args:
        changes: A family; those without a p-value pass through.
        level: 0.95 keeps the chance of even one false "changed" at 5 %.
    """
    tested = sorted((c.p_value, i) for i, c in enumerate(changes) if c.p_value is not None)
    settled, adjusted = list(changes), 0.0
    for rank, (p_value, position) in enumerate(tested):
        adjusted = max(adjusted, min(1.0, (len(tested) - rank) * p_value))
        kind = ChangeKind.CHANGED if adjusted <= 1.0 - level else ChangeKind.NOT_SHOWN
        if changes[position].difference == 0.0:
            kind = ChangeKind.SAME
        settled[position] = changes[position].model_copy(update={"p_value": adjusted, "kind": kind})
    return settled


def _tested(
    plain: FindingChange, difference: float, low: float, high: float, level: float, method: str
) -> FindingChange:
    half = difference - low if difference > 0 else high - difference
    if difference != 0 and not 0 < half < float("inf"):
        return _untested(plain, "the interval of the difference is open")
    z = abs(difference) / half * critical_value(level) if difference else 0.0
    return plain.model_copy(
        update={
            "difference": difference,
            "low": low if low > float("-inf") else None,
            "high": high if high < float("inf") else None,
            "p_value": erfc(z / sqrt(2.0)),
            "method": method,
        }
    )


def _sides(upper: Finding, lower: Finding) -> float:
    """Root of the squared distances: of `upper` down to its low end, of `lower` up to its high end."""
    return sqrt(_distance(upper, down=True) ** 2 + _distance(lower, down=False) ** 2)


def _distance(finding: Finding, *, down: bool) -> float:
    """Distance to an end; where that end is cut off at a bound of the measure, the wider side counts."""
    value, low, high = finding.value or 0.0, finding.low or 0.0, finding.high or 0.0  # none is None here
    below, above = max(value - low, 0.0), max(high - value, 0.0)
    cut = low <= 0.0 if down else high >= 1.0
    bounded = finding.unit is Unit.SHARE or (down and low == 0.0)
    if cut and bounded:
        return max(below, above)
    return below if down else above


def _unknown(old: Finding, new: Finding) -> str:
    told = [f"{name}: {f.status.value}" for name, f in (("old", old), ("new", new)) if f.value is None]
    return "; ".join(told) or "no value"


def _cannot_compare(old: Finding, new: Finding) -> str:
    if old.unit is not new.unit:
        return "the two are in other units"
    if old.level != new.level:
        return f"intervals of {old.level:g} and {new.level:g}"
    if any(end is None for f in (old, new) for end in (f.low, f.high)):
        return "no interval on both sides"
    step = max(old.step, new.step)
    if (
        step
        and old.value is not None
        and new.value is not None
        and abs(new.value - old.value) <= step * (1 + 1e-9)
    ):
        return "both are published rounded, and lie within one step"
    return ""


def _untested(plain: FindingChange, reason: str) -> FindingChange:
    same = plain.old is not None and plain.old == plain.new
    kind = ChangeKind.SAME if same else ChangeKind.NOT_TESTED
    return plain.model_copy(update={"kind": kind, "reason": reason})
