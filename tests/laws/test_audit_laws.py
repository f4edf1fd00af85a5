"""Laws that every check of rows obeys: order, weights of one, constant scores, one outcome in a group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.audit.catalogue import ALL_CHECKS
from testamur.audit.golden_world import make_input
from testamur.audit.inputs import check_input
from testamur.audit.run import run_audit, run_check
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import DataError
from testamur.contracts.finding import CheckStatus, Section
from testamur.contracts.job import AuditOptions

SECTIONS = (Section.DATA, Section.PERFORMANCE, Section.CALIBRATION, Section.FAIRNESS)
CHECKS = [check for check in ALL_CHECKS if check.section in SECTIONS]
FEW = settings(max_examples=2, deadline=None)
OPTIONS = AuditOptions(bootstrap=100)


def world(seed, kind=ProblemKind.BINARY, n=300, order=None, **more):
    r = np.random.default_rng(seed)
    z = r.normal(size=(n, 6))
    event = (r.random(n) < 1 / (1 + np.exp(-z[:, 0]))).astype(int)
    values = z[:, 0] * 2 + r.normal(size=n) if kind is ProblemKind.REGRESSION else event
    said = z[:, 0] * 2 if kind is ProblemKind.REGRESSION else 1 / (1 + np.exp(-0.8 * z[:, 0]))
    code, peer = r.integers(-1, 3, n), np.clip(said * 0.9, 0, None)
    side = r.integers(0, 2, n)
    pick = np.arange(n) if order is None else np.random.default_rng(order).permutation(n)
    more = {name: column[pick] for name, column in more.items()}
    return make_input(
        values[pick],
        {"model": said[pick], "naive": np.full(n, values.mean()), "boosting": peer[pick]},
        groups={"group": (("a", "b", "c"), code[pick]), "side": (("p", "q"), side[pick])},
        kind=kind,
        numeric=z[pick],
        twin=np.arange(n)[pick],
        twin_with_target=np.arange(n)[pick],
        options=OPTIONS,
        **more,
    )


def values(given_):
    result = run_audit(given_, CHECKS)
    assert all(entry.status is not CheckStatus.FAILED for entry in result.coverage)
    found = {}
    for f in result.findings:
        found[f.check, f.measure, f.subject, f.attribute, str(f.group)] = (f.status, f.value)
    return found


@FEW
@given(st.integers(0, 100), st.sampled_from([ProblemKind.BINARY, ProblemKind.REGRESSION]))
def test_the_order_of_rows_changes_no_value(seed, kind):
    one, two = values(world(seed, kind)), values(world(seed, kind, order=seed + 1))
    assert one.keys() == two.keys()
    for key, (status, value) in one.items():
        assert two[key][0] is status, key
        assert value is None or two[key][1] == pytest.approx(value, rel=1e-6, abs=1e-6), key


@FEW
@given(st.integers(0, 100))
def test_weights_of_one_change_nothing(seed):
    """Every row counts once whatever its weight: the report says so, and weights of one are no exception."""
    assert values(world(seed)) == values(world(seed, weight=np.ones(300)))


@FEW
@given(st.integers(0, 100))
def test_an_interval_holds_its_estimate_in_every_check(seed):
    for finding in run_audit(world(seed), CHECKS).findings:
        if finding.value is None or finding.exact:
            continue
        assert finding.low is None or finding.low <= finding.value + 1e-12, finding
        assert finding.high is None or finding.value <= finding.high + 1e-12, finding


def test_a_constant_score_ranks_nobody_and_nothing_fails():
    n = 200
    event, code = np.tile([0, 1], n // 2), np.repeat([0, 1], n // 2)
    said = {"model": np.full(n, 0.4), "naive": np.full(n, 0.5)}
    given_ = make_input(event, said, groups={"g": (("a", "b"), code)}, options=OPTIONS)
    result = run_audit(given_, CHECKS)
    assert all(entry.status is not CheckStatus.FAILED for entry in result.coverage)
    found = {f.measure: f for f in result.findings if f.check == "core.performance.discrimination"}
    assert found["auc"].value == 0.5
    slope = next(f for f in result.findings if f.measure == "calibration_slope" and f.group is None)
    assert slope.status is CheckStatus.NOT_ESTIMABLE
    assert "constant" in slope.reason
    abroca = next(f for f in result.findings if f.measure == "abroca")
    assert abroca.value == 0.0


def test_a_group_with_one_outcome_only_has_no_rate_of_the_other():
    event = np.r_[np.tile([0, 1], 50), np.zeros(60, int)]
    code = np.repeat([0, 1], [100, 60])
    risk = np.linspace(0.1, 0.9, 160)
    given_ = make_input(event, {"model": risk}, groups={"g": (("a", "b"), code)}, options=OPTIONS)
    result = run_audit(given_, CHECKS)
    assert all(entry.status is not CheckStatus.FAILED for entry in result.coverage)
    needs_both = ("true_positive_rate", "auc", "calibration_slope", "ece", "abroca")
    mine = [f for f in result.findings if f.measure in needs_both and f.group and str(f.group) == "b"]
    assert {f.measure for f in mine} == set(needs_both)
    assert all(f.value is None and f.reason for f in mine)


@pytest.mark.parametrize("wrong", [2, -1])
def test_outcomes_that_are_no_class_are_refused_with_their_number(wrong):
    given_ = world(0)
    target = given_.table.test.target.copy()
    target[:7] = wrong
    table = replace(given_.table, test=replace(given_.table.test, target=target))
    with pytest.raises(DataError) as caught:
        check_input(replace(given_, table=table))
    (problem,) = caught.value.problems
    assert problem.where == "outcomes, test part"
    assert "class codes from 0 to 1 are required, however: not in 7 rows" in problem.message


def test_outcomes_of_a_regression_are_finite():
    given_ = world(0, ProblemKind.REGRESSION)
    target = given_.table.test.target.copy()
    target[3] = np.nan
    table = replace(given_.table, test=replace(given_.table.test, target=target))
    with pytest.raises(DataError, match="not in 1 rows"):
        check_input(replace(given_, table=table))


def test_a_planted_gap_of_ten_points_is_found_and_none_is_not():
    """A short form of the benchmark `audit_error_rates`: 2,000 rows a group, 40 runs each way."""
    from testamur.audit.fairness import GAPS_CHECK

    shown = {0.0: 0, 0.1: 0}
    for gap in shown:
        for seed in range(40):
            r = np.random.default_rng([seed, int(gap * 100)])
            risk = np.where(r.random(4000) < np.repeat([0.4, 0.4 + gap], 2000), 0.9, 0.1)
            groups = {"g": (("a", "b"), np.repeat([0, 1], 2000))}
            event = r.integers(0, 2, 4000)
            given_ = make_input(event, {"model": risk}, groups=groups, options=OPTIONS, seed=seed)
            _, outcome = run_check(given_, GAPS_CHECK)
            finding = next(f for f in outcome.findings if f.measure == "demographic_parity_gap")
            shown[gap] += finding.low > 0
    assert shown[0.1] == 40
    assert shown[0.0] <= 6  # 5 % of 40 are 2; more than 6 have a chance of 1 %
