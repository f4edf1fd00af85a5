from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from testamur.contracts.finding import CheckStatus
from testamur_finance.checks.alternatives import search_alternatives
from testamur_finance.checks.approval import measure_approval
from testamur_finance.checks.cost import measure_cost
from testamur_finance.checks.reasons import measure_reasons
from testamur_finance.checks.recourse import measure_recourse
from testamur_finance.credit.alternatives import Candidate, frontier, propose, widest_attribute
from testamur_finance.credit.explain import against, reference_rows
from testamur_finance.credit.lending import implied_costs
from testamur_finance.credit.parts import take
from testamur_finance.credit.reasons import kept_share, nearest_approved, overlap, top_reasons
from testamur_finance.credit.variants import Variant
from testamur_finance.options import ScorecardOptions


def value(outcome, measure, group=""):
    return next(f for f in outcome.findings if f.measure == measure and str(f.group or "") == group)


def evidence(outcome, name):
    return json.loads(next(f.content for f in outcome.evidence if f.name == name))


def test_costs_implied_by_the_threshold_are_those_of_the_file():
    assert implied_costs(1 / 6).miss == pytest.approx(5.0)
    assert implied_costs(0.5).miss == pytest.approx(1.0)


def test_cost_is_the_mean_over_the_test_rows(lent):
    event, target = lent.predictions["model"]["test"].event, lent.table.test.target
    approved = event < 1 / 6
    by_hand = np.mean(np.where(approved, 5 * target, 1 - target))
    assert value(measure_cost(lent), "cost_per_decision").value == pytest.approx(by_hand)


def test_approval_of_a_group_too_small_is_not_estimable(lent):
    found = value(measure_approval(lent), "approval_rate", "no")
    assert found.status is CheckStatus.NOT_ESTIMABLE
    assert "20 are required" in found.reason


def test_a_rate_is_rounded_where_a_count_behind_it_is_withheld(lent):
    event = np.where(np.arange(lent.table.test.n_rows) < 3, 0.0, 0.9)
    said = lent.predictions["model"]["test"]
    few = replace(said, probabilities=np.column_stack([1 - event, event]))
    outcome = measure_approval(replace(lent, predictions={"model": {"test": few}}))
    rates = [f for f in outcome.findings if f.measure == "approval_rate" and f.value is not None]
    assert all(f.step > 0 for f in rates if 0 < round(f.value * f.n) < 5)
    shown = evidence(outcome, "finance_approval.json")["attributes"][0]["groups"]
    for row, rate in zip(shown, rates, strict=False):
        assert row["rounded"]
        assert row["value"] == pytest.approx(round(row["value"] / rate.step) * rate.step)
        assert row["n"] % 10 == 0


def test_what_is_withheld_of_a_small_group_does_not_follow_from_the_others(lent):
    """Of five applicants who are no foreign workers nothing is told; nor by what is told of the 295."""
    event, position = lent.predictions["model"]["test"].event, 2
    attribute = lent.table.attributes[position]
    assert attribute.name == "foreign_worker"
    few = np.flatnonzero(lent.table.test.groups[:, position] == attribute.levels.index("no"))
    assert 0 < few.size < 20
    told = []
    for n_approved in range(1, few.size):  # of the few; 100 of all
        said = np.full(event.size, 0.9)
        said[few] = np.where(np.arange(few.size) < n_approved, 0.0, 0.9)
        others = np.setdiff1d(np.arange(event.size), few)
        said[others] = np.where(np.arange(others.size) < 100 - n_approved, 0.0, 0.9)
        model = replace(lent.predictions["model"]["test"], probabilities=np.column_stack([1 - said, said]))
        outcome = measure_approval(replace(lent, predictions={"model": {"test": model}}))
        tree = evidence(outcome, "finance_approval.json")["attributes"][position]
        told.append(json.dumps(tree, sort_keys=True))
    assert len(told) == 4
    assert all(told.count(tree) > 1 for tree in told)


def test_reasons_are_the_largest_against_and_never_in_favour():
    values = np.array([[0.5, -1.0, 0.2, 0.9, 0.1, 0.3], [-1.0, -2.0, -0.1, -0.2, -0.3, -0.4]])
    assert top_reasons(values).tolist() == [[3, 0, 5, 2], [-1, -1, -1, -1]]


def test_overlap_and_kept_share_by_hand():
    first, second = np.array([[0, 1, 2, 3]]), np.array([[2, 3, 4, -1]])
    assert overlap(first, second).tolist() == [2 / 5]
    assert kept_share(first, [second, first]).tolist() == [[0.5, 0.5, 1.0, 1.0]]


def test_the_reference_is_the_approved_nearest_to_the_line():
    event = np.array([0.1, 0.16, 0.5, 0.12, 0.15])
    assert nearest_approved(event, 1 / 6, 2).tolist() == [1, 4]


def test_reasons_of_a_scorecard_are_shapley_values_of_its_score(lent, card):
    refused = take(lent.table.test, np.flatnonzero(card.predict(lent.table.test).event >= 1 / 6)[:8])
    reference = reference_rows(lent, card, 1 / 6)
    exact = against(card, refused, reference)
    gap = card.score(refused) - card.score(reference).mean()
    assert exact.sum(axis=1) == pytest.approx(gap)


def test_reasons_of_single_people_are_restricted_and_aggregates_withhold_small_counts(lent):
    outcome = measure_reasons(lent)
    letters = next(f for f in outcome.evidence if f.name == "finance_letters.json")
    shared = evidence(outcome, "finance_reasons.json")
    assert letters.restricted
    assert all(row["n"] is None or row["n"] >= 5 for row in shared["reasons"])
    assert value(outcome, "refused").value == len(json.loads(letters.content)["applicants"])
    assert 0 < value(outcome, "reason_overlap").value < 1
    assert all(len(a["reasons"]) <= 4 for a in json.loads(letters.content)["applicants"])


def test_ways_change_only_what_can_be_changed(lent, monkeypatch):
    monkeypatch.setattr("testamur_finance.checks.recourse.MOST_APPLICANTS", 25)
    outcome = measure_recourse(lent)
    paths = next(f for f in outcome.evidence if f.name == "finance_paths.json")
    assert paths.restricted
    fixed = {c.label for c in lent.table.spec.columns if c.immutable}
    ways = [way for a in json.loads(paths.content)["applicants"] for way in a["ways"]]
    assert ways
    assert all(change["label"] not in fixed for way in ways for change in way["changes"])
    assert all(way["probability"] < 1 / 6 for way in ways)


def test_every_group_has_a_share_of_ways_or_the_reason_why_not(lent, monkeypatch):
    monkeypatch.setattr("testamur_finance.checks.recourse.MOST_APPLICANTS", 25)
    told = [f for f in measure_recourse(lent).findings if f.group is not None]
    levels = {f"{a.name}={level}" for a in lent.table.attributes for level in a.levels}
    assert {f"{f.attribute}={f.group.levels[f.attribute]}" for f in told} == levels
    unsaid = [f for f in told if f.value is None]
    assert unsaid
    assert all("required" in f.reason or "withheld" in f.reason for f in unsaid)


def test_the_search_looks_at_test_rows_once_and_only_for_the_proposed_one(lent):
    outcome = search_alternatives(lent)
    tree = evidence(outcome, "finance_alternatives.json")
    assert len(tree["candidates"]) == value(outcome, "candidates").value > 50
    assert sum(c["chosen"] for c in tree["candidates"]) <= 1
    assert tree["candidates"][0]["words"] == "the job's recipe"
    shuffled = replace(lent.table.test, target=1 - lent.table.test.target)
    again = search_alternatives(replace(lent, table=replace(lent.table, test=shuffled)))
    assert evidence(again, "finance_alternatives.json")["candidates"] == tree["candidates"]


def made(cost, gap):
    return Candidate(Variant("x", ScorecardOptions()), 0.5, "x", cost, gap, 0.5)


def test_the_frontier_holds_what_nothing_beats():
    candidates = [made(1.0, 0.2), made(1.1, 0.1), made(1.1, 0.2), made(0.9, 0.3)]
    assert frontier(candidates) == [True, True, False, True]


def test_an_alternative_may_cost_a_hundredth_more_and_must_gain_one_point():
    assert propose([made(1.0, 0.2), made(1.02, 0.0)]) is None
    assert propose([made(1.0, 0.2), made(1.0, 0.195)]) is None
    chosen = propose([made(1.0, 0.2), made(1.009, 0.1), made(0.9, 0.15)])
    assert chosen is not None
    assert chosen.gap == 0.1


def test_the_search_is_for_the_attribute_by_which_approvals_lie_furthest_apart(german, lent):
    names = [attribute.name for attribute in german.attributes]
    recipe = Variant("x", ScorecardOptions(ridge=10.0))
    among = [names.index("age"), names.index("sex")]
    found = widest_attribute(german, recipe, among=among, threshold=1 / 6, minimum=20, seed=0)
    assert found in among
    only = widest_attribute(german, recipe, among=among[1:], threshold=1 / 6, minimum=20, seed=0)
    assert names[only] == "sex"
    assert evidence(search_alternatives(lent), "finance_alternatives.json")["attribute"] == names[found]
