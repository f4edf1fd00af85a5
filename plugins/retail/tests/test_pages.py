from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from testamur.contracts.batch import Batch
from testamur.contracts.table import Predictions
from testamur.testing.reports import make_report
from testamur_retail.customers.check_segments import find_segments
from testamur_retail.customers.check_value import measure_value
from testamur_retail.customers.golden import segment_cases, value_cases
from testamur_retail.datasets_customers import CHURN, VALUE
from testamur_retail.datasets_demand import DAILY
from testamur_retail.datasets_shelf import MOVIELENS
from testamur_retail.insight.buyer import show_plan
from testamur_retail.insight.marketer import show_customers, show_people
from testamur_retail.insight.merchandiser import show_lists, show_shelf
from testamur_retail.insight.new_customers import list_new_customers
from testamur_retail.insight.new_data import list_new, plan_new
from testamur_retail.inventory.check import measure_plan
from testamur_retail.inventory.golden import plan_cases
from testamur_retail.shelf.golden import shelf_cases


def evidence_of(outcome):
    return {file.name: json.loads(file.content) for file in outcome.evidence}


@pytest.fixture(scope="module")
def trial():
    return evidence_of(measure_plan(plan_cases()[0].given))


def page(trial, **changed):
    tree = {**trial["reorder.json"], "trial": {**trial["reorder.json"]["trial"], **changed}}
    return show_plan(make_report(DAILY, domain="retail"), {"reorder.json": tree})


def text(content) -> str:
    return json.dumps(content, ensure_ascii=False)


def test_a_plan_that_costs_more_is_said_to_and_the_simpler_rule_is_advised(trial):
    saved = {"value": -0.2, "low": -0.3, "high": -0.1}
    told = text(page(trial, saved=saved, recommended="rival")["answer"])
    assert "cost more by 20 % (10 to 30 %)" in told
    assert "Keep to that simpler rule" in told


def drawn(trial, **changed):
    section = next(s for s in page(trial, **changed)["sections"] if s["title"] == "Was it worth it?")
    rows = [row["label"] for row in section["figures"][0]["rows"]]
    assert len(section["tables"][0]["rows"]) == len(section["figures"][1]["series"]) == len(rows)
    return rows


def test_a_learned_policy_is_an_alternative_only_where_it_wins(trial):
    told = trial["reorder.json"]["trial"]
    learned = {**told["accounts"][0], "policy": "learned", "title": "learned policy"}
    found = {
        "accounts": [*(a for a in told["accounts"] if a["policy"] != "learned"), learned],
        "by_review": {**told["by_review"], "learned": told["by_review"]["plan"]},
        "learned": {"value": 0.1, "low": 0.05, "high": 0.2},
    }
    assert drawn(trial, **found, recommended="learned")[-1] == "learned policy"
    for other in ("plan", "rival"):
        names = drawn(trial, **found, recommended=other)
        assert len(names) == 2
        assert "learned policy" not in names


def test_a_learned_policy_that_lost_is_told_with_its_loss(trial):
    told = text(page(trial, learned={"value": -0.5, "low": -0.7, "high": -0.3}))
    assert "A learned policy was tried and lost: it saved −50 % (−70 to −30 %)" in told
    assert "not trained" in text(page(trial, learned=None))


def test_a_plan_that_could_not_be_tried_is_still_a_plan(trial):
    tree = {**trial["reorder.json"], "trial": {"reason": "6 review periods are required, however: 2"}}
    content = show_plan(make_report(DAILY, domain="retail"), {"reorder.json": tree})
    assert "could not be tried" in text(content["answer"])
    assert content["sections"][0]["title"] == "What to order"


def test_assumed_terms_are_called_assumptions(trial):
    content = page(trial)
    assert "are assumptions" in content["unknown"][0]
    assert any("fall by design" in line for line in content["unknown"])


@pytest.mark.parametrize(
    ("show", "dataset"),
    [
        (show_plan, DAILY),
        (show_shelf, MOVIELENS),
        (show_lists, MOVIELENS),
        (show_customers, CHURN),
        (show_people, CHURN),
    ],
)
def test_without_evidence_every_page_says_so(show, dataset):
    answer = text(show(make_report(dataset, domain="retail"), {})["answer"])
    assert re.search(r"\bnot?\b", answer, re.IGNORECASE)


def test_the_marketers_page_names_what_a_simpler_model_does_as_well():
    evidence = evidence_of(measure_value(value_cases()[0].given)) | evidence_of(
        find_segments(segment_cases()[0].given)
    )
    figures = evidence["customer_value.json"]["figures"]
    figures["top_tenth_gain_over_bg_nbd"] = {"value": -0.1, "low": -0.2, "high": -0.05}
    told = text(show_customers(make_report(CHURN, domain="retail"), evidence))
    assert "clearly less than BG/NBD" in told
    evidence["segments.json"]["segments"][0]["standing"] = "unstable"
    assert "would not reliably be found again" in text(
        show_customers(make_report(CHURN, domain="retail"), evidence)
    )


@pytest.mark.parametrize("spec", [CHURN, VALUE], ids=lambda spec: spec.key)
def test_new_customers_are_listed_by_what_is_at_stake(spec):
    given = value_cases()[0].given
    part = given.table.test
    silent = np.linspace(0.05, 0.95, part.n_rows)
    chances = Predictions(probabilities=np.column_stack([1 - silent, silent]))
    said = chances if spec is CHURN else given.predictions["model"]["test"]
    names = tuple(f"c{i}" for i in range(part.n_rows))
    evidence = {
        file.name: json.loads(file.content) for file in measure_value(given).evidence if not file.restricted
    }
    batch = Batch(make_report(spec, domain="retail"), evidence, part, said, names, source="orders.csv")
    content = list_new_customers(batch)
    rows = content["sections"][1]["tables"][0]["rows"]
    assert len(rows) == min(part.n_rows, 200)
    assert {row[0] for row in rows} <= set(names)
    if spec is CHURN:
        stated = dict(zip(names, silent, strict=True))
        assert all(row[1] == pytest.approx(stated[row[0]], abs=1e-6) for row in rows)
    else:
        assert "that of BG/NBD" in content["sections"][1]["notes"][0]
    assert "expected of them" in content["answer"][0]
    assert re.search(
        r"it expected [\d.]+ \([\d.]+ to [\d.]+\) times what came \([\d,]+ customers\)", content["answer"][1]
    )
    assert "holds no trial" in list_new_customers(replace(batch, evidence={}))["answer"]


def test_new_series_get_a_plan_under_the_terms_of_the_dossier(trial):
    given = plan_cases()[0].given
    part = given.table.test
    predictions = given.predictor.predict(part)
    names = tuple(f"s{i}" for i in range(part.n_rows))
    batch = Batch(make_report(DAILY, domain="retail"), trial, part, predictions, names)
    content = plan_new(batch)
    rows = content["sections"][0]["tables"][0]["rows"]
    assert len(rows) == part.n_rows
    assert all(row[2] == 140 for row in rows)  # ten a day until the delivery after the next look
    empty = replace(batch, evidence={})
    assert plan_new(empty)["answer"].startswith("No plan can be made")


def test_new_users_get_their_lists():
    given = shelf_cases()[0].given
    part = given.table.test
    said = given.predictions["model"]["test"]
    names = tuple(f"u{i}" for i in range(part.n_rows))
    batch = Batch(make_report(MOVIELENS, domain="retail"), {}, part, said, names, items=given.table.items)
    assert "1. film 3; 2. film 8" in text(list_new(batch))
    assert list_new(replace(batch, predictions=Predictions()))["answer"] == "The model gives no lists."
