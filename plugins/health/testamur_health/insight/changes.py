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
    found = [[f"row {p['row']}", p["risk"], _ways(p), p["ways"][0]["risk"]] for p in people if p["ways"]]
    none = [[f"row {p['row']}", p["risk"], _tried(p)] for p in people if not p["ways"]]
    return {
        "notice": NOTICE,
        "answer": (
            f"For {n_found} of {len(people)} flagged people the model would answer otherwise if at most "
            "two changeable things differed; for the others nothing changeable leads below the threshold."
        ),
        "sections": [
            {
                "title": "Person by person",
                "tables": _tables(found, none, tree["threshold"]),
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


def _tables(found: list[list[Any]], none: list[list[Any]], threshold: float) -> list[dict[str, Any]]:
    who, risk = "Who (row of the file)", {"name": "Stated risk", "unit": "share"}
    then = {"name": "Then", "unit": "share"}
    note = f"Threshold {per_cent(threshold)}."
    tables: list[dict[str, Any]] = []
    if found:
        columns = [who, risk, "What would have to differ", then]
        tables.append({"columns": columns, "rows": found, "note": note})
    if none:
        columns = [who, risk, "What was tried"]
        folded = f"{len(none)} people for whom nothing changeable leads below the threshold"
        tables.append({"columns": columns, "rows": none, "folded": folded, "note": note})
    return tables


def _ways(person: Mapping[str, Any]) -> str:
    return "; or ".join(
        " and ".join(f"{c['label']} {c['after']} instead of {c['before']}" for c in way["changes"])
        for way in person["ways"]
    )


def _tried(person: Mapping[str, Any]) -> str:
    return person["reason"] or f"{person['n_asked']:,} combinations of up to two changes, none of which does"
