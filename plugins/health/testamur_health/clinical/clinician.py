"""What a clinician wants to know of a risk model before using it: how risks lie, whether they are true, when
acting on them pays, and who is missed. Everything is read off the audit's own evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.batch import Batch
from testamur.contracts.report import Report
from testamur_health.clinical.benefit import benefit_in_words, useful_range

MOST_ROWS = 200


def render(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The page's content.

    Args:
        report: The audit report.
        evidence: Shared evidence by file name.
    """
    decisions = evidence.get("decisions.json") or {}
    reliability = evidence.get("reliability.json") or {}
    curve = decisions.get("decision_curve") or []
    return {
        "event": report.data.event,
        "subjects": report.data.subjects,
        "n": decisions.get("n"),
        "threshold": report.threshold,
        "threshold_rule": report.threshold_rule,
        "cells": decisions.get("cells") or {},
        "per_hundred": _per_hundred(report),
        "histogram": reliability.get("histogram") or {},
        "bins": reliability.get("bins") or [],
        "curve": [[row["threshold"], row.get("model"), row.get("all")] for row in curve],
        "useful": useful_range(curve),
        "benefit": benefit_in_words(curve, report.threshold),
        "truth": _truth(report),
        "missed": missed_by_group(evidence.get("groups.json") or {}),
        "against": _against(report),
        "caveats": list(report.data.caveats),
        "fit_for": report.data.fit_for,
        "not_fit_for": report.data.not_fit_for,
        "people": [],
        "source": "",
        "notes": [],
    }


def render_batch(batch: Batch) -> dict[str, Any]:
    """The same page for new people: their risks, the highest first."""
    content = render(batch.report, batch.evidence)
    risk = batch.predictions.event
    order = risk.argsort()[::-1][:MOST_ROWS]
    threshold = batch.report.threshold
    people = [
        {
            "name": batch.names[i],
            "risk": round(float(risk[i]), 3),
            "flagged": threshold is not None and float(risk[i]) >= threshold,
            "n_missing": int(batch.rows.absent[i].sum()),
        }
        for i in order.tolist()
    ]
    return content | {
        "people": people,
        "source": batch.source,
        "notes": list(batch.notes),
        "n_new": int(risk.size),
    }


def figure(report: Report, measure: str) -> dict[str, Any] | None:
    """Value, ends and n of an overall finding, or None where it is not estimable."""
    found = (f for f in report.findings if f.measure == measure and f.group is None and not f.attribute)
    best = next((f for f in found if f.value is not None), None)
    return None if best is None else {"value": best.value, "low": best.low, "high": best.high, "n": best.n}


def _per_hundred(report: Report) -> list[dict[str, Any]]:
    """What the threshold does, in figures that a person can picture."""
    asked = (
        ("sensitivity", "of those with the event, flagged"),
        ("positive_predictive_value", "of those flagged, with the event"),
        ("selection_rate", "of all, flagged"),
        ("negative_predictive_value", "of those not flagged, without the event"),
    )
    return [{"words": words, **found} for measure, words in asked if (found := figure(report, measure))]


def _truth(report: Report) -> dict[str, Any]:
    return {
        "ratio": figure(report, "observed_expected_ratio"),
        "slope": figure(report, "calibration_slope"),
        "auc": figure(report, "auc"),
    }


def _against(report: Report) -> list[dict[str, Any]]:
    """Gains over the baselines, worst first: where the model adds nothing, that stands at the top."""
    found = [
        {"baseline": f.measure.removeprefix("auc_gain_over_"), "value": f.value, "low": f.low, "high": f.high}
        for f in report.findings
        if f.measure.startswith("auc_gain_over_") and f.value is not None
    ]
    return sorted(found, key=lambda row: row["value"])


def missed_by_group(groups: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of those with the event, the share that is not flagged, by group; None where too few are in it."""
    found = []
    for division in groups.get("divisions", []):
        for group in division["groups"]:
            rate = group["rates"]["true_positive_rate"]
            known = rate.get("status") == "done" and rate.get("value") is not None
            found.append(
                {
                    "attribute": division["label"],
                    "group": group["name"],
                    "n_events": group.get("n_events"),
                    "missed": 1 - rate["value"] if known else None,
                    "low": 1 - rate["high"] if known else None,
                    "high": 1 - rate["low"] if known else None,
                    "reason": "" if known else (rate.get("reason") or "too few to show"),
                }
            )
    return found
