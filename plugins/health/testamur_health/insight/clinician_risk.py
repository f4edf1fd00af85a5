"""Sections of the clinician's page: whether the risks are true, and when acting on them pays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_health.clinical.benefit import benefit_in_words
from testamur_health.insight.figures import figure

VICKERS = "A. J. Vickers, E. B. Elkin: Decision curve analysis, Med Decis Making 2006;26:565-574"
CALSTER = "B. Van Calster et al.: Calibration: the Achilles heel of predictive analytics, BMC Med 2019;17:230"


def truth(report: Report, reliability: Mapping[str, Any]) -> dict[str, Any] | None:
    """How the stated risks lie, and whether what was stated came."""
    bins = [b for b in reliability.get("bins") or [] if b.get("observed") is not None]
    if not bins:
        return None
    ratio, slope = figure(report, "observed_expected_ratio"), figure(report, "calibration_slope")
    said = []
    if ratio:
        said.append(f"for 100 events that it expects, {100 * ratio['value']:.0f} happened")
    if slope:
        said.append(_of_slope(slope))
    words = "; ".join(said)
    points = [
        {"predicted": b["mean_predicted"], "observed": b["observed"], "low": b["low"], "high": b["high"]}
        for b in bins
    ]
    return {
        "title": "How the stated risks lie, and whether they are true",
        "answer": f"{words[0].upper()}{words[1:]}." if words else "",
        "figures": [
            *_histogram(report, reliability),
            {
                "kind": "reliability",
                "title": "Stated risk, and what happened",
                "points": points,
                "caption": f"On the line, risks are true. {CALSTER}.",
            },
        ],
    }


def _histogram(report: Report, reliability: Mapping[str, Any]) -> list[dict[str, Any]]:
    histogram = reliability.get("histogram") or {}
    edges, counts = histogram.get("edges") or [], histogram.get("counts") or []
    rows = [
        {"label": f"{100 * low:.0f} to {100 * high:.0f} %", "value": count}
        for low, high, count in zip(edges, edges[1:], counts, strict=False)
        if count
    ]
    title = f"{report.data.subjects.capitalize()} by stated risk"
    caption = "A band with few people is withheld or joined to its neighbour."
    figure = {"kind": "bars", "title": title, "unit": "count", "rows": rows, "caption": caption}
    return [figure] if rows else []


def _of_slope(slope: Mapping[str, Any]) -> str:
    """The calibration slope in words: 1 is right, below it risks are too extreme, above it too timid."""
    if slope["low"] is None or slope["high"] is None:
        return f"whether risks are too extreme or too timid cannot be told (slope {slope['value']:.2f})"
    ends = f"slope {slope['value']:.2f}, {slope['low']:.2f} to {slope['high']:.2f}"
    if slope["high"] < 1:
        return f"high risks are too high and low ones too low ({ends})"
    if slope["low"] > 1:
        return f"high risks are too low and low ones too high ({ends})"
    return f"that risks are too extreme or too timid is not shown ({ends})"


def benefit(report: Report, decisions: Mapping[str, Any]) -> dict[str, Any] | None:
    """At which thresholds acting on the model does more good than simpler rules."""
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
