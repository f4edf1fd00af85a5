"""The section on finding passages by meaning beside words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur_education.reports.evidence import estimate


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
                f"{_shown(more, 100, ' points')} more questions have their passage among the candidates than "
                f"with as many candidates by words. Ranked by words and meaning together the passage stands "
                f"{_higher(gain)} than by BM25 alone ({gain['value']:+.3f}, {gain['low']:+.3f} to "
                f"{gain['high']:+.3f})."
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


def _shown(gain: Mapping[str, float], scale: float, unit: str) -> str:
    value, low, high = (scale * gain[name] for name in ("value", "low", "high"))
    return f"{value:+.1f}{unit} ({low:+.1f} to {high:+.1f})"


def _higher(gain: Mapping[str, float]) -> str:
    return "higher" if gain["low"] > 0 else "lower" if gain["high"] < 0 else "not shown to stand higher"
