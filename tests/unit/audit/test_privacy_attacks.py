"""Attacks on privacy: valid where nothing is remembered, strong where something is, honest of their cost."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from scipy.stats import norm

from testamur.audit.attack_budget import attack_seconds, is_affordable
from testamur.audit.attack_plan import FEWEST_MODELS, plan_attack
from testamur.audit.attack_rates import attack_auc, hits_at
from testamur.audit.attribute_inference import residual
from testamur.audit.golden_attacks import Remembering, paper_bound, remembering
from testamur.audit.membership_scores import attack_released, attack_shadows, lira, rmia
from testamur.audit.one_run import guess_coins, refuted_epsilon
from testamur.audit.privacy_attacks import (
    ATTRIBUTE_INFERENCE,
    CONTRADICTION,
    EPSILON,
    MEMBERSHIP,
    MEMORISATION,
)
from testamur.audit.run import run_check
from testamur.audit.shadows import train_shadows
from testamur.audit.skip import Skip
from testamur.contracts.dataset import ProblemKind, SplitKind, SplitRule
from testamur.contracts.finding import CheckStatus
from testamur.contracts.job import AuditOptions, PrivacyAttacks
from testamur.contracts.table import Predictions


@settings(max_examples=25, deadline=None)
@drawn(
    st.integers(20, 400),
    st.floats(0.02, 1.0),
    st.floats(0.5, 1.0),
    st.sampled_from([0.0, 1e-6, 1e-5, 1e-3]),
    st.sampled_from([0.05, 0.05 / 7]),
)
def test_the_bound_is_that_of_the_loop_in_the_paper(m, share, hits, delta, p):
    r = max(1, int(m * share))
    v = int(r * hits)
    assert refuted_epsilon(m, r, v, delta, p) == pytest.approx(paper_bound(m, r, v, delta, p), abs=1e-6)


def test_blind_guesses_refute_something_in_at_most_one_run_of_twenty():
    r = np.random.default_rng(0)
    alarms = [
        max(g.epsilon for g in guess_coins(r.random(400) < 0.5, r.normal(size=400), 1e-5)) > 0
        for _ in range(120)
    ]
    assert np.mean(alarms) <= 0.05


@pytest.mark.parametrize("epsilon", [0.5, 2.0])
def test_randomised_response_is_never_refuted_beyond_its_epsilon_and_nearly_reached(epsilon):
    r, found = np.random.default_rng(1), []
    for _ in range(25):
        coins = r.random(2000) < 0.5
        told = np.where(r.random(2000) < 1 / (1 + np.exp(-epsilon)), coins, ~coins)
        found.append(max(g.epsilon for g in guess_coins(coins, told + 1e-3 * r.normal(size=2000), 1e-9)))
    assert np.mean(np.array(found) > epsilon) <= 0.05
    assert np.median(found) > 0.6 * epsilon


@pytest.mark.parametrize(("shift", "rate"), [(0.0, 0.01), (1.0, 0.01), (2.0, 0.001)])
def test_intervals_of_hits_hold_the_truth(shift, rate):
    r, truth = np.random.default_rng(2), norm.sf(norm.isf(rate) - shift)
    inside = []
    for _ in range(200):
        member = np.arange(3000) < 1500
        estimate = hits_at(member, r.normal(size=3000) + shift * member, rate, 1, 0.95)
        inside.append(estimate.low <= truth <= estimate.high)
    assert np.mean(inside) >= 0.935


def test_hits_need_as_many_others_as_one_false_alarm_asks_for():
    member = np.arange(400) < 200
    assert hits_at(member, np.arange(400.0), 0.001, 1, 0.95) is None
    assert hits_at(member, np.arange(400.0), 0.01, 4, 0.95) is None  # of four models, fifty others each


def test_rows_that_several_models_were_asked_about_narrow_no_interval():
    r = np.random.default_rng(3)
    member, score = np.arange(600) < 300, r.normal(size=600)
    once = hits_at(member, score, 0.01, 1, 0.95)
    thrice = hits_at(np.tile(member, 3), np.tile(score, 3), 0.01, 3, 0.95)
    assert (thrice.value, thrice.low, thrice.high) == pytest.approx((once.value, once.low, once.high))
    alone = attack_auc(member, score, np.arange(600), 0.95)
    again = attack_auc(np.tile(member, 3), np.tile(score, 3), np.tile(np.arange(600), 3), 0.95)
    assert again.high - again.low == pytest.approx(alone.high - alone.low, rel=0.01)


def test_lira_is_the_log_ratio_of_two_normal_densities():
    r = np.random.default_rng(4)
    others, member = r.normal(size=(80, 5)), r.random((80, 5)) < 0.5
    phi = r.normal(size=5)
    for i in range(5):
        inside, outside = others[member[:, i], i], others[~member[:, i], i]
        expected = norm.logpdf(phi[i], inside.mean(), inside.std(ddof=1)) - norm.logpdf(
            phi[i], outside.mean(), outside.std(ddof=1)
        )
        assert lira(phi, others, member)[i] == pytest.approx(expected, abs=1e-8)


def test_rmia_is_the_share_of_the_population_that_is_beaten():
    r = np.random.default_rng(5)
    others, member, p = r.random((6, 40)), r.random((6, 40)) < 0.5, r.random(40)
    member[0], member[1] = True, False
    typical = np.array(
        [(others[member[:, i], i].mean() + others[~member[:, i], i].mean()) / 2 for i in range(40)]
    )
    ratio = p / typical
    expected = [(ratio[i] >= ratio).mean() for i in range(40)]
    assert rmia(p, others, member) == pytest.approx(expected)


def test_a_unit_that_no_reference_holds_is_left_out_and_not_guessed():
    member = np.array([[True, True], [True, False], [True, True]])
    assert np.isnan(lira(np.zeros(2), np.random.default_rng(6).normal(size=(3, 2)), member)).tolist() == [
        True, False,
    ]  # fmt: skip


def findings(given, check=MEMBERSHIP):
    entry, outcome = run_check(given, check)
    assert entry.status is CheckStatus.DONE, entry.reason
    return {(f.measure, str(f.group or ""), f.subject): f for f in outcome.findings}, outcome.evidence


class Noisy:
    """States the true answer more firmly for rows that it knows, and every row a little otherwise."""

    def __init__(self, known, gain, seed):
        self.known, self.gain, self.seed = known, gain, seed

    def predict(self, part):
        own = np.random.default_rng(self.seed).normal(size=4096)[part.numeric[:, 0].astype(int)]
        hard = np.random.default_rng(0).normal(size=4096)[part.numeric[:, 0].astype(int)]
        logit = 1.0 + hard + own + self.gain * np.isin(part.numeric[:, 0], self.known)
        p = 1 / (1 + np.exp(-logit))
        return Predictions(
            probabilities=np.stack([np.where(part.target == c, p, 1 - p) for c in (0, 1)], axis=1)
        )


class NoisyTrainer(Remembering):
    def train(self, rows, seed, *, part=None):
        part = self.train_part if part is None else part
        return [Noisy(part.numeric[own, 0], self.inside, seed + 7 + k) for k, own in enumerate(rows)]


def noisy(gain, *, seed=0, n=300, **more):
    given = remembering(0.9, 0.6, n=n, seed=seed, **more)
    model = Noisy(given.table.train.numeric[:, 0], gain, 999_999)
    trainer = NoisyTrainer(given.table.train, gain, 0.0, ("made up",))
    return replace(
        given,
        trainer=trainer,
        predictor=model,
        predictions={"model": {"test": model.predict(given.table.test)}},
    )


def test_a_recipe_that_remembers_nothing_is_not_found_out_and_one_that_does_is():
    blind, _ = findings(noisy(0.0))
    for name in ("lira_auc", "rmia_auc", "placebo_lira_auc", "placebo_rmia_auc"):
        finding = next(f for (measure, _, _), f in blind.items() if measure == name)
        assert finding.low - 0.02 <= 0.5 <= finding.high + 0.02  # that intervals of 95 % hold is tried below
    seen, _ = findings(noisy(2.0))
    assert seen["lira_auc", "", ""].low > 0.8
    assert seen["rmia_auc", "", ""].low > 0.7
    assert seen["released_lira_auc", "", "the audited model itself"].low > 0.6
    placebo = seen["placebo_lira_auc", "", "placebo, non-members only"]
    assert abs(placebo.value - 0.5) < 0.05


def test_null_recipes_alarm_in_at_most_one_audit_of_twenty():
    shown = []
    for seed in range(15):
        shadows = train_shadows(noisy(0.0, seed=seed, n=150))
        attacked = attack_shadows(shadows)
        estimate = attack_auc(attacked.member, attacked.lira, attacked.unit, 0.95)
        shown.append(not estimate.low <= 0.5 <= estimate.high)
        released = attack_released(shadows.released)
        estimate = attack_auc(released.member, released.rmia, released.unit, 0.95)
        shown.append(not estimate.low <= 0.5 <= estimate.high)
    assert np.mean(shown) <= 0.1  # 30 intervals of 95 %


def test_what_single_rows_give_away_lies_in_restricted_evidence_alone():
    _, evidence = findings(noisy(1.0))
    by_name = {file.name: file for file in evidence}
    assert by_name["membership_rows.csv"].restricted
    tree = json.loads(by_name["membership.json"].content)
    assert tree["threat"].startswith("The attacker has a row")
    assert "row" not in {key for curve in tree["curves"] for key in curve}
    steps = np.diff(np.array(tree["curves"][0]["points"]), axis=0) * 600 * 16 / 2
    assert ((steps < 1e-9) | (steps > 4)).all()  # no step of one to four rows


def test_membership_of_test_rows_that_are_later_is_not_told_from_lateness():
    given = noisy(0.0)
    spec = given.table.spec.model_copy(update={"split": SplitRule(kind=SplitKind.TIME)})
    found, _ = findings(replace(given, table=replace(given.table, spec=spec)))
    assert found["released_lira_auc", "", "the audited model itself"].status is CheckStatus.NOT_ESTIMABLE
    assert found["lira_auc", "", ""].status is CheckStatus.DONE


class Dear(Remembering):
    def estimate_seconds(self, n_rows, n_models):
        return 0.01 * n_rows * n_models


@pytest.mark.parametrize(
    ("seconds", "models", "rows"), [(1e6, 16, 400), (33.0, 16, 400), (12.0, 6, 400), (4.0, 4, 200)]
)
def test_a_budget_buys_models_first_and_rows_last(seconds, models, rows):
    given = remembering(0.9, 0.6)
    given = replace(
        given,
        trainer=Dear(given.table.train, 0.9, 0.6),
        options=AuditOptions(privacy_seconds=seconds),
    )
    plan = plan_attack(given)
    assert plan.seconds <= seconds
    assert plan.n_models >= FEWEST_MODELS
    assert (plan.n_models, plan.n_rows) == (models, rows) or seconds <= 12.0
    assert is_affordable(given, 200, 1) == (seconds >= 2.0)


def test_what_is_too_dear_is_not_run_and_the_ledger_says_why():
    given = remembering(0.9, 0.6)
    given = replace(
        given, trainer=Dear(given.table.train, 0.9, 0.6), options=AuditOptions(privacy_seconds=1.0)
    )
    entry, _ = run_check(given, MEMBERSHIP)
    assert entry.status is CheckStatus.NOT_RUN
    assert "takes about 4 s, and the attacks may take 1 s" in entry.reason
    everything = replace(given, options=AuditOptions(privacy_attacks=PrivacyAttacks.ALL, shadow_models=5))
    assert plan_attack(everything).n_models == 5
    assert attack_seconds(everything) == float("inf")
    nothing = replace(given, options=AuditOptions(privacy_attacks=PrivacyAttacks.NONE))
    entry, _ = run_check(nothing, EPSILON)
    assert (entry.status, "turned attacks off" in entry.reason) == (CheckStatus.NOT_RUN, True)


@pytest.mark.parametrize("kind", [ProblemKind.RANKING, ProblemKind.FORECAST])
def test_lists_and_forecasts_say_why_they_are_not_attacked(kind):
    given = remembering(0.9, 0.6)
    problem = given.table.problem.model_copy(update={"kind": kind})
    with pytest.raises(Skip) as told:
        plan_attack(replace(given, table=replace(given.table, problem=problem)))
    assert told.value.status is CheckStatus.NOT_APPLICABLE
    assert told.value.reason


def test_too_few_rows_are_not_estimable():
    entry, _ = run_check(remembering(0.9, 0.6, n=60), MEMBERSHIP)
    assert entry.status is CheckStatus.NOT_ESTIMABLE or "too few rows" in entry.reason


def test_without_private_training_there_is_nothing_to_contradict():
    entry, _ = run_check(remembering(0.99, 0.6), CONTRADICTION)
    assert entry.status is CheckStatus.NOT_APPLICABLE


def test_copies_are_counted_without_a_trainer_and_what_needs_one_says_so():
    found, _ = findings(replace(remembering(0.9, 0.2), trainer=None), MEMORISATION)
    assert found["copied_share", "", ""].value == 0.0
    assert found["memorised", "", ""].status is CheckStatus.NOT_ESTIMABLE


def test_attribute_inference_without_the_model_is_not_run():
    entry, _ = run_check(replace(remembering(0.9, 0.2), predictor=None), ATTRIBUTE_INFERENCE)
    assert entry.status is CheckStatus.NOT_RUN


def test_the_residual_risk_covers_the_truth():
    r, inside = np.random.default_rng(8), []
    for _ in range(500):
        attack, control = r.binomial(300, 0.7), r.binomial(300, 0.6)
        estimate = residual(int(attack), 300, int(control), 300, 1.96)
        inside.append(estimate.low <= 0.25 <= estimate.high)
    assert np.mean(inside) >= 0.935


def test_regressions_are_attacked_by_their_errors():
    r = np.random.default_rng(9)
    given = remembering(0.9, 0.6)
    values = r.normal(size=400)
    train, test = (
        replace(part, target=values[part.numeric[:, 0].astype(int) - 1])
        for part in (given.table.train, given.table.test)
    )
    problem = given.table.problem.model_copy(update={"kind": ProblemKind.REGRESSION, "positive": None})
    table = replace(
        given.table, problem=problem, classes=(), train=train, test=test,
        validation=replace(given.table.validation, target=np.array([0.0])),
    )  # fmt: skip

    class Fitting:
        def __init__(self, known, seed):
            self.known, self.seed = known, seed

        def predict(self, part):
            noise = np.random.default_rng(self.seed).normal(size=1000)[part.numeric[:, 0].astype(int)]
            scale = np.where(np.isin(part.numeric[:, 0], self.known), 0.1, 1.0)
            return Predictions(values=part.target + scale * noise)

    class Trainer(Remembering):
        def train(self, rows, seed, *, part=None):
            return [Fitting(part.numeric[own, 0], k) for k, own in enumerate(rows)]

    model = Fitting(train.numeric[:, 0], 77)
    given = replace(
        given, table=table, predictor=model, trainer=Trainer(train, 0, 0),
        predictions={"model": {"test": model.predict(test)}}, threshold=None,
    )  # fmt: skip
    found, _ = findings(given)
    assert found["lira_auc", "", ""].low > 0.8
    assert found["rmia_auc", "", ""].low > 0.7
