"""What a clinician wants to know of a risk model: how risks lie, whether they are true, when acting on them
pays, and who is missed. Everything is read off the audit's own evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.batch import Batch
from testamur.contracts.report import Report
from testamur_health.insight.clinician_people import against, changed, missed
from testamur_health.insight.clinician_risk import benefit, truth
from testamur_health.insight.figures import figure, per_cent, tile

MOST_ROWS = 200
NOTICE = (
    "For a clinician who asks whether this model could be of use. It was fitted for demonstration: no "
    "decision about a "
    "patient may rest on it. Not medical advice."
)


def render(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The page's content.

    Args:
        report: The audit report.
        evidence: Shared evidence by file name.
    """
    decisions = evidence.get("decisions.json") or {}
    sections = [
        truth(report, evidence.get("reliability.json") or {}),
        benefit(report, decisions),
        missed(report, evidence.get("groups.json") or {}),
        changed(evidence.get("changes.json")),
        against(report),
    ]
    return {
        "notice": NOTICE,
        "answer": _answer(report),
        "tiles": [
            tile(report, "auc", "tells higher from lower risk (AUC)", "number"),
            tile(report, "observed_expected_ratio", "happened, for each one expected", "number"),
            tile(report, "sensitivity", "of those with the event, flagged", "share"),
            tile(report, "positive_predictive_value", "of those flagged, with the event", "share"),
        ],
        "sections": [section for section in sections if section],
        "advice": _advice(report),
        "unknown": [*report.data.caveats, "What acting on a risk would change: an association is no effect."],
    }


def render_batch(batch: Batch) -> dict[str, Any]:
    """The page for new people: their risks, the highest first, before everything else."""
    content = render(batch.report, batch.evidence)
    risk = batch.predictions.event
    order = risk.argsort()[::-1][:MOST_ROWS]
    threshold = batch.report.threshold or 1.0
    n_flagged = int((risk >= threshold).sum())
    rows = [
        [
            batch.names[i],
            float(risk[i]),
            "flagged" if risk[i] >= threshold else "",
            int(batch.rows.absent[i].sum()),
        ]
        for i in order.tolist()
    ]
    table = {
        "columns": [
            "Who",
            {"name": "Stated risk", "unit": "share"},
            "At the threshold",
            {"name": "Missing cells", "unit": "count"},
        ],
        "rows": rows,
        "note": f"Threshold {per_cent(threshold)}; at most {MOST_ROWS} are listed.",
    }
    people = {"title": "The people in this file", "tables": [table], "notes": list(batch.notes)}
    answer = f"{n_flagged:,} of {risk.size:,} people reach the threshold of {per_cent(threshold)}."
    return content | {"answer": [answer, *_answer(batch.report)], "sections": [people, *content["sections"]]}


def _answer(report: Report) -> list[str]:
    hit, right = figure(report, "sensitivity"), figure(report, "positive_predictive_value")
    if hit is None or right is None or report.threshold is None:
        return [
            f"Whether {report.data.event} cannot be told usefully from what was measured; see the audit "
            "report."
        ]
    return [
        f"Of 100 {report.data.subjects} with the event ({report.data.event}) it flags "
        f"{100 * hit['value']:.0f} and "
        f"misses {100 * (1 - hit['value']):.0f}; of 100 that it flags, {100 * right['value']:.0f} have it.",
        f"Flagged is whoever reaches a stated risk of {per_cent(report.threshold)} "
        f"({report.threshold_rule}).",
    ]


def _advice(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "text": "Evaluate it on your own patients before anything else.",
            "why": (
                "It was tested on people of the same source it was fitted on; elsewhere calibration is the "
                "first to go."
            ),
            "source": "G. S. Collins et al.: TRIPOD+AI, BMJ 2024;385:e078378",
        },
        {
            "text": f"Fit for: {report.data.fit_for}",
            "why": f"Not fit for: {report.data.not_fit_for}",
            "source": report.data.source.citation or report.data.source.title,
        },
    ]
