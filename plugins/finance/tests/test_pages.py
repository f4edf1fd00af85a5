from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from testamur.contracts.table import Predictions
from testamur_finance.checks.allocation import measure_allocation
from testamur_finance.checks.alternatives import search_alternatives
from testamur_finance.checks.approval import measure_approval
from testamur_finance.checks.cost import measure_cost
from testamur_finance.checks.direction import measure_direction
from testamur_finance.checks.golden_market import allocation_cases, make_forecast
from testamur_finance.checks.pinball import measure_pinball
from testamur_finance.checks.reasons import measure_reasons
from testamur_finance.checks.recourse import measure_recourse
from testamur_finance.checks.tails import measure_tails
from testamur_finance.reports.advice import make_advice
from testamur_finance.reports.batch import make_credit_batch, make_market_batch
from testamur_finance.reports.credit import make_credit
from testamur_finance.reports.letters import make_letters
from testamur_finance.reports.market import make_market

KINDS = {"lines", "intervals", "bars"}
REPORT = SimpleNamespace(
    policy=SimpleNamespace(title="Credit", jurisdiction="EU"),
    data=SimpleNamespace(event="did not pay back"),
)


def evidence(*outcomes, restricted=False):
    files = [file for outcome in outcomes for file in outcome.evidence]
    return {f.name: json.loads(f.content) for f in files if restricted or not f.restricted}


def whole(content):
    """The content as the platform keeps it: plain JSON without NaN; figures of known kinds."""
    again = json.loads(json.dumps(content, allow_nan=False))
    for section in again.get("sections", []):
        assert section["answer"]
        assert {figure["kind"] for figure in section.get("figures", [])} <= KINDS
        for table in section.get("tables", []):
            assert all(len(row) == len(table["columns"]) for row in table["rows"])
    return again


def noisy(n_series=1, n_days=800, n_rows=300):
    returns = np.random.default_rng(0).normal(size=(n_series, n_days))
    stated = np.tile([-2.326, 0.0, 2.326], (n_series, n_rows, 1))
    return make_forecast(returns, stated, others={"historical": 1.5 * stated, "garch": stated})


@pytest.fixture(scope="module")
def credit(lent):
    patch = pytest.MonkeyPatch()
    patch.setattr("testamur_finance.checks.recourse.MOST_APPLICANTS", 25)
    found = evidence(
        measure_cost(lent),
        measure_approval(lent),
        search_alternatives(lent),
        measure_reasons(lent),
        measure_recourse(lent),
        restricted=True,
    )
    patch.undo()
    return found


def test_the_lenders_page_claims_no_compliance_and_names_no_row(credit):
    shared = {
        name: tree
        for name, tree in credit.items()
        if name not in ("finance_letters.json", "finance_paths.json")
    }
    page = whole(make_credit(REPORT, shared))
    assert len(page["sections"]) == 5
    assert "Nothing on this page shows that a law is complied with" in page["notice"]
    text = json.dumps(page)
    assert "fair" not in text.lower().replace("fairly", "")
    assert '"row"' not in text


def test_the_lenders_page_lives_with_a_ledger_that_ran_nothing():
    assert whole(make_credit(REPORT, {}))["sections"] == []


def test_letters_hold_at_most_four_reasons_and_mark_what_is_not_steady(credit):
    page = whole(make_letters(REPORT, {f"restricted/{name}": tree for name, tree in credit.items()}))
    assert page["letters"]
    assert all(1 <= len(letter["reasons"]) <= 4 for letter in page["letters"])
    assert any("not steady" in reason["kept"] for letter in page["letters"] for reason in letter["reasons"])
    assert any(letter["ways"] for letter in page["letters"])


@pytest.mark.parametrize("n_series", [1, 3])
def test_the_risk_officers_page_says_what_cannot_be_told(n_series):
    given = noisy(n_series)
    page = whole(
        make_market(REPORT, evidence(measure_pinball(given), measure_tails(given), measure_direction(given)))
    )
    assert "could not be told: none of 3 forecasts" in page["answer"][0]
    assert len(page["sections"]) == 3
    assert any("Do not take a position" in item["text"] for item in page["advice"])


def test_a_leak_is_suspected_where_every_forecast_wins():
    row = {
        "name": "x", "p_adjusted": 0.001, "statistic": 5.0, "lead": 0.1, "lead_low": 0.05, "lead_high": 0.2,
        "r2": 0.2, "r2_low": 0.1, "r2_high": 0.3, "hit_rate": 0.6,
    }  # fmt: skip
    tree = {"rows": [row], "always_up": 0.5, "n": 100, "states_mean": True}
    page = whole(make_market(REPORT, {"finance_direction.json": tree}))
    assert "look for a leak" in page["answer"][0]


def test_the_advisers_page_shows_every_way_and_is_no_advice():
    given = allocation_cases()[0].given
    page = whole(make_advice(REPORT, evidence(measure_allocation(given))))
    assert "Not investment advice" in page["notice"]
    ways = next(s for s in page["sections"] if s["title"] == "How it would have gone")["tables"][0]["rows"]
    assert ways[0][0] == "equal weight"
    assert len(ways) == 5


def test_the_advisers_page_without_an_allocation_says_so():
    assert "No allocation" in make_advice(REPORT, {})["answer"]


def test_new_prices_get_bounds_in_per_cent_of_price():
    levels = [0.01, 0.05, 0.5, 0.95, 0.99]
    quantiles = np.array([[[-5.0, -2.0, 0.0, 2.0, 5.0]]])
    batch = SimpleNamespace(
        predictions=Predictions(quantiles=quantiles),
        evidence={"finance_pinball.json": {"levels": levels}},
        names=("T0",),
        notes=(),
    )
    page = whole(make_market_batch(batch))
    assert page["sections"][0]["tables"][0]["rows"][0][:2] == ["T0", "\u22124.88 %"]
    assert (
        "states no quantiles"
        in make_market_batch(SimpleNamespace(**{**vars(batch), "evidence": {}}))["answer"]
    )


def test_new_applicants_are_ordered_and_refused_from_the_threshold_on():
    event = np.array([0.1, 0.5, 0.2])
    batch = SimpleNamespace(
        predictions=Predictions(probabilities=np.column_stack([1 - event, event])),
        report=SimpleNamespace(threshold=0.2),
        names=("a", "b", "c"),
        notes=(),
    )
    rows = make_credit_batch(batch)["sections"][0]["tables"][0]["rows"]
    assert [(row[0], row[2]) for row in rows] == [("b", "refuse"), ("c", "refuse"), ("a", "approve")]
