"""Where people have several rows, groups count people: intervals, families, withheld counts."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from testamur.audit.calibration_groups import run as run_calibration
from testamur.audit.cells import RATES, count_strata, single_divisions
from testamur.audit.disclosure import withhold_shared
from testamur.audit.effective import effective_rows, score_ends
from testamur.audit.entity_critical import entity_critical_values
from testamur.audit.fairness import run_gaps, run_rates
from testamur.audit.fairness_quality import run_quality
from testamur.audit.fairness_table import MOST_GROUPS, RateView, measure_groups, view_rate
from testamur.audit.golden_world import make_input
from testamur.audit.interval import difference, ratio, wilson_rare
from testamur.audit.pairs import score_test
from testamur.audit.performance_ranking import run as run_ranking
from testamur.audit.simultaneous import critical_values
from testamur.contracts.table import Attribute


def _people(n_people=60, n_rows=4, seed=0, both=False):
    """People of two groups, each with a risk of their own; `both`: rows of everybody in both groups."""
    r = np.random.default_rng(seed)
    entity = np.repeat(np.arange(n_people), n_rows)
    group = np.tile([0, 1], n_people * n_rows // 2) if both else (entity % 2)
    own = r.normal(size=n_people)[entity]
    risk = 1 / (1 + np.exp(-own - 0.4 * group - 0.5 * r.normal(size=len(entity))))
    event = (r.random(len(entity)) < 1 / (1 + np.exp(-own))).astype(int)
    return event, risk, group, entity


def _given(event, risk, group, entity, **more):
    return make_input(event, {"model": risk}, groups={"g": (("a", "b"), group)}, entity=entity, **more)


def _ends(outcome):
    return {
        (f.measure, str(f.group), str(f.reference)): (f.value, f.low, f.high, f.detectable)
        for f in outcome.findings
        if f.value is not None
    }


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("run", [run_rates, run_gaps])
def test_rows_handed_in_several_times_gain_nothing(run, both):
    event, risk, group, entity = _people(both=both)
    once = _ends(run(_given(event, risk, group, entity)))
    thrice = _ends(run(_given(*(np.repeat(x, 3) for x in (event, risk, group, entity)))))
    assert once.keys() == thrice.keys()
    assert len(once) > 5
    for key, (value, low, high, detectable) in once.items():
        again = thrice[key]
        assert again[0] == pytest.approx(value, abs=1e-12)
        assert again[1] <= low + 1e-9
        assert again[2] >= high - 1e-9
        assert detectable is None or again[3] >= detectable - 1e-9
        if key[0].startswith("selection_rate"):  # as many rows of everybody
            assert again[1:3] == pytest.approx((low, high), abs=1e-9)


def test_entities_of_one_row_change_no_bit():
    event, risk, group, _ = _people(n_rows=1, n_people=200)
    alone = run_gaps(_given(event, risk, group, np.arange(200)))
    without = run_gaps(_given(event, risk, group, None))
    assert alone.findings == without.findings
    assert alone.evidence[0].content == without.evidence[0].content


def test_people_with_several_rows_make_intervals_wider_than_their_rows():
    event, risk, group, entity = _people(n_rows=6)
    shared, alone = (_ends(run_rates(_given(event, risk, group, e))) for e in (entity, None))
    for name in ("a", "b"):
        mine, other = shared["selection_rate", name, "None"], alone["selection_rate", name, "None"]
        assert mine[2] - mine[1] > 1.4 * (other[2] - other[1])
    found = run_rates(_given(event, risk, group, entity)).findings[0]
    assert (found.n, found.n_entities, found.cells["of"]) == (180, 30, 180)
    both = run_gaps(_given(event, risk, group, entity))
    gap = next(f for f in both.findings if f.measure == "demographic_parity_gap")
    other = next(f for f in run_gaps(_given(event, risk, group, None)).findings if f.measure == gap.measure)
    assert gap.detectable > 1.3 * other.detectable
    assert "effective rows" in gap.method


def test_effective_rows_by_hand():
    """Four people of two rows: 2, 2, 0, 1 hold. p = 5/8; e = (y - 5/4)/8 = 3/32, 3/32, -5/32, -1/32."""
    found = effective_rows(np.zeros(4, int), np.array([2, 2, 0, 1]), np.full(4, 2), 1)
    variance = 4 / 3 * (9 + 9 + 25 + 1) / 32**2
    # Fleiss and Cuzick: 1 - (1/2) / ((8 - 4) 15/64); 1 + (2 - 1) rho over 8 rows.
    alike = 1 + 1 - 0.5 / (4 * 15 / 64)
    assert found.worth[0] == pytest.approx(min(15 / 64 / variance, 8 / alike))
    assert (found.whole[0], found.entities[0], found.holders[0], found.lackers[0]) == (4, 4, 3, 2)


def test_the_variance_is_that_of_a_cluster_robust_regression():
    sm = pytest.importorskip("statsmodels.api")
    event, _, _, entity = _people(n_people=80, n_rows=5)
    fit = sm.OLS(event, np.ones(len(event))).fit(
        cov_type="cluster", cov_kwds={"groups": entity, "use_correction": False}
    )
    y = np.bincount(entity, weights=event)
    found = effective_rows(np.zeros(80, int), y, np.full(80, 5), 1)
    p = event.mean()
    assert p * (1 - p) / found.worth[0] == pytest.approx(fit.bse[0] ** 2 * 80 / 79, rel=1e-9)


@settings(max_examples=25, deadline=None)
@examples(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 6)), min_size=2, max_size=30), st.integers(2, 4)
)
def test_no_copy_of_rows_narrows_an_interval(people, k):
    y = np.array([min(a, m) for a, m in people])
    m = np.array([m for _, m in people])
    ends = [score_ends(effective_rows(np.zeros(len(y), int), y * c, m * c, 1), 1.96) for c in (1, k)]
    assert ends[1][1] - ends[1][0] >= ends[0][1] - ends[0][0] - 1e-9
    found = effective_rows(np.zeros(len(y), int), y, m, 1)
    assert 0 < found.worth[0] <= found.rows[0] + 1e-9
    p = found.share[0]
    assert ends[0][0] <= p <= ends[0][1]


def test_one_row_each_is_worth_itself_unless_few_agree():
    y = np.r_[np.ones(30), np.zeros(50)]
    found = effective_rows(np.zeros(80, int), y, np.ones(80), 1)
    assert found.worth[0] == pytest.approx(79, rel=0.02)
    assert found.whole[0] == 80
    low, high = score_ends(found, 1.96)
    plain = wilson_rare(30, 80, 1.96)
    assert low[0] == pytest.approx(plain[0], abs=0.01)
    assert high[0] == pytest.approx(plain[1], abs=0.01)


def test_correlated_shares_are_compared_with_their_covariance():
    """At normal ends of equal length c, the difference has the half-width sqrt(2 c^2 (1 - rho))."""
    for tied in (-0.5, 0.0, 0.8):
        low, high = difference(0.6, 0.5, 0.7, 0.4, 0.3, 0.5, tied)
        assert high - 0.2 == pytest.approx((2 * 0.01 * (1 - tied)) ** 0.5)
        assert low + high == pytest.approx(0.4)
        below, above = ratio(0.6, 0.5, 0.7, 0.4, 0.3, 0.5, tied)
        for end, near, far, sign in ((below, 0.5, 0.5, -1), (above, 0.7, 0.3, 1)):
            a, b = (0.6 - near) * -sign, (0.4 - far) * sign
            assert (0.6 - end * 0.4) ** 2 == pytest.approx(
                a * a + end**2 * b * b - 2 * tied * end * abs(a * b)
            )
    assert difference(0.6, 0.5, 0.7, 0.4, 0.3, 0.5) == pytest.approx(
        difference(0.6, 0.5, 0.7, 0.4, 0.3, 0.5, 0.0)
    )


def test_people_in_both_groups_tie_them_together():
    """Everybody's rows stand half in either group: what is their own falls out of the difference."""
    event, risk, group, entity = _people(n_people=80, n_rows=6, both=True)
    tied = _ends(run_gaps(_given(event, risk, group, entity)))
    apart = _ends(run_gaps(_given(event, risk, group, entity * 2 + group)))
    key = next(k for k in tied if k[0] == "selection_rate_difference")
    assert tied[key][2] - tied[key][1] < 0.85 * (apart[key][2] - apart[key][1])


def test_the_score_test_is_that_of_the_effective_rows():
    from scipy.stats import chi2_contingency

    view = RateView(
        RATES[0], 0, [0, 1], np.array([0.5, 0.3]), np.zeros(2), np.ones(2), 2.0, np.array([40.0, 60.0]),
        np.eye(2),
    )  # fmt: skip
    table = [[20, 20], [18, 42]]
    assert score_test(view, 0, 1) == pytest.approx(chi2_contingency(table, correction=False).pvalue)


def test_a_group_of_many_rows_of_few_people_is_not_measured_and_not_counted():
    event, risk, _, entity = _people(n_people=60, n_rows=6)
    few = np.where(entity < 3, 1, 0)  # three people with 18 rows, and 57 others
    given = _given(event, risk, few, entity)
    outcome = run_rates(given)
    mine = [f for f in outcome.findings if str(f.group) == "b"]
    assert mine
    assert all(f.value is None for f in mine)
    assert "fewer than 20 entities" in mine[0].reason
    assert mine[0].n_entities is None
    tree = json.loads(outcome.evidence[0].content)["divisions"][0]["groups"]
    assert [g["n"] for g in tree] == [None, None]  # 18 and, by subtraction, 342
    assert [g["n_entities"] for g in tree] == [None, None]


def test_a_property_of_few_people_is_withheld_however_many_rows_it_has():
    event, _, group, entity = _people(n_people=80, n_rows=6)
    risk = np.where((entity < 4) | (entity % 4 == 1), 0.9, 0.1)
    risk = np.where((group == 0) & (entity > 3), 0.1, risk)  # of group a, two people of 12 rows are selected
    outcome = run_rates(_given(event, risk, group, entity))
    found = next(f for f in outcome.findings if f.measure == "selection_rate" and str(f.group) == "a")
    assert found.cells == {}
    assert found.step >= 0.05
    assert found.n_entities is None


def test_families_of_entities_of_one_row_need_what_families_of_rows_need():
    r = np.random.default_rng(3)
    event, selected = r.integers(0, 2, (2, 3000))
    groups = r.integers(0, 3, (3000, 2)).astype(np.int16)
    attributes = tuple(Attribute(name, name, ("0", "1", "2")) for name in "ab")
    options = {"level": 0.95, "minimum": 20, "n_boot": 4000}
    found = []
    for entity in (None, np.arange(3000)):
        strata = count_strata(event, selected, groups, [3, 3], entity)
        values = critical_values if entity is None else entity_critical_values
        found.append(values(strata, single_divisions(strata, attributes), rng=r, **options))
    for name, value in found[0].pairs.items():
        assert found[1].pairs[name] == pytest.approx(value, abs=0.12)
    for name, value in found[0].groups.items():
        assert found[1].groups[name] == pytest.approx(value, abs=0.12)


def test_neither_the_order_of_rows_nor_the_names_of_groups_change_a_family():
    event, risk, group, entity = _people(both=True)
    order = np.random.default_rng(0).permutation(len(event))
    ends = [
        {k[0]: v for k, v in _ends(run_gaps(_given(*rows))).items() if k[0].endswith("_gap")}
        for rows in (
            (event, risk, group, entity),
            (event[order], risk[order], 1 - group[order], 1000 - entity[order]),
        )
    ]
    for name, mine in ends[0].items():
        assert ends[1][name] == pytest.approx(mine, abs=1e-9)


def _uneven(rows):
    """Groups whose people have so many rows each: [(people, rows of each), ...]."""
    r = np.random.default_rng(0)
    each = np.concatenate([np.full(people, n) for people, n in rows])
    entity = np.repeat(np.arange(len(each)), each)
    group = np.repeat(np.arange(len(rows)), [people * n for people, n in rows])
    own = r.normal(size=len(each))[entity]
    risk = 1 / (1 + np.exp(-own - 0.5 * r.normal(size=len(entity))))
    event = (r.random(len(entity)) < 1 / (1 + np.exp(-own))).astype(int)
    levels = tuple("abcd"[: len(rows)])
    return make_input(event, {"model": risk}, groups={"g": (levels, group)}, entity=entity)


@pytest.mark.parametrize("run", [run_rates, run_calibration, run_quality])
def test_no_withheld_number_of_people_is_left_over_when_the_others_are_subtracted(run):
    """Fewest rows have the 100 people of one row, fewest people the 80 of ten: each was printed somewhere."""
    outcome = run(_uneven([(3, 400), (100, 1), (80, 10)]))
    tree = json.loads(outcome.evidence[0].content)
    groups = (tree.get("divisions") or tree["attributes"])[0]["groups"]
    told = {g["name"]: {g.get("n_entities")} - {None} for g in groups}
    for finding in outcome.findings:
        told[str(finding.group)] |= {finding.n_entities} - {None}
    assert sum(not people for people in told.values()) >= 2


@pytest.mark.parametrize("run", [run_rates, run_gaps, run_calibration, run_quality])
def test_rows_of_three_people_are_not_told_in_tens(run):
    """Nor are those of the group that would give them back by subtraction."""
    found = [f for f in run(_uneven([(3, 400), (100, 2), (80, 10)])).findings if f.group and not f.reference]
    assert found
    assert {f.n for f in found if str(f.group) == "a"} == {0}
    whole = {str(f.group): f.n for f in found if f.measure in ("selection_rate", "ece", "brier")}
    assert not whole or sum(n == 0 for n in whole.values()) >= 2
    assert all(f.n in (0, 200, 800) for f in found if f.measure in ("selection_rate", "ece", "brier"))


def test_people_are_not_told_beside_almost_as_many_rows():
    """21 rows of 20 people tell of the one who has two; of another group, then, subtraction must not."""
    counts = {(0, "n"): 21, (1, "n"): 90, (2, "n"): 60, (-1, "n"): 0}
    people = {(0, "n"): 20, (1, "n"): 30, (2, "n"): 60, (-1, "n"): 0}
    shown = withhold_shared(counts, [list(counts)], 5, people)
    assert [shown[g, "n"] for g in range(3)] == [21, 90, 60]
    assert [shown[g, "n_entities"] for g in range(3)] == [None, None, 60]


def test_people_are_told_of_whole_groups_only():
    found = [f for f in run_rates(_given(*_people(n_people=80, n_rows=6))).findings if f.value is not None]
    told = {f.measure for f in found if f.n_entities is not None}
    assert told == {"selection_rate", "accuracy"}
    assert {f.measure for f in found} > told


def test_more_groups_than_are_compared_make_no_table_of_pairs():
    n = MOST_GROUPS + 1
    entity, group = np.repeat(np.arange(n), 2), np.repeat(np.arange(n), 2)
    event, risk = np.tile([0, 1], n), np.linspace(0.1, 0.9, 2 * n)
    levels = tuple(f"level {i}" for i in range(n))
    given = make_input(event, {"model": risk}, groups={"g": (levels, group)}, entity=entity)
    (measured,) = measure_groups(given, pairs=False, seed_of="core.fairness.rates").measured
    assert measured.shared.correlation is None
    assert view_rate(measured, "selection_rate", 1, 2.0).tied.shape == (n, n)


def test_three_people_of_many_rows_have_no_curve():
    files = run_ranking(_uneven([(3, 400), (100, 2), (80, 10)])).evidence
    (curves,) = [tree["groups"] for tree in (json.loads(f.content) for f in files) if "groups" in tree]
    assert {c["name"] for c in curves} == {"b", "c"}


def test_an_operating_point_of_few_people_is_rounded_by_what_one_of_them_brings():
    entity = np.repeat(np.arange(60), 7)
    risk = np.where(entity < 2, 0.9, np.linspace(0.1, 0.4, 420))  # 14 rows of two people are selected
    given = make_input(np.tile([0, 1], 210), {"model": risk}, entity=entity)
    point = json.loads(run_ranking(given).evidence[0].content)["operating_point"]
    assert point == {"fpr": 0.0, "tpr": 0.0}  # of 210 rows each: steps of 0.1
