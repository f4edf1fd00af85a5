"""Findings: the rates of every group."""

from __future__ import annotations

from testamur.audit.cells import RATES, Rate
from testamur.audit.disclosure import small
from testamur.audit.effective import part_of, with_student
from testamur.audit.fairness_table import MOST_GROUPS, GroupTable, Measured, view_rate
from testamur.audit.findings import done, not_estimable
from testamur.audit.interval import Estimate
from testamur.audit.rounding import step_of_share
from testamur.contracts.finding import Finding, Unit


def rate_findings(table: GroupTable, check: str, evidence: str) -> list[Finding]:
    """Every rate of every group, or why it cannot be estimated."""
    found: list[Finding] = []
    for measured in table.measured:
        if len(measured.division.groups) > MOST_GROUPS:
            found.append(too_many(table, measured, check, RATES[0].name, RATES[0].label, Unit.SHARE))
            continue
        for rate in RATES:
            found += _of_division(table, measured, rate, check, evidence)
    return found


def _of_division(
    table: GroupTable, measured: Measured, rate: Rate, check: str, evidence: str
) -> list[Finding]:
    view = view_rate(measured, rate.name, table.minimum, table.critical.groups[rate.name])
    place = {group: i for i, group in enumerate(view.groups)}
    common = {"attribute": measured.division.name, "unit": Unit.SHARE, "note": missing_note(table, measured)}
    found = []
    for position in range(len(measured.division.groups)):
        group = measured.group(position)
        if position not in place:
            reason = too_few(table, measured, rate, position)
            found.append(
                not_estimable(
                    check,
                    rate.name,
                    rate.label,
                    reason,
                    group=group,
                    n=measured.n_of(position),
                    n_entities=measured.entities_of(position),
                    evidence=evidence,
                    **common,
                )
            )
            continue
        i = place[position]
        rows = int(measured.denominator[position, view.position])
        cells = shown_cells(measured, rate, position, table.given.policy.minimum_cell)
        method = f"{view.words('Wilson score interval')} at the joint critical value {view.z:.2f}"
        if measured.shared is not None and not rows_shown(measured, rate, position):
            rows = 0  # withheld
        estimate = Estimate(float(view.value[i]), float(view.low[i]), float(view.high[i]), method, rows)
        found.append(
            done(
                check,
                rate.name,
                rate.label,
                estimate,
                group=group,
                step=0.0 if cells else rate_step(measured, rate, position, view.z),
                level=table.given.policy.level,
                simultaneous=True,
                n_entities=entities_shown(measured, rate, position, table.given.policy.minimum_cell),
                evidence=evidence,
                cells=cells,
                **common,
            )
        )
    return found


def rows_shown(measured: Measured, rate: Rate, position: int) -> bool:
    """True where the rows of a rate's denominator may be printed."""
    shown = measured.shown[position]
    name = {(1, 1, 1, 1): "n", (0, 0, 1, 1): "n_events", (1, 1, 0, 0): "n_non_events"}.get(rate.denominator)
    if name is not None:
        return shown[name] is not None
    names = ("tn", "fp", "fn", "tp")
    used = [n for n, mask in zip(names, rate.denominator, strict=True) if mask]
    return all(shown[n] is not None for n in used)


def rate_step(measured: Measured, rate: Rate, position: int, z: float) -> float:
    """Step to which a rate with a withheld count is rounded."""
    i = [r.name for r in RATES].index(rate.name)
    counted, rows = int(measured.numerator[position, i]), int(measured.denominator[position, i])
    if measured.shared is None:
        return step_of_share(counted, rows, z)
    mine = part_of(measured.shared.effective, (position, i))
    worth = float(with_student(mine.worth, mine.whole, z))
    return step_of_share(counted, rows, z, worth=worth, unit=int(mine.widest))


def entities_shown(measured: Measured, rate: Rate, position: int, minimum: int) -> int | None:
    """Entities of a rate of all rows of a group; None where rows are their own, or where they are withheld.

    Not of other rates: entities with events and without add up to those of the group and those with both.
    """
    if not all(rate.denominator) or not shown_cells(measured, rate, position, minimum):
        return None
    return measured.entities_of(position)


def shown_cells(measured: Measured, rate: Rate, position: int, minimum: int) -> dict[str, int]:
    """The two counts of a rate, unless one of them is to be withheld."""
    names = ("tn", "fp", "fn", "tp")
    used = [name for name, mask in zip(names, rate.denominator, strict=True) if mask]
    shown = measured.shown[position]
    if any(shown[name] is None for name in used):
        return {}
    i = [r.name for r in RATES].index(rate.name)
    counted, rows = int(measured.numerator[position, i]), int(measured.denominator[position, i])
    few = small(counted, minimum) or small(rows - counted, minimum)
    if measured.shared is not None:
        mine = part_of(measured.shared.effective, (position, i))
        few = few or small(int(mine.holders), minimum) or small(int(mine.lackers), minimum)
    return {} if few else {"counted": counted, "of": rows}


def too_few(table: GroupTable, measured: Measured, rate: Rate, position: int) -> str:
    """Why a rate of a group is not estimated."""
    i = [r.name for r in RATES].index(rate.name)
    if measured.shared is not None:
        return (
            f"fewer than {table.minimum} entities with {rate.rows} in the test part; "
            f"the policy asks for at least {table.minimum}"
        )
    rows = f"{int(measured.denominator[position, i])}"
    if not rows_shown(measured, rate, position):
        rows = f"fewer than {table.minimum}"
    return f"{rows} {rate.rows} in the test part; the policy asks for at least {table.minimum}"


def too_many(
    table: GroupTable, measured: Measured, check: str, measure: str, label: str, unit: Unit
) -> Finding:
    """Not estimable: a column with hundreds of levels is no division into groups."""
    n_groups = len(measured.division.groups)
    reason = f"{n_groups} groups; at most {MOST_GROUPS} can be compared (declare bands, or fewer levels)"
    return not_estimable(
        check, measure, label, reason, unit, attribute=measured.division.name, n=table.n_rows
    )


def missing_note(table: GroupTable, measured: Measured) -> str:
    """How many rows were left out for a missing level."""
    if not measured.n_missing:
        return ""
    rows = "some" if measured.n_left_out is None else f"{measured.n_left_out}"
    return f"{rows} rows without a value of {measured.division.label} are left out"
