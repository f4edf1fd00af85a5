"""For the person who wears a monitor: would it have warned in time, how often for nothing. Restricted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_health.insight.figures import tile
from testamur_health.insight.glucose_alarms import one_side, row_of, way_of
from testamur_health.insight.glucose_course import as_they_were, how_far_off

ALARMS, ERRORS = "health.glucose.alarms", "health.glucose.errors"
ONE_PERSON = (
    "ONE person. Everything on this page was measured on the readings of a single person; for anyone "
    "else it says nothing. "
    "Not medical advice: never dose insulin, and never leave out a finger-prick, because of it."
)
CONSENSUS = (
    "T. Battelino et al.: Clinical targets for continuous glucose monitoring data interpretation, Diabetes "
    "Care 2019"
)
FATIGUE = "J. P. Shivers et al.: 'Turn it off!': diabetes device alarm fatigue, J Diabetes Sci Technol 2013"


def render(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The page's content.

    Args:
        report: The audit report.
        evidence: Evidence by file name, the restricted one included.
    """
    alarms = evidence.get("glucose_alarms.json")
    if not alarms or not alarms["alarms"]:
        return {"notice": ONE_PERSON, "answer": "No alarm was examined; the audit report says why."}
    sections = [
        one_side(alarms, "hypo", "Falls below 70 mg/dL"),
        one_side(alarms, "hyper", "Rises above 180 mg/dL"),
        how_far_off(evidence.get("glucose_errors.json") or {}),
        as_they_were((evidence.get("glucose_days.json") or {}).get("days") or []),
    ]
    return {
        "notice": ONE_PERSON
        if alarms["n_people"] == 1
        else f"{alarms['n_people']} people. {{ONE_PERSON.partition('. ')[2]}}",
        "answer": _answer(alarms),
        "tiles": [
            tile(
                report, "hypo_sensitivity_30", "falls below 70 foreseen, 30 min ahead", "share", check=ALARMS
            ),
            tile(report, "hypo_lead_min_30", "minutes of warning, half of the time", "number", check=ALARMS),
            tile(report, "hypo_false_alarms_a_day_30", "false alarms of falls a day", "number", check=ALARMS),
            tile(report, "mae_30", "mg/dL off, 30 min ahead", "number", check=ERRORS),
        ],
        "sections": [section for section in sections if section],
        "advice": [
            {
                "text": "Keep the monitor's own low alarm on.",
                "why": _why_keep(alarms),
                "source": CONSENSUS,
            },
            {
                "text": (
                    "Choose yourself how many false alarms a day you can live with, and settle the "
                    "threshold by it."
                ),
                "why": (
                    f"Here it was settled for {alarms['budget_per_day']:g} a day. Who is woken too often "
                    "switches off."
                ),
                "source": FATIGUE,
            },
        ],
        "unknown": [*report.data.caveats],
    }


def _why_keep(alarms: Mapping[str, Any]) -> str:
    """Why the device's own alarm stays on, by how early the warnings came."""
    row = row_of(alarms, "hypo", 30)
    lead = way_of(row, "model")["lead_min"]["value"] if row else None
    if lead is None:
        return "How early warnings come was not measured; the device rings when the fall is there."
    return (
        f"Half of the warnings came {lead:.0f} minutes early or less; the device rings when the fall is "
        "there."
    )


def _answer(alarms: Mapping[str, Any]) -> list[str]:
    row = row_of(alarms, "hypo", 30)
    model = way_of(row, "model") if row else None
    if row is None or model is None or model["sensitivity"]["value"] is None:
        return [
            f"In {alarms['days']:.0f} days of watching there were too few falls below 70 mg/dL to say "
            "anything."
        ]
    trend = way_of(row, "trend")
    lead, false = model["lead_min"]["value"], model["false_alarms_a_day"]["value"]
    early = (
        "in time to act on" if lead >= 15 else "mostly too late to act on, for sugar takes about 15 minutes"
    )
    said = [
        f"In {alarms['days']:.0f} days there were {row['n_events']} falls below 70 mg/dL. It would have "
        "warned of "
        f"{100 * model['sensitivity']['value']:.0f} in 100, with half of the warnings {lead:.0f} "
        f"minutes early or less: {early}.",
        f"The price: {false:.1f} false alarms a day.",
    ]
    if trend["sensitivity"]["value"] is not None:
        said.append(
            "The trend arrow, settled for the same price, warns of "
            f"{100 * trend['sensitivity']['value']:.0f} in 100."
        )
    return said
