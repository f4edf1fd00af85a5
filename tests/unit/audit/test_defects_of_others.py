"""What the peers get wrong (design/AUDIT.md, section 2): tried out here, so that it does not come in."""

from __future__ import annotations

import json

import numpy as np
import pytest

from testamur.audit.fairness import GAPS_CHECK, INTERSECTIONS_CHECK, RATES_CHECK
from testamur.audit.fairness_other import QUALITY
from testamur.audit.golden_world import from_cells, make_input
from testamur.audit.rounding import published
from testamur.audit.run import run_check
from testamur.contracts.finding import CheckStatus

BIG = (60, 20, 10, 30)


def _run(check, cells, **more):
    event, risk, groups = from_cells(cells)
    return run_check(make_input(event, {"model": risk}, groups=groups, **more), check)


def _of(outcome, measure, group=None):
    return [
        f
        for f in outcome.findings
        if f.measure == measure and (group is None or (f.group and str(f.group) == group))
    ]


def test_no_positives_is_not_a_rate_of_zero_and_no_gap_of_zero():
    _, outcome = _run(GAPS_CHECK, {"a": BIG, "b": (40, 20, 0, 0)})
    for measure in ("equal_opportunity_gap", "equalised_odds_gap"):
        found = _of(outcome, measure)
        assert found
        assert all(f.status is CheckStatus.NOT_ESTIMABLE and f.value is None for f in found)
        assert "0 rows with the event" in found[0].reason


def test_one_person_is_not_a_group():
    entry, outcome = _run(GAPS_CHECK, {"a": BIG, "b": (0, 1, 0, 0)})
    assert entry.status is CheckStatus.NOT_ESTIMABLE
    assert all(f.value is None for f in outcome.findings)
    assert any("fewer than 20" in f.reason for f in outcome.findings)


def test_one_group_has_no_gap():
    entry, outcome = _run(GAPS_CHECK, {"a": BIG, "b": (0, 0, 0, 0)})
    assert entry.status is CheckStatus.NOT_ESTIMABLE
    assert all("one group only" in f.reason for f in outcome.findings)


def test_a_third_group_that_is_too_small_is_named_beside_the_gap_of_the_others():
    entry, outcome = _run(GAPS_CHECK, {"a": BIG, "b": BIG, "c": (3, 3, 3, 3)})
    found = _of(outcome, "demographic_parity_gap")
    assert [f.status for f in found] == [CheckStatus.DONE, CheckStatus.NOT_ESTIMABLE]
    assert str(found[1].group) == "c"
    assert entry.status is CheckStatus.DONE
    assert entry.n_not_estimable > 0


@pytest.mark.parametrize("cells", [(0, 0, 20, 0), (0, 0, 0, 20), (20, 0, 20, 0), (0, 20, 0, 20)])
def test_rates_of_zero_and_one_have_a_width(cells):
    for check in (RATES_CHECK, GAPS_CHECK):
        _, outcome = _run(check, {"a": cells, "b": cells})
        for finding in outcome.findings:
            if finding.value is not None:
                assert finding.high - finding.low > 0.05, finding.measure
                assert finding.low <= finding.value <= finding.high


def test_nobody_selected_has_no_ratio():
    _, outcome = _run(GAPS_CHECK, {"a": (50, 0, 50, 0), "b": (30, 0, 30, 0)})
    (ratio,) = _of(outcome, "adverse_impact_ratio")
    assert ratio.status is CheckStatus.NOT_ESTIMABLE
    (gap,) = _of(outcome, "demographic_parity_gap")
    assert gap.value == 0.0
    assert gap.high > 0.05


def test_one_group_never_selected_has_a_ratio_of_zero_with_an_exact_test():
    _, outcome = _run(GAPS_CHECK, {"a": (50, 10, 10, 30), "b": (30, 0, 30, 0)})
    (ratio,) = _of(outcome, "adverse_impact_ratio")
    assert ratio.value == 0.0
    assert 0.0 < ratio.high < 0.8
    assert ratio.p_value < 1e-6
    assert "not a legal finding" in ratio.note


def test_the_exact_test_equals_scipy():
    from scipy.stats import fisher_exact

    _, outcome = _run(GAPS_CHECK, {"a": BIG, "b": (40, 10, 20, 30)})
    (ratio,) = _of(outcome, "adverse_impact_ratio")
    assert ratio.p_value == pytest.approx(fisher_exact([[40, 60], [50, 70]])[1], abs=1e-12)


def test_rows_without_a_level_are_counted_in_the_note():
    event, risk, groups = from_cells({"a": BIG, "b": BIG})
    code = groups["group"][1].copy()
    code[:12] = -1
    _, outcome = run_check(
        make_input(event, {"model": risk}, groups={"group": (("a", "b"), code)}), RATES_CHECK
    )
    assert all("12 rows without a value of group are left out" in f.note for f in outcome.findings)
    assert outcome.findings[0].n == 108


def test_small_counts_stay_out_of_shared_evidence():
    event, risk, groups = from_cells({"a": BIG, "b": (47, 3, 20, 30), "c": (40, 20, 10, 30)})
    _, outcome = run_check(make_input(event, {"model": risk}, groups=groups), RATES_CHECK)
    tree = json.loads(outcome.evidence[0].content)
    by_name = {g["name"]: g for g in tree["divisions"][0]["groups"]}
    small = by_name["b"]
    assert small["cells"]["fp"] is None  # 3: too few
    assert small["cells"]["tn"] is None  # 50 - 47 would give it away
    assert small["rates"]["false_positive_rate"]["value"] is None
    assert small["rates"]["false_positive_rate"]["status"] == "suppressed"
    hidden = [g["name"] for g in by_name.values() if g["cells"]["fp"] is None]
    assert len(hidden) >= 2  # the whole is known: two unknowns at least
    finding = next(f for f in outcome.findings if f.measure == "false_positive_rate" and str(f.group) == "b")
    assert finding.value == pytest.approx(3 / 50)  # exact for the verdict
    assert finding.cells == {}
    shown = published(finding)
    assert shown.value != pytest.approx(3 / 50)
    assert shown.low <= finding.low
    assert shown.high >= finding.high
    assert "rounded" in shown.note


def test_a_column_with_hundreds_of_levels_is_refused_as_a_division():
    n = 600
    levels = tuple(f"level {i}" for i in range(300))
    groups = {"postcode": (levels, np.arange(n) % 300)}
    entry, outcome = run_check(
        make_input(np.arange(n) % 2, {"model": np.full(n, 0.7)}, groups=groups), GAPS_CHECK
    )
    assert entry.status is CheckStatus.NOT_ESTIMABLE
    assert "300 groups" in outcome.findings[0].reason


def test_intersections_need_two_attributes_and_can_be_turned_off():
    from testamur.contracts.job import AuditOptions

    event, risk, groups = from_cells({"a": BIG, "b": BIG})
    entry, _ = run_check(make_input(event, {"model": risk}, groups=groups), INTERSECTIONS_CHECK)
    assert entry.status is CheckStatus.NOT_APPLICABLE
    two = {**groups, "other": groups["group"]}
    options = AuditOptions(intersections=False, bootstrap=100)
    entry, _ = run_check(make_input(event, {"model": risk}, groups=two, options=options), INTERSECTIONS_CHECK)
    assert entry.status is CheckStatus.NOT_RUN
    assert "audit.intersections" in entry.reason


def test_auc_of_a_group_needs_enough_of_both_outcomes():
    _, outcome = _run(QUALITY, {"a": BIG, "b": (100, 50, 2, 3)})
    found = _of(outcome, "auc", "b")[0]
    assert found.status is CheckStatus.NOT_ESTIMABLE
    assert _of(outcome, "brier", "b")[0].status is CheckStatus.DONE
    assert all(f.value is None for f in _of(outcome, "auc_gap"))
