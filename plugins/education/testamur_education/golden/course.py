"""Made questions for the golden cases of the course's answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.table import Predictions
from testamur.testing.tables import make_input
from testamur_education.qa.features import STAGES
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


def retrieval_cases() -> list[GoldenCase]:
    """Twenty questions: words place the passage third, or twelfth; meaning first, or beyond the tenth.

    Of the last five the words' place is the 21st and meaning's the second: meaning alone finds them.
    """
    words = np.array([3.0] * 10 + [12.0] * 5 + [21.0] * 5)
    meaning = np.array([1.0] * 10 + [11.0] * 5 + [2.0] * 5)
    fused = np.array([1.0] * 10 + [4.0] * 10)
    places = dict(zip(STAGES, (words, words, meaning, fused), strict=True))
    either = (10 + 5) / 20
    by_words = 10 / 3 / 20
    return [
        GoldenCase(
            "meaning finds five that words miss",
            _placed(places),
            (
                ("mrr_bm25", "", by_words),
                ("mrr_meaning", "", (10 + 5 / 2) / 20),
                ("recall_by_words", "", 10 / 20),
                ("recall_meaning", "", either),
                ("found_more_than_by_words", "", either - 15 / 20),
                ("mrr_gain_of_meaning_over_bm25", "", (10 + 10 / 4) / 20 - by_words),
            ),
        ),
        GoldenCase(
            "too few questions", _placed({k: v[:5] for k, v in places.items()}), (("mrr_bm25", "", None),)
        ),
    ]


def _placed(places: Mapping[str, Any]) -> AuditInput:
    """Questions of three candidates, with the places of their own passages in every ranking."""
    n = len(places["bm25"])
    given = make_questions([1] * n, withheld=2)
    part = given.table.test
    own = {f"own_{k}": np.r_[np.repeat(v, 3), np.zeros(6)] for k, v in places.items()}
    carried = {**part.carried, **own, "found_by": np.array(["both"] * part.n_rows)}
    return replace(given, table=replace(given.table, test=replace(part, carried=carried)))
