from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from testamur.contracts.batch import Batch
from testamur.contracts.table import Predictions
from testamur.testing.reports import make_report
from testamur_education.checks import course_answers, dif, early_warning, mastery, path
from testamur_education.datasets.course import COURSE
from testamur_education.datasets.grades import GPA2
from testamur_education.datasets.swesat import QUANT
from testamur_education.golden.answers import dif_cases, make_answers
from testamur_education.golden.classes import warning_cases
from testamur_education.golden.course import make_questions
from testamur_education.reports import course, items, learner
from testamur_education.reports import early_warning as class_page
from testamur_education.reports import mastery as mastery_page


def seen(*outcomes):
    return {file.name: json.loads(file.content) for outcome in outcomes for file in outcome.evidence}


def report_of(dataset, *outcomes):
    findings = tuple(finding for outcome in outcomes for finding in outcome.findings)
    return make_report(dataset, domain="education").model_copy(update={"findings": findings})


@pytest.fixture(scope="module")
def answered():
    rng = np.random.default_rng(0)
    theta = rng.normal(size=120)
    right = (rng.random((120, 10)) < 1 / (1 + np.exp(-1.5 * theta[:, None]))).astype(int)
    given = make_answers([("a", row.tolist()) for row in right])
    return given, (mastery.run(given), path.run(given))


def test_a_classs_page_holds_no_learner(answered):
    _, outcomes = answered
    evidence = seen(*outcomes)
    page = mastery_page.render(report_of(QUANT, *outcomes), evidence)
    assert "learner 7" not in json.dumps(page)
    assert page["sections"][0]["figures"]
    assert any("one sitting" in words for words in page["unknown"])


def test_a_learners_page_says_how_sure_it_is(answered):
    _, outcomes = answered
    page = learner.render(report_of(QUANT, *outcomes), seen(*outcomes))
    assert "Not for grading" in page["notice"]
    assert "with 90 % probability between" in page["sections"][0]["answer"]
    assert page["sections"][-1]["tables"][0]["rows"][0][1].keys() == {"value", "low", "high"}


def test_new_learners_get_a_path_over_what_they_were_not_asked(answered):
    given, outcomes = answered
    part = given.table.test
    target = np.where(part.categorical[:, 0] > 6, -1, part.target)
    rows = replace(part, target=target, carried={"learner": np.repeat([f"p{i}" for i in range(120)], 10)})
    batch = Batch(
        report=report_of(QUANT, *outcomes),
        evidence=seen(*outcomes),
        rows=rows,
        predictions=Predictions(),
        names=(),
        items=tuple(f"item {j + 1}" for j in range(10)),
        source="class.csv",
    )
    page = learner.batch(batch)
    listed = page["sections"][-1]["tables"][0]["rows"]
    assert len(listed) == 120
    steps = page["sections"][0]["tables"][0]["rows"]
    assert {step[0] for step in steps} <= {"item 7", "item 8", "item 9", "item 10"}
    assert all(0 < step[1] < 1 for step in steps)


def test_a_class_of_tomorrow_is_counted_with_its_uncertainty():
    given = warning_cases()[0].given
    outcome = early_warning.run(given)
    report = report_of(GPA2, outcome)
    page = class_page.render(report, seen(outcome))
    assert "10 students" in page["answer"][0]
    batch = Batch(
        report=report,
        evidence=seen(outcome),
        rows=given.table.test,
        predictions=given.predictions["model"]["test"],
        names=tuple(f"s{i}" for i in range(10)),
    )
    page = class_page.batch(batch)
    assert [row[0] for row in page["sections"][0]["tables"][0]["rows"]] == ["s0", "s1"]
    assert page["tiles"][0]["low"] < page["tiles"][0]["value"] < page["tiles"][0]["high"]


def test_items_of_a_review_stand_with_class_and_both_tests():
    outcome = dif.run(dif_cases()[0].given)
    page = items.render(report_of(QUANT, outcome), seen(outcome))
    assert page["tiles"][0] == {"label": "class C, large", "value": 2, "unit": "count"}
    assert len(page["sections"][0]["tables"][0]["rows"]) == 4


def test_a_question_is_answered_with_its_passage_or_not_at_all():
    given = make_questions([1] * 60, withheld=20)
    sure = Predictions(probabilities=np.column_stack([1 - _sure(given), _sure(given)]))
    given = replace(given, predictions={"model": {"test": sure, "validation": sure}})
    outcome = course_answers.run(given)
    report = report_of(COURSE, outcome)
    page = course.render(report, seen(outcome))
    kinds = {one["kind"] for one in page["examples"]}
    assert kinds == {"answered, rightly", "rightly silent: its passage was withheld"}
    batch = Batch(
        report=report,
        evidence=seen(outcome),
        rows=given.table.test,
        predictions=sure,
        names=(),
        source="q.csv",
    )
    told = course.batch(batch)
    assert sum(one["answered"] for one in told["examples"]) == 60
    assert told["notice"] == ""
    other = replace(
        batch, rows=replace(batch.rows, carried={**batch.rows.carried, "corpus": ["another"] * 240})
    )
    assert "not measured for this course" in course.batch(other)["notice"]


def _sure(given):
    """High for the own passage, low for all others."""
    return np.where(given.table.test.target == 1, 0.95, 0.03)
