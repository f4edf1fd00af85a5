"""Quality and errors per group where people have several rows: variances over people, ties between groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from testamur.audit.auc import auc_estimate, auc_parts, variance
from testamur.audit.auc_interval import clustered_auc_interval
from testamur.audit.entity_estimates import auc_of_entities, mean_of_entities, share_of_entities
from testamur.audit.fairness_quality import run_classes, run_errors, run_quality
from testamur.audit.golden_world import make_input
from testamur.audit.interval import critical_value
from testamur.contracts.dataset import ProblemKind

_RUNS = {"quality": run_quality, "classes": run_classes, "errors": run_errors}


def _given(kind, *, copies=1, seed=0, both=False, shared=True, n_people=80):
    r = np.random.default_rng(seed)
    entity = np.repeat(np.arange(n_people), 4)
    group = np.tile([0, 1], len(entity) // 2) if both else entity % 2
    own = r.normal(size=n_people)[entity]
    noise, event = r.normal(size=len(entity)), (r.random(len(entity)) < 0.5).astype(int)
    said = {
        "quality": (event, 1 / (1 + np.exp(-own - event - noise)), ProblemKind.BINARY, ("no", "yes")),
        "classes": (event, np.eye(3)[(own + noise > 0).astype(int)], ProblemKind.MULTICLASS, ("k", "l", "m")),
        "errors": (noise, noise + own + 0.3 * group, ProblemKind.REGRESSION, ()),
    }[kind]
    target, predicted, group, entity = (
        np.repeat(x, copies, axis=0) for x in (said[0], said[1], group, entity)
    )
    return make_input(
        target, {"model": predicted}, groups={"g": (("a", "b"), group)}, kind=said[2], classes=said[3],
        entity=entity if shared else None,
    )  # fmt: skip


def _ends(outcome):
    return {(f.measure, str(f.group)): f for f in outcome.findings}


@pytest.mark.parametrize("kind", _RUNS)
@pytest.mark.parametrize("both", [False, True])
def test_copies_of_rows_leave_every_interval_as_it_is(kind, both):
    once, thrice = (_ends(_RUNS[kind](_given(kind, copies=c, both=both))) for c in (1, 3))
    assert len(once) >= 3
    for key, mine in once.items():
        other = thrice[key]
        assert (mine.value, mine.low, mine.high) == pytest.approx(
            (other.value, other.low, other.high), abs=1e-8
        )
        assert mine.n_entities == other.n_entities


@pytest.mark.parametrize("kind", _RUNS)
def test_what_people_have_in_common_widens_intervals(kind):
    shared, alone = (_ends(_RUNS[kind](_given(kind, shared=s))) for s in (True, False))
    for key in [k for k in shared if k[0] in ("auc", "accuracy", "mae", "mean_error")]:
        mine, other = shared[key], alone[key]
        wider = 1.3 if key[0] == "mean_error" else 1.0
        assert mine.value == pytest.approx(other.value)
        assert mine.high - mine.low > wider * (other.high - other.low)
        assert (mine.n, mine.n_entities) == (160, 40)


@pytest.mark.parametrize("kind", ["quality", "errors"])
def test_people_in_both_groups_make_their_difference_more_certain(kind):
    tied = _ends(_RUNS[kind](_given(kind, both=True)))
    gap = next(f for k, f in tied.items() if k[0] in ("brier_gap", "mean_error_gap"))
    groups = [tied[gap.measure.removesuffix("_gap"), name] for name in "ab"]
    apart = sum(((g.high - g.low) / 2) ** 2 for g in groups) ** 0.5
    assert (gap.high - gap.value) < (0.95 if kind == "errors" else 1.2) * apart


def test_a_mean_is_that_of_a_cluster_robust_regression():
    sm = pytest.importorskip("statsmodels.api")
    r = np.random.default_rng(0)
    entity = np.repeat(np.arange(30), 5)
    x = r.normal(size=30)[entity] + r.normal(size=150)
    fit = sm.OLS(x, np.ones(150)).fit(
        cov_type="cluster", cov_kwds={"groups": entity, "use_correction": False}
    )
    found = mean_of_entities(x, entity, 0.95).joint(1)
    assert found.high - found.value == pytest.approx(
        student.ppf(0.975, 29) * fit.bse[0] * (30 / 29) ** 0.5, rel=0.02
    )


def test_a_mean_by_hand():
    """Means of people 1, 2, 3 of two equal rows each: Student's interval of three values."""
    found = mean_of_entities(np.repeat([1.0, 2.0, 3.0], 2), np.repeat([0, 1, 2], 2), 0.95).joint(1)
    assert found.high - 2.0 == pytest.approx(student.ppf(0.975, 2) * 1.0 / 3**0.5)


def test_an_area_has_the_moderated_interval_on_the_variance_of_obuchowski():
    r = np.random.default_rng(1)
    entity = np.repeat(np.arange(25), 4)
    event = np.tile([0, 1, 1, 0], 25)
    score = r.normal(size=25)[entity] + event + r.normal(size=100)
    parts = auc_parts(event, score)
    totals = np.bincount(entity, parts.influence) * (25 / 24 * 49 / 50) ** 0.5
    found = auc_of_entities(event, score, entity, 0.95).joint(1)
    z = critical_value(0.95)
    wanted = clustered_auc_interval(parts.auc, variance(parts.influence), totals, (50, 50), z)
    assert (found.low, found.high, found.n) == pytest.approx((wanted.low, wanted.high, 100), abs=1e-3)
    student_half = student.ppf(0.975, 24) * float(totals @ totals) ** 0.5
    assert found.high - found.low == pytest.approx(2 * student_half, rel=0.05)


def test_one_pair_of_rows_that_shares_a_person_does_not_narrow_an_area():
    r = np.random.default_rng(3)
    event = np.repeat([1, 0], [25, 500])
    pair, held = np.minimum(np.arange(525), 523), 0
    for _ in range(60):
        score = r.normal(size=525) + 2.66 * event  # the true area is 0.97
        own = auc_estimate(auc_parts(event, score), critical_value(0.95))
        found = auc_of_entities(event, score, pair, 0.95).joint(1)
        assert found.high - found.low > 0.97 * (own.high - own.low)
        held += found.low <= 0.97 <= found.high
    assert held >= 56


@given(st.integers(0, 999), st.integers(2, 4))
@settings(max_examples=12, deadline=None)
def test_an_area_of_copies_is_as_wide(seed, copies):
    r = np.random.default_rng(seed)
    entity, event = np.repeat(np.arange(20), 3), np.tile([0, 0, 1], 20)
    score = r.integers(0, 9, 60) + 3 * event
    once = auc_of_entities(event, score, entity, 0.95).joint(1)
    more = auc_of_entities(*(np.repeat(x, copies) for x in (event, score, entity)), 0.95).joint(1)
    assert (more.low, more.high) == pytest.approx((once.low, once.high), abs=1e-9)


def test_the_mean_of_people_who_all_have_the_same_rows_is_as_wide_as_that_of_own_rows():
    values, entity = np.tile([0.0, 1.0], 20), np.repeat(np.arange(20), 2)
    found = mean_of_entities(values, entity, 0.95).joint(1)
    assert found.high - 0.5 == pytest.approx(student.ppf(0.975, 19) * (0.25 / 40) ** 0.5)
    more = mean_of_entities(np.repeat(values, 3), np.repeat(entity, 3), 0.95).joint(1)
    assert (more.low, more.high) == pytest.approx((found.low, found.high))


def test_a_mean_of_values_that_are_all_the_same_has_no_interval_but_of_zeros():
    entity = np.repeat(np.arange(20), 2)
    same, zero = (mean_of_entities(np.full(40, v), entity, 0.95).joint(1) for v in (0.3, 0.0))
    assert (same.value, same.low, same.high) == (pytest.approx(0.3), -np.inf, np.inf)
    assert (zero.value, zero.low, zero.high) == (0.0, 0.0, 0.0)


def test_a_perfect_ranking_counts_people_once():
    event = np.tile([0, 1], 30)
    entity = np.repeat(np.arange(30), 2)
    found = auc_of_entities(event, event * 1.0, entity, 0.95).joint(1)
    more = auc_of_entities(*(np.repeat(x, 5) for x in (event, event * 1.0, entity)), 0.95).joint(1)
    assert found.value == found.high == 1.0
    assert more.low == pytest.approx(found.low)
    assert 0.8 < found.low < 0.95


def test_a_share_that_everybody_has_counts_people_once():
    found = share_of_entities(np.ones(90, bool), np.repeat(np.arange(30), 3), 0.95).joint(1)
    assert found.low == pytest.approx(0.886, abs=0.03)  # 30 of 30, not 90 of 90 (0.959)
    assert found.high == 1.0


def test_groups_of_few_people_are_not_measured_however_many_rows_they_have():
    found = _ends(run_errors(_given("errors", n_people=24)))
    assert found["mae", "a"].value is None
    assert "too few entities" in found["mae", "a"].reason
