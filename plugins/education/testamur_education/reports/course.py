"""The page of a course's questions: answers with their passages, and honest silence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from testamur.contracts.batch import Batch
from testamur.contracts.report import Report
from testamur_education.qa.abstain import ANSWER_FROM, Calibration
from testamur_education.qa.asked import gather_questions
from testamur_education.qa.examples import answer_of
from testamur_education.reports.course_meaning import by_meaning
from testamur_education.reports.evidence import estimate, finding, percent, says_what_is_missing, tree_of

KEY = "education.course_answers"
NAMES = {
    "model": "the model",
    "naive": "fused ranking, as retrieved",
    "tfidf": "TF-IDF alone",
    "bm25": "BM25 alone",
    "meaning": "MiniLM's cosine alone",
    "linear": "logistic regression",
    "bagged": "bagged boosting",
    "boosting": "gradient boosting",
}
ADVICE = (
    {
        "text": "Read the passage, not the answer alone; follow it to its source.",
        "why": "A quotation can be true and still not answer the question.",
        "source": (
            "N. F. Liu et al.: Evaluating verifiability in generative search engines, EMNLP Findings 2023"
        ),
    },
    {
        "text": "Where it says 'I do not know', ask a person, and add the passage to the course.",
        "why": "Silence is the right answer where the course has none; a gap in the course is worth knowing.",
        "source": "P. Rajpurkar et al.: Know what you don't know (SQuAD 2.0), ACL 2018",
    },
)
UNKNOWN = (
    "Whether a passage is true: it is quoted as the course has it.",
    "Questions on other matters than the course; how it behaves there was only simulated, by withholding "
    "passages.",
    "Answers that lie in several passages together: one passage is quoted.",
)


@says_what_is_missing
def render(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The page from `answers.json`."""
    tree = tree_of(evidence, "answers.json")
    right, mrr = tree["right_when_answered"], finding(report, KEY, "mrr")
    said = (
        "too few answers to tell how many are right"
        if not right
        else f"{percent(right['value'])} of the answers given were right"
    )
    wrongly = tree["answered_without_passage"]
    return {
        "answer": [
            f"Of {tree['n']} questions on subjects it had not seen, it answered "
            f"{100 * tree['answered_share']['value']:.0f} % with a quotation; {said}.",
            f"At most {100 * tree['best_possible']:.0f} % could be answered: the passage of the others was "
            f"withheld.",
        ],
        "tiles": [
            {"label": "right when it answers", "unit": "share", **estimate(right)},
            {
                "label": "answered, where the passage is there",
                "unit": "share",
                **estimate(tree["answered_with_passage"]),
            },
            {
                "label": "answered, although the passage was withheld",
                "unit": "share",
                **estimate(wrongly),
                "note": "simulated: questions that the course does not answer",
            },
            {"label": "mean reciprocal rank", **mrr, "note": "1 = the right passage always first"},
        ],
        "examples": tree["examples"],
        "answer_from": ANSWER_FROM,
        "sections": [*by_meaning(evidence), _ranking(report, tree), _silence(tree)],
        "advice": list(ADVICE),
        "unknown": [*UNKNOWN, *report.data.caveats[:2]],
    }


def batch(given: Batch) -> dict[str, Any]:
    """Answers to new questions, each with its passage or with honest silence."""
    tree = tree_of(given.evidence, "answers.json")
    carried = given.rows.carried
    unknown = np.zeros(given.rows.n_rows, dtype=np.int64)
    asked = gather_questions(given.predictions.event, carried, unknown, None)
    calibration = Calibration(tuple(tree["coefficients"]), tree["n_calibration"])
    chance = calibration.chance(asked.features)
    answers = [answer_of(asked, at, float(chance[at]), carried) for at in range(len(asked.id))]
    n_answered = sum(answer["answered"] for answer in answers)
    own = str(carried["corpus"][0]) if given.rows.n_rows else ""
    other = own != tree["corpus"]
    right = tree["right_when_answered"]
    return {
        "notice": (
            "The passages are not those that the model was calibrated on: the stated chances are not "
            "measured "
            "for this course."
        )
        if other
        else "",
        "answer": (
            f"{n_answered} of {len(answers)} questions are answered with a quotation; to the others the "
            "answer is: I do not know."
        ),
        "tiles": [
            {"label": "questions", "value": len(answers), "unit": "count"},
            {"label": "answered", "value": n_answered, "unit": "count"},
            {"label": "right when it answers, in the test", "unit": "share", **estimate(right)},
        ],
        "examples": [{"kind": "", **answer} for answer in answers],
        "answer_from": ANSWER_FROM,
        "sections": [],
        "advice": list(ADVICE),
        "unknown": list(UNKNOWN),
    }


def _ranking(report: Report, tree: dict[str, Any]) -> dict[str, Any]:
    rows = sorted(tree["ranking"], key=lambda row: -row["mrr"]["value"])
    gain = next((f for f in report.findings if f.measure == "mrr_gain_over_tfidf" and f.check == KEY), None)
    words = "Mean reciprocal rank of the question's own passage, the first ten counted."
    if gain is not None and gain.value is not None:
        better = gain.low is not None and gain.low > 0
        words = (
            f"The model ranks better than TF-IDF alone ({gain.value:+.3f})."
            if better
            else f"The model is not shown to rank better than TF-IDF alone ({gain.value:+.3f}): counting "
            "words is enough here, where passages repeat the words of their questions."
        )
    return {
        "title": "Is the passage found?",
        "answer": words,
        "figures": [
            {
                "kind": "intervals",
                "title": "Mean reciprocal rank",
                "unit": "number",
                "rows": [
                    {"label": NAMES.get(row["name"], row["name"]), **estimate(row["mrr"]), "n": row["n"]}
                    for row in rows
                ],
                "caption": (
                    f"Questions of {tree['n_subjects']} subjects that training did not see; the interval is "
                    "over subjects."
                ),
            },
        ],
        "tables": [
            {
                "folded": "Recall among the first 1, 5 and 10",
                "columns": ["method", *({"name": f"first {k}", "unit": "share"} for k in (1, 5, 10))],
                "rows": [
                    [NAMES.get(row["name"], row["name"]), *(estimate(row[f"recall_{k}"]) for k in (1, 5, 10))]
                    for row in rows
                ],
            },
        ],
    }


def _silence(tree: dict[str, Any]) -> dict[str, Any]:
    curve = tree["risk_coverage"]
    gap = tree["confidence_gap"]
    return {
        "title": "Is silence honest?",
        "answer": f"It answers from a chance of {100 * tree['answer_from']:.0f} % on. Right answers were "
        f"{100 * gap['value']:+.1f} points from the stated chances ({100 * gap['low']:+.1f} to "
        f"{100 * gap['high']:+.1f}).",
        "figures": [
            {
                "kind": "lines",
                "title": "Wrong answers, when the surest questions are answered first",
                "x_label": "share of questions answered",
                "y_label": "of them wrong",
                "percent": True,
                "x_percent": True,
                "y_min": 0.0,
                "series": [
                    {"name": "wrong answers", "points": [[row["coverage"], row["wrong"]] for row in curve]}
                ],
                "vertical": [
                    {"x": tree["answered_share"]["value"], "words": ""},
                    {"x": tree["best_possible"], "words": ""},
                ],
                "caption": (
                    "Risk and coverage. Left line: what is answered. Beyond the right line the passages were "
                    "withheld: every answer there is wrong."
                ),
            },
        ],
        "notes": [
            f"The chances were calibrated on {tree['n_calibration']} validation questions.",
            "Which passage is withheld is drawn by a digest of the question's name, one in four.",
        ],
    }
