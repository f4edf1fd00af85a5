"""Whole walks: a credit job from its file to the pages, and a forecast of made prices with its own audit."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import testamur
import testamur_finance
from testamur.contracts.finding import CheckStatus
from testamur.jobs.jobfile import apply_settings, read_job_file

EXAMPLES = Path(testamur_finance.__file__).parent / "examples"
SHORT = ["bootstrap=100", "self_check='off'", "privacy_attacks='none'", "baselines='few'"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def credit(home):
    tree = apply_settings(read_job_file(EXAMPLES / "credit.toml"), [f"audit.{setting}" for setting in SHORT])
    return testamur.run(tree, home=home)


def entries(report, prefix):
    return {c.check: c for c in report.coverage if c.check.startswith(prefix)}


def test_every_question_of_a_lender_is_answered(credit):
    asked = entries(credit.report, "finance.credit.")
    assert len(asked) == 5
    assert {entry.status for entry in asked.values()} == {CheckStatus.DONE}
    assert not entries(credit.report, "finance.market.")


def test_single_people_are_on_the_restricted_page_alone(credit):
    letters = credit.dossier / "restricted" / "pages" / "finance.letters_page.html"
    assert "Principal reasons" in letters.read_text(encoding="utf-8")
    shared = [path for path in credit.dossier.rglob("*.html") if "restricted" not in path.parts]
    assert len(shared) == 2
    for path in shared:
        assert "Principal reasons" not in path.read_text(encoding="utf-8")
    report = json.loads((credit.dossier / "report.json").read_text(encoding="utf-8"))
    assert "finance.letters_page" not in report["sections"]
    assert not (credit.dossier / "evidence" / "finance_letters.json").exists()


def test_the_scorecard_was_fitted_and_not_trained_by_epochs(credit):
    training = credit.report.training
    assert training.model == "finance.scorecard"
    assert training.n_parameters == 0 or training.epochs_run == 0


def test_a_wrong_feature_is_refused_in_words(home):
    from testamur.contracts.errors import TestamurError

    tree = apply_settings(read_job_file(EXAMPLES / "credit.toml"), ['model.options.without=["colour"]'])
    with pytest.raises(TestamurError, match="colour"):
        testamur.run(tree, home=home)


def test_made_prices_walk_through_as_the_declared_ones_would(home, tmp_path):
    rng = np.random.default_rng(0)
    scale = np.exp(0.5 * np.sin(np.arange(2000) / 60))
    price = 100 * np.exp(np.cumsum(0.01 * scale * rng.standard_t(5, 2000)))
    days = [datetime(2010, 1, 1) + timedelta(days=i) for i in range(2000)]
    path = tmp_path / "own.csv"
    pl.DataFrame({"Day": days, "Close": price}).write_csv(path)
    done = testamur.run(
        {
            "dataset": {
                "use": "finance.sp500", "path": str(path), "columns": {"date": "Day", "price": "Close"}
            },
            "model": {"use": "finance.returns", "options": {"architecture": "mlp"}},
            "training": {"epochs": 3},
            "audit": {"policy": "finance.market", "bootstrap": 100},
        },
        home=home,
    )  # fmt: skip
    asked = entries(done.report, "finance.market.")
    assert {entry.status for entry in asked.values()} == {CheckStatus.DONE}
    found = {f.measure: f for f in done.report.findings if f.check.startswith("finance.market")}
    assert found["pinball_ratio_historical"].value < 1
    assert 0 < found["coverage_05"].value < 0.12
    page = (done.dossier / "pages" / "finance.market_page.html").read_text(encoding="utf-8")
    assert "could not be told" in page
    assert "by time" in done.report.data.split
