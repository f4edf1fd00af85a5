"""What a clinician wants to know of a risk model: how risks lie, whether they are true, when acting on them
pays, and who is missed. Everything is read off the audit's own evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.batch import Batch
from testamur.contracts.report import Report
from testamur_health.clinical.benefit import benefit_in_words
from testamur_health.insight.figures import figure, per_cent, tile

MOST_ROWS = 200
NOTICE = (
    "For a clinician who asks whether this model could be of use. It was fitted for demonstration: no "
    "decision about a "
    "patient may rest on it. Not medical advice."
)
VICKERS = "A. J. Vickers, E. B. Elkin: Decision curve analysis, Med Decis Making 2006;26:565-574"
CALSTER = "B. Van Calster et al.: Calibration: the Achilles heel of predictive analytics, BMC Med 2019;17:230"


def render(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The page's content.

    Args:
        report: The audit report.
        evidence: Shared evidence by file name.
    """
    decisions = evidence.get("decisions.json") or {}
    sections = [
        _risks(report, evidence.get("reliability.json") or {}),
        _truth(report, evidence.get("reliability.json") or {}),
        _benefit(report, decisions),
        _missed(report, evidence.get("groups.json") or {}),
        _changes(evidence.get("changes.json")),
        _against(report),
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


def _risks(report: Report, reliability: Mapping[str, Any]) -> dict[str, Any] | None:
    histogram = reliability.get("histogram") or {}
    edges, counts = histogram.get("edges") or [], histogram.get("counts") or []
    rows = [
        {"label": f"{100 * low:.0f} to {100 * high:.0f} %", "value": count}
        for low, high, count in zip(edges, edges[1:], counts, strict=False)
        if count
    ]
    if not rows:
        return None
    return {
        "title": "How the stated risks lie",
        "answer": f"Of {report.data.n_test:,} {report.data.subjects} in the test part, by stated risk.",
        "figures": [
            {
                "kind": "bars",
                "title": f"{report.data.subjects.capitalize()} by stated risk",
                "unit": "count",
                "rows": rows,
            }
        ],
        "notes": ["A risk band with few people is withheld or joined to its neighbour."],
    }


def _truth(report: Report, reliability: Mapping[str, Any]) -> dict[str, Any] | None:
    bins = [b for b in reliability.get("bins") or [] if b.get("observed") is not None]
    if not bins:
        return None
    ratio, slope = figure(report, "observed_expected_ratio"), figure(report, "calibration_slope")
    said = []
    if ratio:
        said.append(f"For 100 expected events, {100 * ratio['value']:.0f} happened")
    if slope:
        extreme = "too extreme" if slope["value"] < 1 else "too timid"
        said.append(
            f"a slope of {slope['value']:.2f}: below 1 risks are too extreme, above 1 too timid; here "
            f"{extreme}"
        )
    points = [
        {"predicted": b["mean_predicted"], "observed": b["observed"], "low": b["low"], "high": b["high"]}
        for b in bins
    ]
    return {
        "title": "Whether the risks are true",
        "answer": "; ".join(said) + "." if said else "",
        "figures": [
            {
                "kind": "reliability",
                "title": "Stated risk, and what happened",
                "points": points,
                "caption": f"On the line, risks are true. {CALSTER}.",
            }
        ],
    }


def _benefit(report: Report, decisions: Mapping[str, Any]) -> dict[str, Any] | None:
    curve = decisions.get("decision_curve") or []
    if not curve:
        return None
    highest = max((row["model"] or 0) for row in curve)
    shown = [row for row in curve if (row["all"] or 0) > -0.5 * max(highest, 0.01)]
    series = [
        {"name": "the model", "points": [[row["threshold"], row["model"]] for row in curve]},
        {"name": "act on everyone", "points": [[row["threshold"], row["all"]] for row in shown]},
        {"name": "act on nobody", "points": [[curve[0]["threshold"], 0.0], [curve[-1]["threshold"], 0.0]]},
    ]
    vertical = [] if report.threshold is None else [{"x": report.threshold, "words": "its threshold"}]
    return {
        "title": "When acting on it pays",
        "answer": benefit_in_words(curve, report.threshold),
        "figures": [
            {
                "kind": "lines",
                "title": "Net benefit",
                "x_label": "risk from which one would act",
                "y_label": "net benefit",
                "series": series,
                "vertical": vertical,
                "wide": True,
                "caption": (
                    "Net benefit counts true positives, less false ones at the odds of the threshold. "
                    f"{VICKERS}."
                ),
            }
        ],
    }


def _missed(report: Report, groups: Mapping[str, Any]) -> dict[str, Any] | None:
    rows = []
    for division in groups.get("divisions", []):
        for place, group in enumerate(division["groups"]):
            rate = group["rates"]["true_positive_rate"]
            known = rate.get("value") is not None
            row = {
                "label": group["name"],
                "value": 1 - rate["value"] if known else None,
                "low": 1 - rate["high"] if known else None,
                "high": 1 - rate["low"] if known else None,
                "n": group.get("n_events"),
            }
            if not known:
                row["reason"] = rate.get("reason") or "too few to show"
            if place == 0:
                row["heading"] = f"By {division['label']}"
            rows.append(row)
    if not rows or all(row["value"] is None for row in rows):
        return None
    known = [row for row in rows if row["value"] is not None]
    worst = max(known, key=lambda row: row["value"])
    unknown = len(rows) - len(known)
    tail = f" For {unknown} groups it cannot be told: too few people." if unknown else ""
    return {
        "title": "Who is missed",
        "answer": (
            f"Of those with the event, most are missed among {worst['label']}: {per_cent(worst['value'])} "
            f"({per_cent(worst['low'])} to {per_cent(worst['high'])}).{tail}"
        ),
        "figures": [
            {
                "kind": "intervals",
                "title": "Of those with the event, not flagged",
                "unit": "share",
                "rows": rows,
                "caption": "Joint intervals; n is the number with the event.",
            }
        ],
    }


def _changes(changes: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not changes or not changes["n_searched"]:
        return None
    n, found = changes["n_searched"], changes["n_found"]
    features = ", ".join(f"{row['label']} ({row['n']})" for row in changes["features"][:5])
    return {
        "title": "What would have to differ",
        "answer": (
            f"Of {n} flagged people that were looked at, {found} would be below the threshold if up to "
            "three things that a "
            f"person can change differed; for {n - found} nothing of the kind leads there."
        ),
        "notes": [
            f"Changed in the nearest way: {features}."
            if features
            else "No changeable feature led below the threshold.",
            "It says what the model would answer, never what would happen: lowering a figure need not "
            "lower a risk.",
            f"Held fixed: {', '.join(changes['fixed'][:12])} and others.",
        ],
    }


def _against(report: Report) -> dict[str, Any] | None:
    found = [
        {
            "label": f"than {f.measure.removeprefix('auc_gain_over_').replace('_', ' ')}",
            "value": f.value,
            "low": f.low,
            "high": f.high,
        }
        for f in report.findings
        if f.measure.startswith("auc_gain_over_") and f.value is not None and not f.attribute
    ]
    if not found:
        return None
    least = min(found, key=lambda row: row["value"] or 0.0)
    shown = "is not shown to be" if (least["low"] or 0.0) <= 0 else "is"
    return {
        "title": "Whether a simpler model would do",
        "answer": (
            f"It {shown} better {least['label']} (AUC {least['value']:+.3f}, {least['low']:+.3f} to "
            f"{least['high']:+.3f})."
        ),
        "figures": [
            {
                "kind": "intervals",
                "title": "How much better it sorts (AUC)",
                "unit": "number",
                "reference": 0,
                "reference_words": "no better",
                "rows": found,
            }
        ],
    }


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
