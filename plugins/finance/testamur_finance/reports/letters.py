"""A page about single people: what each refused applicant would be told. Restricted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_finance.reports.words import percent

Evidence = Mapping[str, Any]
MOST_LETTERS = 60


def make_letters(report: Report, evidence: Evidence) -> dict[str, Any]:
    """Reasons and ways of refused applicants, from restricted evidence."""
    applicants = _find(evidence, "finance_letters.json").get("applicants", [])
    paths = {a["row"]: a for a in _find(evidence, "finance_paths.json").get("applicants", [])}
    threshold = _find(evidence, "finance_letters.json").get("threshold")
    return {
        "answer": [
            f"{len(applicants):,} test applicants are refused. Each is given at most four reasons, the "
            "weightiest first.",
            "A draft for a person to check: no letter is sent, and a reason that would often not be given "
            "again is marked.",
        ],
        "letters": [
            _letter(report, applicant, paths.get(applicant["row"]), threshold)
            for applicant in applicants[:MOST_LETTERS]
        ],
        "n_left_out": max(len(applicants) - MOST_LETTERS, 0),
        "evidence": "finance_letters.json",
        "unknown": [
            "Whether the figures of the application are right, and what the applicant could add.",
            "Whether a change that turns the model's answer would make the applicant pay.",
        ],
        "advice": [
            {
                "text": (
                    "Offer the applicant a person who can change the decision, and an explanation on request"
                ),
                "source": (
                    "GDPR Art. 22(3) and CJEU C-203/22 (27 February 2025); Directive (EU) 2023/2225 Art. "
                    "18(8)"
                ),
            },
            {
                "text": "Check each reason against the file before it is written into a letter",
                "source": "12 CFR 1002.9(b)(2); CFPB Circular 2023-03",
            },
        ],
    }


def _letter(report: Report, applicant: Any, path: Any, threshold: float | None) -> dict[str, Any]:
    reasons = [{"text": reason["text"], "kept": _kept(reason["kept"])} for reason in applicant["reasons"]]
    ways = [_way(way) for way in path["ways"]] if path else []
    return {
        "row": applicant["row"],
        "opening": (
            f"Refused: the model expects '{report.data.event}' with {percent(applicant['probability'], 0)}; "
            f"refused from {percent(threshold)} on."
        ),
        "reasons": reasons,
        "ways": ways,
        "no_way": (
            "No way was searched for: this applicant is not among those drawn."
            if path is None
            else f"No way was found: {path['reason']}."
        ),
    }


def _kept(kept: float | None) -> str:
    if kept is None:
        return ""
    mark = "" if kept >= 0.8 else ": not steady, check before using it"
    return f"would be given again in {percent(kept, 0)} of refits{mark}"


def _way(way: Any) -> str:
    changes = "; ".join(f"{c['label']} from {c['before']} to {c['after']}" for c in way["changes"])
    return f"{changes} (the model would then say {percent(way['probability'], 0)})"


def _find(evidence: Evidence, name: str) -> Any:
    """Restricted evidence by file name, whatever folder it lies in."""
    return next((tree for key, tree in evidence.items() if key.rpartition("/")[2] == name), {})
