"""Explanations of several classes: one class against the rest, at no further question to the model."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from testamur.audit import explanation
from testamur.audit.golden_model import ThreeClasses, with_classes
from testamur.audit.one_class import Answered
from testamur.audit.run import run_check
from testamur.contracts.errors import TestamurError
from testamur.contracts.finding import CheckStatus

NUMERIC = np.tile([-1.0, 0.5, 1.0], 60)[:, None]


class Counting:
    """A model that counts the rows it is asked about."""

    def __init__(self, model):
        self.model, self.n_asked = model, 0

    def predict(self, part):
        self.n_asked += part.n_rows
        return self.model.predict(part)


def ran(given, check):
    entry, outcome = run_check(given, check)
    assert entry.status is CheckStatus.DONE, entry.reason
    return outcome


def test_contributions_are_told_of_the_stated_class_and_of_every_class():
    outcome = ran(with_classes(ThreeClasses((0.1, -0.1, 0.0)), NUMERIC), explanation.SHAPLEY)
    by_measure = {f.measure: f for f in outcome.findings}
    assert set(by_measure) == {"contribution", *(f"contribution_to_{k}" for k in "abc")}
    assert "class that is stated" in by_measure["contribution"].label
    assert by_measure["contribution_to_a"].label.endswith("probability of a")
    files = {file.name: json.loads(file.content) for file in outcome.evidence}
    assert [part["name"] for part in files["contributions.json"]["classes"]] == ["a", "b", "c"]
    people = files["reasons.json"]["people"]
    assert {person["class"] for person in people} == {"a", "b"}
    for person in people:
        adds = sum(reason["adds"] for reason in person["reasons"])
        assert person["answer"] - person["usual"] == pytest.approx(adds, abs=1e-6)


def test_further_classes_cost_no_further_question():
    counting = Counting(ThreeClasses((0.1, -0.1, 0.0)))
    given = with_classes(ThreeClasses((0.1, -0.1, 0.0)), NUMERIC)
    ran(replace(given, predictor=counting), explanation.EFFECTS)
    assert counting.n_asked == 2 * 60 + 2 * len(
        NUMERIC
    )  # a screen, then all rows, at both edges of their bins


def test_another_question_in_the_place_of_the_first_is_refused():
    given = with_classes(ThreeClasses((0.1, -0.1, 0.0)), NUMERIC)
    answered = Answered(ThreeClasses((0.1, -0.1, 0.0)))
    whole = answered.of_class(0).predict(given.table.test).event
    assert np.allclose(whole + answered.of_class(1).predict(given.table.test).event, 0.7)
    assert len(answered.kept) == 1
    with pytest.raises(TestamurError, match="asked before is required, of 180 rows, however: 1 rows"):
        answered.of_class(0).predict(given.table.validation)


def test_the_curve_is_that_of_the_class_that_moves_most():
    outcome = ran(with_classes(ThreeClasses((0.05, -0.1, 0.05)), NUMERIC), explanation.EFFECTS)
    (finding,) = outcome.findings
    assert "probability of b, which moves most" in finding.note
    (curve,) = json.loads(outcome.evidence[0].content)["curves"]
    assert curve["class"] == "b"
    assert curve["effect"][-1] < curve["effect"][0]
