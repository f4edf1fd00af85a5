"""Quality of people who belong to two groups at once."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from testamur.audit.fairness_other import CLASSES, CROSSED, ERRORS, QUALITY
from testamur.audit.forecast import GROUPS
from testamur.audit.golden_forecast import LEVELS, make_forecast
from testamur.audit.golden_ranking import make_ranking
from testamur.audit.golden_world import make_input
from testamur.audit.interval import critical_value, wilson_estimate
from testamur.audit.ranking import USERS
from testamur.audit.rounding import down, published, to_step, up
from testamur.audit.run import run_check
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus
from testamur.contracts.job import AuditOptions
from testamur.contracts.table import Attribute

SEX, AGE = ("f", "m"), ("young", "middle", "old")


def drawn(seed=0, n=900):
    """Outcome, risk, and codes of two attributes of which a few are missing."""
    r = np.random.default_rng(seed)
    score = r.normal(size=n)
    event = (r.random(n) < 1 / (1 + np.exp(-score))).astype(int)
    risk = np.clip(1 / (1 + np.exp(-score)), 0.01, 0.99).round(2)
    return event, risk, r.integers(0, 2, n), r.integers(-1, 3, n)


def binary(seed=0, **more):
    event, risk, sex, age = drawn(seed)
    return make_input(event, {"model": risk}, groups={"sex": (SEX, sex), "age": (AGE, age)}, **more)


def values(outcome, measure):
    return {tuple(f.group.levels.values()): f for f in outcome.findings if f.measure == measure}


def test_every_crossing_has_what_sklearn_gives_for_its_rows():
    event, risk, sex, age = drawn()
    outcome = run_check(binary(), CROSSED)[1]
    areas, scores = values(outcome, "auc"), values(outcome, "brier")
    assert len(areas) == len(scores) == 6
    for (s, a), finding in areas.items():
        rows = (sex == SEX.index(s)) & (age == AGE.index(a))
        assert finding.value == pytest.approx(roc_auc_score(event[rows], risk[rows]))
        assert scores[s, a].value == pytest.approx(brier_score_loss(event[rows], risk[rows]))
        assert finding.n == scores[s, a].n == rows.sum()
        assert finding.attribute == "sex*age"


def test_a_crossing_is_measured_as_one_attribute_with_these_levels_would_be():
    """The same groups, declared as one attribute: the same values, intervals and gaps."""
    event, risk, sex, age = drawn(3)
    crossed = run_check(binary(3), CROSSED)[1]
    names = tuple(f"{s} × {a}" for s in SEX for a in AGE)
    code = np.where(age < 0, -1, sex * 3 + age)
    single = run_check(make_input(event, {"model": risk}, groups={"both": (names, code)}), QUALITY)[1]
    of = {(f.measure, str(f.group)): f for f in single.findings}
    assert len(of) == len(crossed.findings) == 14
    for f in crossed.findings:
        same = of[f.measure, str(f.group)]
        assert (f.value, f.low, f.high, f.n) == (same.value, same.low, same.high, same.n)
        assert f.simultaneous
        assert "without a value of" in f.note


def test_three_attributes_give_three_pairs_and_wider_joint_intervals():
    event, risk, sex, age = drawn()
    more = {"sex": (SEX, sex), "age": (AGE, age), "side": (("l", "r"), np.arange(len(event)) % 2)}
    three = run_check(make_input(event, {"model": risk}, groups=more), CROSSED)[1]
    two = values(run_check(binary(), CROSSED)[1], "auc")
    assert {f.attribute for f in three.findings} == {"sex*age", "sex*side", "age*side"}
    for key, finding in values(three, "auc").items():
        if key in two:
            assert finding.high - finding.low > two[key].high - two[key].low


def test_errors_of_a_regression_are_crossed_too():
    r = np.random.default_rng(1)
    target, sex, age = r.normal(size=600), r.integers(0, 2, 600), r.integers(0, 3, 600)
    said = target + r.normal(size=600) + sex * (age == 2)
    groups = {"sex": (SEX, sex), "age": (AGE, age)}
    outcome = run_check(
        make_input(target, {"model": said}, groups=groups, kind=ProblemKind.REGRESSION), CROSSED
    )[1]
    found = values(outcome, "mean_error")
    rows = (sex == 1) & (age == 2)
    assert found["m", "old"].value == pytest.approx((said - target)[rows].mean())
    (gap,) = (f for f in outcome.findings if f.measure == "mean_error_gap")
    assert gap.group.levels == {"sex": "m", "age": "old"}
    assert gap.low > 0
    assert run_check(binary(), ERRORS)[0].status is CheckStatus.NOT_APPLICABLE


def crossed_twice(given, levels, codes):
    """The same audit with one more attribute of the test rows."""
    test = given.table.test
    more = replace(test, groups=np.c_[test.groups, codes].astype(np.int16))
    attributes = (*given.table.attributes, Attribute("side", "side", levels))
    return replace(given, table=replace(given.table, attributes=attributes, test=more))


def test_lists_and_forecasts_are_crossed_too():
    n = 200
    code, side = np.arange(n) % 2, np.arange(n) // 100
    lists = [[1, 2, 3] if c and s else [2, 1, 3] for c, s in zip(code, side, strict=True)]
    ranked = make_ranking([[4, 5]] * n, [1] * n, {"model": lists}, users=(("a", "b"), code))
    outcome = run_check(crossed_twice(ranked, ("l", "r"), side), CROSSED)[1]
    assert {k: f.value for k, f in values(outcome, "ndcg_10").items()} == {
        ("a", "l"): pytest.approx(1 / np.log2(3)),
        ("a", "r"): pytest.approx(1 / np.log2(3)),
        ("b", "l"): pytest.approx(1 / np.log2(3)),
        ("b", "r"): 1.0,
    }
    future = np.full((n, 2), 10.0)
    middle = future + np.where(code & side, 2.0, 1.0)[:, None]
    stated = middle[:, :, None] + np.array([-1.5, 0.0, 1.5])[: len(LEVELS)]
    forecast = make_forecast(future, {"model": stated}, groups=(("a", "b"), code))
    outcome = run_check(crossed_twice(forecast, ("l", "r"), side), CROSSED)[1]
    assert values(outcome, "mase")["b", "r"].value == pytest.approx(2.0)
    assert values(outcome, "coverage")["b", "r"].value == 0.0
    assert values(outcome, "coverage")["a", "l"].value == 1.0
    for check, given in ((USERS, ranked), (GROUPS, forecast)):
        assert run_check(given, check)[0].status is CheckStatus.DONE


def test_what_a_crossing_holds_is_withheld_like_the_cells_of_intersections():
    event, risk, sex, age = drawn()
    rare = (sex == 0) & (age == 0)
    keep = ~rare | (np.cumsum(rare) <= 3)
    groups = {"sex": (SEX, sex[keep]), "age": (AGE, age[keep])}
    outcome = run_check(make_input(event[keep], {"model": risk[keep]}, groups=groups), CROSSED)[1]
    found = values(outcome, "brier")
    assert found["f", "young"].status is CheckStatus.NOT_ESTIMABLE
    # The three would follow by subtraction from the published numbers of all women, and of all young people.
    hidden = [key for key, f in found.items() if f.value is not None and f.n % 10 == 0]
    assert any("f" in key for key in hidden)
    assert any("young" in key for key in hidden)
    (tree,) = json.loads(outcome.evidence[0].content)["attributes"]
    shown = {g["name"]: g["n"] for g in tree["groups"]}
    assert shown["f × young"] is None
    assert sum(n is None for n in shown.values()) >= 4


def test_intersections_can_be_turned_off_and_need_probabilities():
    options = AuditOptions(intersections=False, bootstrap=100)
    assert run_check(binary(options=options), CROSSED)[0].status is CheckStatus.NOT_RUN
    given = binary()
    decided = {"model": {"test": replace(given.predictions["model"]["test"], decided=True)}}
    entry = run_check(replace(given, predictions=decided), CROSSED)[0]
    assert entry.status is CheckStatus.NOT_RUN
    assert "probabilities" in entry.reason


def test_hundreds_of_crossings_are_no_division():
    event, risk, _, _ = drawn()
    many = tuple(f"l{i}" for i in range(20))
    r = np.random.default_rng(0)
    groups = {"one": (many, r.integers(0, 20, 900)), "two": (many, r.integers(0, 20, 900))}
    outcome = run_check(make_input(event, {"model": risk}, groups=groups), CROSSED)[1]
    assert all(f.status is CheckStatus.NOT_ESTIMABLE for f in outcome.findings)
    assert "at most 200" in outcome.findings[0].reason


def hidden_by_subtraction():
    """Of 386 rows 300 and 83 belong to two groups, 3 to a third: that there are 83 would tell of the 3."""
    r = np.random.default_rng(0)
    code = np.repeat([0, 1, 2], [300, 83, 3])
    target = r.integers(0, 3, len(code))
    named = np.where(r.random(len(code)) < 0.7, target, (target + 1) % 3)
    return make_input(
        target,
        {"model": np.eye(3)[named]},
        groups={"side": (("l", "m", "r"), code)},
        kind=ProblemKind.MULTICLASS,
        classes=("k", "l", "m"),
    )


def test_a_share_of_a_withheld_number_of_rows_does_not_tell_the_number():
    """60 of 83 is known from 0.7228915662650602, and 83 from the interval alone: both become coarse."""
    result = run_check(hidden_by_subtraction(), CLASSES)[1]
    (tree,) = json.loads(result.evidence[0].content)["attributes"]
    assert [g["n"] for g in tree["groups"]] == [300, None, None]
    exact = values(result, "accuracy")["m",]
    told = published(exact)
    assert told.low <= exact.low <= exact.high <= told.high
    ends = (told.value, told.low, told.high)
    z = critical_value(0.95, 2)
    like = {n for n in range(40, 160) for k in range(n + 1) if same_as_told(k, n, z, told.step, ends)}
    assert len(like) > 20
    assert 83 in like
    (gap,) = (f for f in result.findings if f.measure == "accuracy_gap" and f.value is not None)
    assert gap.step == told.step  # else the other group's share and the gap would give it back
    assert values(result, "accuracy")["l",].step == 0.0


def same_as_told(k, n, z, step, ends):
    of = wilson_estimate(k, n, z)
    return (to_step(of.value, step), down(of.low, step), up(of.high, step)) == ends


def test_an_area_of_a_withheld_number_of_rows_is_no_exact_fraction():
    event, risk, sex, _ = drawn()
    sex = np.where(np.arange(len(sex)) < 4, 2, sex)
    given = make_input(event, {"model": risk}, groups={"sex": ((*SEX, "x"), sex)})
    found = values(run_check(given, QUALITY)[1], "auc")
    (tree,) = json.loads(run_check(given, QUALITY)[1].evidence[0].content)["attributes"]
    hidden = [g["levels"]["sex"] for g in tree["groups"] if g["n"] is None and found[g["name"],].value]
    assert len(hidden) == 1
    assert found[hidden[0],].step == 0.01


def test_crossings_do_not_give_back_what_single_attributes_withhold():
    """Three rows without an age are withheld, and so two of the ages: their crossings add up to them."""
    event, risk, sex, age = drawn(n=903)
    age = np.where(np.arange(903) < 3, -1, np.maximum(age, 0))
    given = make_input(event, {"model": risk}, groups={"sex": (SEX, sex), "age": (AGE, age)})
    single, crossed = (
        json.loads(run_check(given, check)[1].evidence[0].content)["attributes"]
        for check in (QUALITY, CROSSED)
    )
    hidden = [g["name"] for g in single[1]["groups"] if g["n"] is None]
    assert len(hidden) == 2
    shown = {g["name"]: g["n"] for g in crossed[0]["groups"]}
    for name in hidden:
        assert any(shown[f"{s} × {name}"] is None for s in SEX)
