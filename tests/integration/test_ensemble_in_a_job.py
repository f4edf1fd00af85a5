"""A job with the cross-fitted ensemble: its threshold rests on held-out rows, its parts stand beside it."""

import json

import numpy as np
import pytest

from testamur.audit.catalogue import ALL_CHECKS
from testamur.audit.threshold import choose_threshold
from testamur.contracts.job import JobSpec
from testamur.pipeline import run_job as walk_module
from testamur.testing.rules.policies import known_measures
from testamur.train import boosting

from .test_walk import SHORT, spec_of, walk, write_table

OPTIONS = {"members": 4, "folds": 4, "hidden": 16, "bins": 4}


def with_ensemble(spec: JobSpec, *, baselines="auto", **options) -> JobSpec:
    tree = spec.model_dump(mode="json", exclude_unset=True)
    tree["model"] = {"use": "core.ensemble", "options": {**OPTIONS, **options}}
    tree["audit"] |= {**SHORT, "baselines": baselines}
    return JobSpec.parse(tree)


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    monkeypatch.setattr(boosting, "MOST_TREES", 20)


@pytest.fixture
def seen(monkeypatch):
    """What the walk hands to the audit."""
    kept, real = {}, walk_module._question

    def remember(job, policy, table, predictions, model, *rest):
        kept.update(table=table, predictions=predictions, model=model, policy=policy)
        return real(job, policy, table, predictions, model, *rest)

    monkeypatch.setattr(walk_module, "_question", remember)
    return kept


def beside(outcome):
    return {f.subject for f in outcome.report.findings if f.measure == "baseline_auc"}


def test_a_blend_stands_beside_its_parts_and_decides_by_held_out_rows(tmp_path, seen):
    spec = with_ensemble(spec_of(write_table(tmp_path / "mine.csv"), positive="yes"))
    outcome = walk(spec, tmp_path)
    assert beside(outcome) == {"naive", "linear", "boosting", "bagged", "networks"}
    held = seen["model"].held_out["validation"].event
    assert np.array_equal(seen["predictions"]["model"]["validation"].event, held)
    assert not np.array_equal(seen["model"].predictor.predict(seen["table"].validation).event, held)
    target = seen["table"].validation.target
    assert outcome.report.threshold == choose_threshold(None, seen["policy"], target, held)[0]
    training = json.loads((outcome.dossier / "report.json").read_text())["training"]
    assert len(training["member_epochs"]) == 4
    assert 0 <= training["settled"]["share of gradient boosting"] <= 1
    page = (outcome.dossier / "report.html").read_text()
    assert "settled on held-out rows" in page
    assert "bagged gradient boosting" in page
    assert "each member kept the weights of its own best epoch" in page


@pytest.mark.parametrize(("baselines", "bagged"), [("few", False), ("auto", False), ("all", True)])
def test_the_bag_stands_beside_a_model_where_it_is_asked_for(tmp_path, baselines, bagged):
    """Of itself from 1,000 rows on; these are 500."""
    spec = with_ensemble(
        spec_of(write_table(tmp_path / "mine.csv", kind="regression")), baselines=baselines, blend=False
    )
    outcome = walk(spec, tmp_path)
    found = {f.subject for f in outcome.report.findings if f.measure.startswith("baseline_")}
    assert ("bagged" in found) is bagged
    assert {"naive", "linear", "boosting"} <= found


def test_a_limit_may_be_set_on_the_gain_over_each_of_them():
    check = next(check for check in ALL_CHECKS if check.key == "core.performance.discrimination")
    wanted = {f"auc_gain_over_{name}" for name in ("naive", "linear", "boosting", "bagged")}
    assert wanted <= known_measures(check)
