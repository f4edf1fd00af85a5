"""Calibration, curves and decisions where people have several rows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as student

from testamur.audit import row_share
from testamur.audit.calibration_curve import ECE_BINS, observed_expected, regression
from testamur.audit.calibration_groups import run as run_groups
from testamur.audit.calibration_overall import run as run_overall
from testamur.audit.entity_calibration import (
    bin_effects,
    observed_expected_of_entities,
    regression_of_entities,
)
from testamur.audit.fairness_curves import run as run_curves
from testamur.audit.fairness_incompatible import run as run_incompatible
from testamur.audit.golden_world import make_input
from testamur.audit.limitations import limitations
from testamur.audit.performance_decisions import run as run_decisions
from testamur.contracts.finding import CheckStatus, CoverageEntry, Section


def _people(n_people=120, n_rows=5, seed=0):
    r = np.random.default_rng(seed)
    entity = np.repeat(np.arange(n_people), n_rows)
    own = r.normal(size=(2, n_people))[:, entity] * 0.7
    x, y = own + 0.7 * r.normal(size=(2, len(entity)))
    risk = 1 / (1 + np.exp(-x))
    event = (1 / (1 + np.exp(-1.7 * y)) < risk).astype(np.int64)
    order = np.argsort(risk, kind="stable")
    return event[order], risk[order], entity[order]


def test_the_slope_has_the_error_of_a_cluster_robust_regression():
    sm = pytest.importorskip("statsmodels.api")
    event, risk, entity = _people()
    design = sm.add_constant(np.log(risk / (1 - risk)))
    fit = sm.Logit(event, design).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": entity, "use_correction": False}
    )
    found = regression_of_entities(event, risk, entity, 0.95)
    t = student.ppf(0.975, 119) * (120 / 119) ** 0.5
    for i, name in enumerate(("calibration_intercept", "calibration_slope")):
        assert found[name].value == pytest.approx(fit.params[i], abs=1e-6)
        assert found[name].high - found[name].value == pytest.approx(t * fit.bse[i], rel=1e-5)


def test_observed_over_expected_by_hand():
    """Three people of two rows at risk 1/2; 2, 1, 0 events: O/E = 1, errors 1/3, 0, -1/3."""
    event, entity = np.array([1, 1, 1, 0, 0, 0]), np.repeat([0, 1, 2], 2)
    found = observed_expected_of_entities(event, np.full(6, 0.5), entity, 0.95)
    half = student.ppf(0.975, 2) * (3 / 2 * 2 / 9) ** 0.5
    assert found.value == 1.0
    assert np.log(found.high) == pytest.approx(half)


def test_copies_of_rows_change_neither_regression_nor_ratio_nor_effects():
    event, risk, entity = _people(60)
    many = [np.repeat(x, 3) for x in (event, risk, entity)]
    for mine, other in (
        (regression_of_entities(event, risk, entity, 0.95), regression_of_entities(*many, 0.95)),
        (
            {"oe": observed_expected_of_entities(event, risk, entity, 0.95)},
            {"oe": observed_expected_of_entities(*many, 0.95)},
        ),
    ):
        for name, estimate in mine.items():
            assert (other[name].low, other[name].high) == pytest.approx(
                (estimate.low, estimate.high), abs=1e-6
            )
    one, three = bin_effects(event, risk, entity, 5, 0.95), bin_effects(*many, 5, 0.95)
    assert (three.mean, three.largest) == pytest.approx((3 * one.mean, 3 * one.largest))
    assert three.whole == pytest.approx(one.whole)


def test_people_who_are_alike_widen_calibration():
    event, risk, entity = _people()
    mine, alone = regression_of_entities(event, risk, entity, 0.95), regression(event, risk, 1.96)
    large = "calibration_in_the_large"
    assert mine[large].high - mine[large].low > 1.2 * (alone[large].high - alone[large].low)
    shared, single = (
        {f.measure: f for f in run_overall(make_input(event, {"model": risk}, entity=e)).findings}
        for e in (entity, None)
    )
    for name in ("ece", "ici", "brier_reliability", "brier_resolution", "brier_uncertainty"):
        assert shared[name].low <= shared[name].value <= shared[name].high
        assert shared[name].high - shared[name].low > single[name].high - single[name].low
        assert shared[name].n == 600
    assert "independent" not in " ".join(f.note + f.method for f in shared.values())
    assert observed_expected(event, risk, 1.96).value == shared["observed_expected_ratio"].value
    assert bin_effects(event, risk, entity, ECE_BINS, 0.95).mean > 1


def test_groups_bins_and_curves_count_people():
    event, risk, entity = _people(160)
    groups = {"g": (("a", "b", "few"), np.where(entity < 4, 2, entity % 2))}
    given = make_input(event, {"model": risk}, groups=groups, entity=entity)
    outcome = run_groups(given)
    few = [f for f in outcome.findings if str(f.group) == "few"]
    assert few
    assert all("too few entities" in f.reason for f in few)
    curves = next(f for f in run_curves(given).findings if f.value is not None)
    assert "whole entities" in curves.method
    known = {"g": (("a", "b"), np.where(entity < 4, -1, entity % 2))}
    plain = make_input(event, {"model": risk}, groups=known)
    shared, alone = (
        next(f for f in run_incompatible(g).findings if f.measure == "event_gap") for g in (given, plain)
    )
    assert shared.high - shared.value > alone.high - alone.value


def test_decisions_are_shares_over_people():
    event, risk, entity = _people()
    shared, alone = (
        {f.measure: f for f in run_decisions(make_input(event, {"model": risk}, entity=e)).findings}
        for e in (entity, None)
    )
    for name in ("sensitivity", "specificity", "selection_rate"):
        assert shared[name].value == alone[name].value
        assert shared[name].high - shared[name].low > alone[name].high - alone[name].low
    assert shared["selection_rate"].n_entities == 120
    assert shared["sensitivity"].n_entities is None  # with specificity's, it tells of who has both outcomes


@pytest.mark.parametrize("entity", [None, np.repeat(np.arange(50), 4)])
def test_a_share_of_which_nothing_is_withheld_looks_for_no_step(entity, monkeypatch):
    asked = []
    monkeypatch.setattr(row_share, "step_of_share", lambda *a, **k: asked.append(a) or 0.5)
    share = row_share.row_share(np.tile([True, False], 100), entity, level=0.95, minimum=5)
    assert (share.few, asked) == (False, [])
    assert (share.step, len(asked)) == (0.5, 1)


@pytest.mark.parametrize(("extra", "told"), [(0, 40), (3, None), (5, 40)])
def test_people_almost_as_many_as_their_rows_are_not_told(extra, told):
    entity = np.r_[np.arange(40), np.arange(extra)]
    share = row_share.row_share(entity % 2 == 0, entity, level=0.95, minimum=5)
    assert share.n_entities == told


def test_the_limitation_names_what_still_takes_rows_as_independent():
    event, risk, entity = _people(40)
    done = [
        CoverageEntry(check=key, section=Section.FAIRNESS, question="?", status=CheckStatus.DONE)
        for key in ("core.fairness.rates", "core.calibration.groups", "core.explanation.shapley", "shop.own")
    ]
    told = [
        [
            line
            for line in limitations(make_input(event, {"model": risk}, entity=e), done, (), ())
            if "narrow" in line
        ]
        for e in (entity, np.arange(len(event)))
    ]
    assert len(told[0]) == 1
    assert told[0][0].endswith("core.explanation.shapley, shop.own.")
    assert told[1] == []
