"""For single flagged people: what would have to differ for the model to say otherwise. Restricted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_health.insight.figures import per_cent

NOTICE = (
    "What the model would answer, never what would happen. Nobody should change anything about their "
    "life because of this "
    "page. Not medical advice."
)


def render(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """One table: people by row number, their risk, and the nearest ways below the threshold.

    Args:
        report: The audit report.
        evidence: Evidence by file name, the restricted one included.
    """
    tree = evidence.get("changes_people.json")
    if not tree or not tree["people"]:
        return {"notice": NOTICE, "answer": "Nobody was looked at; the audit report says why."}
    people = sorted(tree["people"], key=lambda person: -len(person["ways"]))
    n_found = sum(bool(person["ways"]) for person in people)
    rows = [[f"row {person['row']}", person["risk"], _ways(person), _after(person)] for person in people]
    return {
        "notice": NOTICE,
        "answer": (
            f"For {n_found} of {len(people)} flagged people the model would answer otherwise if at most "
            "three changeable "
            f"things differed; for the others their risk rests on what cannot be changed."
        ),
        "sections": [
            {
                "title": "Person by person",
                "tables": [
                    {
                        "columns": [
                            "Who (row of the file)",
                            {"name": "Stated risk", "unit": "share"},
                            "What would have to differ",
                            {"name": "Then", "unit": "share"},
                        ],
                        "rows": rows,
                        "note": f"Threshold {per_cent(tree['threshold'])}.",
                    }
                ],
                "notes": [
                    "Age, sex, race, height, diagnoses, prescriptions, schooling, income and years of "
                    "smoking are held "
                    "fixed; cigarettes, cholesterol and drinks may only fall; no way asks for less activity.",
                ],
            }
        ],
        "unknown": [
            "Whether any of these changes would lower the person's risk: that takes a trial, not a cohort."
        ],
    }


def _ways(person: Mapping[str, Any]) -> str:
    if not person["ways"]:
        return person["reason"] or "nothing found"
    return "; or ".join(
        " and ".join(f"{c['label']} {c['after']} instead of {c['before']}" for c in way["changes"])
        for way in person["ways"]
    )


def _after(person: Mapping[str, Any]) -> float | None:
    return person["ways"][0]["risk"] if person["ways"] else None
