"""Made questions for the golden cases of the course's answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.table import Predictions
from testamur.testing.tables import make_input
from testamur_education.qa.pairs import HAS, WITHHELD

TEXTS = ("question", "passage_text", "passage_source", "corpus")


def make_questions(places: list[int], withheld: int) -> AuditInput:
    """Questions of three candidates each; the own passage stands at a place, then some without one."""
    target, event, names, states = [], [], [], []
    for number, place in enumerate([*places, *[0] * withheld]):
        for candidate in (1, 2, 3):
            target.append(int(candidate == place))
            event.append(0.9 - 0.3 * (candidate - 1))
            names.append(f"q{number:03d}")
            states.append(HAS if place else WITHHELD)
    given = make_input(target, event)
    n = len(target)
    texts: Mapping[str, Any] = {
        "question_id": np.array(names),
        "state": np.array(states),
        **{
            name: np.array(["A text."] * n)
            for name in ("question", "passage_text", "passage_source", "corpus")
        },
    }
    entity = np.arange(n, dtype=np.int64) // 6
    part = replace(given.table.test, carried=texts, entity=entity)
    table = replace(given.table, train=part, validation=part, test=part)
    last = np.linspace(0.1, 0.9, n)  # a baseline that orders the candidates the other way round
    opposite = Predictions(probabilities=np.column_stack([1 - last, last]))
    predictions = {
        **given.predictions,
        "boosting": {"test": opposite, "validation": opposite},
        "tfidf": given.predictions["model"],
    }
    return replace(given, table=table, predictions=predictions)


def course_cases() -> list[GoldenCase]:
    """Fifteen passages stand first and five second: (15 + 5/2) / 20; in the baseline third and second."""
    places = [1] * 15 + [2] * 5
    return [
        GoldenCase(
            "twenty questions",
            make_questions(places, withheld=20),
            (
                ("mrr", "", (15 + 5 / 2) / 20),
                ("recall_at_1", "", 15 / 20),
                ("recall_at_5", "", 1.0),
                ("mrr_gain_over_tfidf", "", 0.0),
                ("mrr_gain_over_boosting", "", (15 * (1 - 1 / 3)) / 20),
                ("answered_share", "", 0.0),
                ("confidence_gap", "", 0.0),
            ),
            tolerance=1e-3,
        ),
        GoldenCase("three questions", make_questions([1, 1, 2], withheld=0), (("mrr", "", None),)),
    ]
