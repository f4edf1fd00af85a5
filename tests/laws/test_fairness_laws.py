"""Laws that fairness measures obey whatever the cells are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from testamur.audit.disclosure import protect_cells, withhold
from testamur.audit.fairness import GAPS_CHECK, RATES_CHECK
from testamur.audit.golden_world import from_cells, make_input
from testamur.audit.interval import critical_value, difference, ratio, wilson
from testamur.audit.run import run_check
from testamur.contracts.finding import CheckStatus
from testamur.contracts.job import AuditOptions

OPTIONS = AuditOptions(bootstrap=200)
QUICK = settings(max_examples=25, deadline=None)
CELLS = st.tuples(*[st.integers(0, 60)] * 4)
WORLDS = st.lists(CELLS, min_size=2, max_size=4)


def _findings(check, worlds, names=None, order=None, copies=1, seed=0):
    names = names or [f"g{i}" for i in range(len(worlds))]
    event, risk, groups = from_cells({n: [c * copies for c in w] for n, w in zip(names, worlds, strict=True)})
    code = groups["group"][1]
    if order is not None:
        pick = np.random.default_rng(order).permutation(len(event))
        event, risk, code = event[pick], risk[pick], code[pick]
    world = make_input(
        event, {"model": risk}, groups={"group": (tuple(names), code)}, options=OPTIONS, seed=seed
    )
    entry, outcome = run_check(world, check)
    assert entry.status is not CheckStatus.FAILED, entry.reason
    return outcome.findings


def _numbers(findings):
    return [(f.measure, f.status, f.value, f.low, f.high) for f in findings]


@QUICK
@given(WORLDS, st.integers(0, 5))
def test_row_order_does_not_matter(worlds, order):
    assume(sum(map(sum, worlds)))
    for check in (RATES_CHECK, GAPS_CHECK):
        assert _numbers(_findings(check, worlds)) == _numbers(_findings(check, worlds, order=order))


@QUICK
@given(WORLDS)
def test_names_and_codes_of_groups_do_not_matter(worlds):
    assume(sum(map(sum, worlds)))
    names = [f"g{i}" for i in range(len(worlds))]
    one = _findings(RATES_CHECK, worlds, names)
    two = _findings(RATES_CHECK, worlds[::-1], names[::-1])
    by_group = [{(f.measure, str(f.group)): (f.value, f.low, f.high) for f in found} for found in (one, two)]
    assert by_group[0].keys() == by_group[1].keys()
    for key, numbers in by_group[0].items():
        assert numbers == (None, None, None) or numbers == pytest.approx(by_group[1][key], abs=1e-9)
    gaps = [
        {
            f.measure: (f.value, f.low, f.high)
            for f in _findings(GAPS_CHECK, w)
            if f.value is not None and "gap" in f.measure
        }
        for w in (worlds, worlds[::-1])
    ]
    assert gaps[0].keys() == gaps[1].keys()
    for measure in gaps[0]:
        assert gaps[0][measure] == pytest.approx(gaps[1][measure], abs=1e-9)


@QUICK
@given(CELLS, CELLS)
def test_swapping_group_and_reference_flips_the_difference(one, two):
    z = critical_value(0.95)
    assume(sum(one) > 0 and sum(two) > 0)
    a, b = ((w[1] + w[3], sum(w)) for w in (one, two))
    ends = [(x / n, *(float(v) for v in wilson(x, n, z))) for x, n in (a, b)]
    low, high = difference(*ends[0], *ends[1])
    back_low, back_high = difference(*ends[1], *ends[0])
    assert (float(low), float(high)) == pytest.approx((-float(back_high), -float(back_low)), abs=1e-12)


@QUICK
@given(CELLS, st.integers(2, 4))
def test_identical_groups_have_gaps_of_zero_that_are_not_certain(cells, n_groups):
    assume(sum(cells))
    for finding in _findings(GAPS_CHECK, [cells] * n_groups):
        if finding.value is None:
            continue
        if finding.measure == "adverse_impact_ratio":
            assert finding.value == 1.0
            assert finding.low < 1.0
        else:
            assert finding.value == 0.0
            assert finding.high > 0.0


@QUICK
@given(WORLDS, st.integers(2, 5))
def test_more_of_the_same_rows_never_widen_an_interval(worlds, copies):
    assume(sum(map(sum, worlds)))
    for check in (RATES_CHECK, GAPS_CHECK):
        few, many = _findings(check, worlds), _findings(check, worlds, copies=copies)
        left_out = [{(f.measure, str(f.group)) for f in found if f.value is None} for found in (few, many)]
        changed = {
            measure for measure, _ in left_out[0] ^ left_out[1]
        }  # other groups take part: another question
        more = {(f.measure, str(f.group), str(f.reference)): f for f in many}
        for finding in few:
            again = more.get((finding.measure, str(finding.group), str(finding.reference)))
            if finding.value is None or again is None or finding.measure in changed:
                continue
            assert again.high - again.low <= finding.high - finding.low + 1e-9, finding.measure


@QUICK
@given(WORLDS)
def test_intervals_hold_their_estimates_and_stay_in_their_range(worlds):
    assume(sum(map(sum, worlds)))
    for check in (RATES_CHECK, GAPS_CHECK):
        for f in _findings(check, worlds):
            if f.value is None:
                assert f.low is None
                assert f.reason
                continue
            assert f.low <= f.value <= f.high
            assert f.high > f.low
            assert f.low >= -1 - 1e-12
            assert f.high <= 1 + 1e-12
            assert f.simultaneous


@QUICK
@given(WORLDS)
def test_a_rate_over_too_few_rows_is_never_a_number(worlds):
    assume(sum(map(sum, worlds)))
    findings = {(f.measure, str(f.group)): f for f in _findings(RATES_CHECK, worlds)}
    for i, (_, _, fn, tp) in enumerate(worlds):
        finding = findings["true_positive_rate", f"g{i}"]
        assert (finding.value is None) == (fn + tp < 20)


@QUICK
@given(st.integers(0, 50), st.integers(1, 50), st.integers(1, 50), st.integers(1, 50))
def test_a_ratio_and_its_inverse_agree(x, more, y, rest):
    n, m = x + more, y + rest
    z = critical_value(0.95)
    first, second = (x / n, *wilson(x, n, z)), (y / m, *wilson(y, m, z))
    low, high = (float(v) for v in ratio(*first, *second))
    assert 0 <= low <= first[0] / second[0] <= high
    if x:
        back_low, back_high = (float(v) for v in ratio(*second, *first))
        assert back_low == pytest.approx(1 / high, rel=1e-6)
        assert back_high == pytest.approx(1 / low, rel=1e-6)


@QUICK
@given(st.lists(CELLS, min_size=1, max_size=5), st.integers(2, 8))
def test_no_withheld_count_can_be_worked_out_from_one_sum(worlds, minimum):
    from testamur.audit.cells import count_strata, single_divisions, sum_groups
    from testamur.contracts.table import Attribute

    assume(sum(map(sum, worlds)))
    event, risk, groups = from_cells({f"g{i}": w for i, w in enumerate(worlds)})
    levels, code = groups["group"]
    strata = count_strata(event, (risk > 0.5).astype(int), code[:, None], [len(levels)])
    (division,) = single_divisions(strata, (Attribute("group", "group", levels),))
    cells = sum_groups(strata.counts, division)
    shown, _ = protect_cells(cells, division, minimum)
    for row, counts in zip(shown, cells, strict=True):
        for name, count in zip(("tn", "fp", "fn", "tp"), counts, strict=True):
            assert row[name] is None or not 0 < count < minimum
        for tied in (
            ("n_events", "n_non_events", "n"),
            ("fn", "tp", "n_events"),
            ("tn", "fp", "n_non_events"),
        ):
            assert sum(row[name] is None for name in tied) != 1
    for name in ("n", "n_events", "tn", "tp"):
        assert len(shown) == 1 or sum(row[name] is None for row in shown) != 1


def test_withholding_leaves_a_single_count_without_partner():
    assert withhold({(0, "n"): 3}, [[(0, "n")]], 5) == {(0, "n"): None}
    assert withhold({(0, "n"): 0, (1, "n"): 9}, [[(0, "n"), (1, "n")]], 5) == {(0, "n"): 0, (1, "n"): 9}


@pytest.mark.parametrize(("n", "rate"), [(25, 0.04), (60, 0.3), (60, 0.5)])
def test_joint_intervals_hold_jointly(n, rate):
    """Four equal groups, six pairs: in about 95 % of samples all differences lie in their intervals."""
    r = np.random.default_rng(3)
    n_runs, held = 120, 0
    for run in range(n_runs):
        picked = r.binomial(n, rate, 4)
        cells = [(n - int(k), int(k), 0, 0) for k in picked]
        findings = _findings(GAPS_CHECK, cells, seed=run)
        gap = next(f for f in findings if f.measure == "demographic_parity_gap")
        held += gap.low <= 0.0
    assert held / n_runs >= 0.90  # 3 standard errors below 95 % are 0.89
