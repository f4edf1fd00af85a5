"""The section on finding passages by meaning beside words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur_education.reports.evidence import estimate

Gain = Mapping[str, Any]  # value, low, high; ends are None without an interval


def by_meaning(evidence: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What MiniLM's vectors find that words do not; nothing where only words were looked for."""
    tree = evidence.get("retrieval.json")
    if tree is None:
        return []
    more, gain = (tree["gains"][n] for n in ("found_more_than_by_words", "mrr_gain_of_meaning_over_bm25"))
    return [
        {
            "title": "Does looking for meaning find more?",
            "answer": (
                f"A question's passage {_more(more)} among the candidates than with as many by words "
                f"({_ends(more, 100, 1)} points). By words and meaning together it stands {_higher(gain)} "
                f"than by BM25 alone ({_ends(gain, 1, 3)})."
            ),
            "figures": [
                {
                    "kind": "intervals",
                    "title": "Mean reciprocal rank among all passages, before the model",
                    "unit": "number",
                    "rows": [
                        {"label": row["words"], **estimate(row["mrr"]), "n": tree["n"]}
                        for row in tree["rankings"]
                    ],
                    "caption": f"{tree['n']} questions of {tree['n_subjects']} subjects; subjects are drawn.",
                }
            ],
            "tables": [
                {
                    "columns": ["Ranking", {"name": "Passage among the first ten", "unit": "share"}],
                    "rows": [[row["words"], estimate(row["recall"])] for row in tree["rankings"]],
                }
            ],
            "notes": [
                f"{100 * tree['found_by_meaning_alone']:.0f} % of the {tree['n_pairs']:,} candidates of the "
                "test were found by meaning alone.",
                "Vectors are those of MiniLM as it comes, over every passage: exact, nothing is left out.",
            ],
        }
    ]


def _more(gain: Gain) -> str:
    return _side(gain, "is more often", "is less often", "is not shown to be more often")


def _higher(gain: Gain) -> str:
    return _side(gain, "higher", "lower", "not shown to stand higher")


def _side(gain: Gain, above: str, below: str, open_: str) -> str:
    low, high = gain["low"], gain["high"]
    return above if low is not None and low > 0 else below if high is not None and high < 0 else open_


def _ends(gain: Gain, scale: float, digits: int) -> str:
    value, low, high = (None if gain[k] is None else scale * gain[k] for k in ("value", "low", "high"))
    if low is None or high is None:
        return f"{value:+.{digits}f}, no interval: one subject alone"
    return f"{value:+.{digits}f}, {low:+.{digits}f} to {high:+.{digits}f}"
