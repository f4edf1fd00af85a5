"""For the physiotherapist: which exercises are recognised, and what the others are taken for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_health.insight.figures import per_cent, tile

CHECK = "health.activity.recordings"


def render(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The page's content.

    Args:
        report: The audit report.
        evidence: Shared evidence by file name.
    """
    tree = evidence.get("recordings.json")
    if not tree:
        return {"answer": "No recording was examined; the audit report says why."}
    classes, counts = tree["classes"], tree["confusion"]
    right = sum(counts[i][i] for i in range(len(classes)))
    mistaken = sorted(
        (
            (counts[i][j], classes[i], classes[j])
            for i in range(len(classes))
            for j in range(len(classes))
            if i != j
        ),
        reverse=True,
    )
    most = [f"{a} for {b} ({n})" for n, a, b in mistaken if n][:3]
    shares = tree["people"]
    return {
        "notice": (
            "It names one of seven exercises whatever is done. It does not say whether it was done well."
        ),
        "answer": [
            f"Of {tree['n']} recordings of {tree['n_people']} people it has never seen, it names "
            f"{right} rightly.",
            f"By person: {', '.join(per_cent(s) for s in shares)}."
            + (f" Most often it takes {'; '.join(most)}." if most else ""),
        ],
        "tiles": [
            tile(report, "recordings_right", "recordings named rightly", "share", check=CHECK),
            tile(report, "worst_person_right", "of the person with the fewest", "share", check=CHECK),
            tile(report, "accuracy", "windows of four seconds named rightly", "share"),
        ],
        "sections": [
            {
                "title": "What is taken for what",
                "figures": [
                    {
                        "kind": "heat",
                        "title": "Recordings: done (rows), named (columns)",
                        "columns": [_short(name) for name in classes],
                        "unit": "count",
                        "rows": [
                            {"label": name, "values": row} for name, row in zip(classes, counts, strict=True)
                        ],
                    }
                ],
                "notes": [
                    "On the diagonal the name is right. A recording is named by the mean over its windows."
                ],
            }
        ],
        "advice": [
            {
                "text": "Let the person say what they did, and take the name as a proposal.",
                "why": "People differ: for the one it serves worst it is right less often than on average.",
                "source": (
                    "A. Saeb et al.: The need to approximate the use-case in clinical machine learning, "
                    "GigaScience 2017"
                ),
            }
        ],
        "unknown": [
            *report.data.caveats,
            "Whether a network is needed: beside simple statistics, over all ten people, it is measured in "
            "benchmarks/activity.py, not in this report.",
        ],
    }


def _short(name: str) -> str:
    """A name that fits above a column: ``ext. rot.`` for external rotation, a single word as it is."""
    words = name.split()
    if len(words) == 1:
        return name
    return " ".join(word if len(word) <= 4 else f"{word[:3]}." for word in words)
