"""Findings: gaps, ratios, and differences from the reference group."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.detectable import detectable_gap
from testamur.audit.fairness_rates import missing_note, rate_step, shown_cells, too_few, too_many
from testamur.audit.fairness_table import MOST_GROUPS, GroupTable, Measured, RateView, view_rate
from testamur.audit.findings import done, not_estimable
from testamur.audit.interval import Estimate, difference
from testamur.audit.pairs import lowest_ratio, newcombe_words, score_test, widest_gap
from testamur.audit.rounding import STEPS
from testamur.contracts.finding import Finding, Unit

GAPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("demographic_parity_gap", "demographic-parity gap", ("selection_rate",)),
    ("equal_opportunity_gap", "equal-opportunity gap", ("true_positive_rate",)),
    ("false_positive_rate_gap", "gap of false-positive rates", ("false_positive_rate",)),
    ("equalised_odds_gap", "equalised-odds gap", ("true_positive_rate", "false_positive_rate")),
    ("predictive_parity_gap", "predictive-parity gap", ("positive_predictive_value",)),
)
DIFFERENCES: tuple[tuple[str, str, str], ...] = tuple(
    (f"{rate}_difference", f"difference of {words}", rate)
    for rate, words in (
        ("selection_rate", "selection rates"),
        ("true_positive_rate", "true-positive rates"),
        ("false_positive_rate", "false-positive rates"),
        ("positive_predictive_value", "positive predictive values"),
    )
)
IMPACT = ("adverse_impact_ratio", "adverse-impact ratio")
SCREEN = "a screen, not a legal finding"


def gap_findings(table: GroupTable, check: str, evidence: str, *, differences: bool = True) -> list[Finding]:
    """Every gap of every division; groups that cannot be measured are named, never counted as 0."""
    found: list[Finding] = []
    for measured in table.measured:
        if len(measured.division.groups) > MOST_GROUPS:
            found += [too_many(table, measured, check, m, label, Unit.POINTS) for m, label, _ in GAPS]
            found.append(too_many(table, measured, check, *IMPACT, Unit.RATIO))
            continue
        here = _Place(table, measured, check, evidence)
        found += [f for measure, label, names in GAPS for f in here.gap(measure, label, names)]
        found += here.impact()
        if differences:
            found += [
                f for measure, label, name in DIFFERENCES for f in here.differences(measure, label, name)
            ]
    return found


class _Place:
    """One division, and what all of its findings have in common."""

    def __init__(self, table: GroupTable, measured: Measured, check: str, evidence: str) -> None:
        self.table, self.measured, self.check = table, measured, check
        self.common: dict[str, Any] = {"attribute": measured.division.name, "evidence": evidence}
        self.note = missing_note(table, measured)
        self.joint: dict[str, Any] = {"level": table.given.policy.level, "simultaneous": True}

    def view(self, name: str, family: str | None = None) -> RateView:
        return view_rate(self.measured, name, self.table.minimum, self.table.critical.pairs[family or name])

    def left_out(self, measure: str, label: str, unit: Unit, views: list[RateView]) -> list[Finding]:
        """One finding per group that could not be measured, or one when fewer than two could."""
        found = []
        present = [g for g in range(len(self.measured.division.groups)) if self.measured.cells[g].sum() > 0]
        if len(present) < 2:
            reason = (
                "the test part holds one group only; a comparison needs two"
                if present
                else "no row belongs to a group"
            )
            return [
                not_estimable(
                    self.check,
                    measure,
                    label,
                    reason,
                    unit,
                    n=self.measured.n_shown,
                    note=self.note,
                    **self.common,
                )
            ]
        for group in range(len(self.measured.division.groups)):
            short = [v.rate for v in views if group not in v.groups]
            if short:
                reason = too_few(self.table, self.measured, short[0], group)
                found.append(self._not_estimable(measure, label, reason, unit, group))
        return found

    def _not_estimable(self, measure: str, label: str, reason: str, unit: Unit, group: int) -> Finding:
        return not_estimable(
            self.check,
            measure,
            label,
            reason,
            unit,
            group=self.measured.group(group),
            n=self.measured.n_of(group),
            note=self.note,
            **self.common,
        )

    def gap(self, measure: str, label: str, names: tuple[str, ...]) -> list[Finding]:
        """Largest difference between two groups, over one rate or two."""
        family = "equalised_odds" if len(names) > 1 else None
        views = [self.view(name, family) for name in names]
        found = self.left_out(measure, label, Unit.POINTS, views)
        usable = [v for v in views if len(v.groups) > 1]
        if len(usable) < len(views):
            return found
        estimates = [widest_gap(view) for view in usable]
        which = int(np.argmax([e.value for e, _, _ in estimates]))
        top, first, second = estimates[which]
        view = usable[which]
        estimate = Estimate(
            top.value, max(e.low for e, _, _ in estimates), max(e.high for e, _, _ in estimates), top.method
        )
        note = self.note
        if len(names) > 1:
            note = f"the larger gap is that of {view.rate.label}s" + (f"; {note}" if note else "")
        found.insert(0, self._compared(measure, label, estimate, Unit.POINTS, view, first, second, note=note))
        return found

    def impact(self) -> list[Finding]:
        """Lowest over highest selection rate, with an exact test of the two groups."""
        measure, label = IMPACT
        view = self.view("selection_rate")
        found = self.left_out(measure, label, Unit.RATIO, [view])
        if len(view.groups) < 2:
            return found
        if view.value.max() <= 0:
            reason = "no row of any group is selected; a ratio of nothing does not exist"
            found.insert(
                0,
                not_estimable(
                    self.check, measure, label, reason, Unit.RATIO, n=self.measured.n_shown, **self.common
                ),
            )
            return found
        estimate, first, second = lowest_ratio(view)
        p_value = self._exact_test(view, first, second)
        test = "Fisher's exact test" if view.tied is None else "the score test on effective rows"
        note = f"{SCREEN}; p by {test}, Bonferroni over pairs" + (f"; {self.note}" if self.note else "")
        found.insert(
            0,
            self._compared(
                measure, label, estimate, Unit.RATIO, view, first, second, note=note, p_value=p_value
            ),
        )
        return found

    def _exact_test(self, view: RateView, first: int, second: int) -> float:
        from scipy.stats import fisher_exact

        n_pairs = len(view.groups) * (len(view.groups) - 1) // 2
        if view.tied is not None:
            return min(1.0, score_test(view, first, second) * n_pairs)
        chosen = [view.groups[first], view.groups[second]]
        selected = self.measured.numerator[chosen, view.position]
        rest = self.measured.denominator[chosen, view.position] - selected
        p_value = fisher_exact(np.stack([selected, rest], axis=1).astype(np.int64))[1]
        return min(1.0, float(p_value) * n_pairs)

    def differences(self, measure: str, label: str, name: str) -> list[Finding]:
        """Each group minus the reference group."""
        view = self.view(name)
        position = self.measured.reference
        if sum(self.measured.cells.sum(axis=1) > 0) < 2:
            return []
        found = []
        for group in range(len(self.measured.division.groups)):
            if group == position:
                continue
            short = next((g for g in (group, position) if g not in view.groups), None)
            if short is not None:
                reason = too_few(self.table, self.measured, view.rate, short)
                reason = reason if short == group else f"reference group: {reason}"
                finding = self._not_estimable(measure, label, reason, Unit.POINTS, group)
                found.append(finding.model_copy(update={"reference": self.measured.group(position)}))
                continue
            first, second = view.groups.index(group), view.groups.index(position)
            low, high = difference(
                view.value[first],
                view.low[first],
                view.high[first],
                view.value[second],
                view.low[second],
                view.high[second],
                None if view.tied is None else view.tied[first, second],
            )
            value = float(view.value[first] - view.value[second])
            estimate = Estimate(value, float(low), float(high), newcombe_words(view))
            found.append(
                self._compared(measure, label, estimate, Unit.POINTS, view, first, second, note=self.note)
            )
        return found

    def _step(self, view: RateView, value: float, unit: Unit, pair: tuple[int, int]) -> float:
        """Step of a difference or ratio: the coarser one of its two rates, 0 where all counts are shown."""
        minimum = self.table.given.policy.minimum_cell
        steps = [
            rate_step(self.measured, view.rate, view.groups[i], view.z)
            for i in pair
            if not shown_cells(self.measured, view.rate, view.groups[i], minimum)
        ]
        if not steps or unit is not Unit.RATIO:
            return max(steps, default=0.0)
        wanted = max(steps) / max(float(view.value[i]) for i in pair)
        return next((s for s in STEPS if s >= wanted - 1e-12), STEPS[-1])

    def _compared(
        self,
        measure: str,
        label: str,
        estimate: Estimate,
        unit: Unit,
        view: RateView,
        first: int,
        second: int,
        **more: Any,
    ) -> Finding:
        groups = view.groups[first], view.groups[second]
        rows = [int(self.measured.denominator[g, view.position]) for g in groups]
        worth = (rows[0], rows[1]) if view.tied is None else (view.worth[first], view.worth[second])
        tied = 0.0 if view.tied is None else float(view.tied[first, second])
        detectable = detectable_gap(
            float(view.value[first]), worth[0], float(view.value[second]), worth[1], view.z, tied
        )
        step = self._step(view, estimate.value, unit, (first, second))
        return done(
            self.check,
            measure,
            label,
            estimate,
            unit,
            group=self.measured.group(groups[0]),
            reference=self.measured.group(groups[1]),
            n=self.measured.n_shown,
            cells={} if step else {"group": rows[0], "reference": rows[1]},
            step=step,
            detectable=detectable if unit is Unit.POINTS else None,
            **self.joint,
            **self.common,
            **more,
        )
