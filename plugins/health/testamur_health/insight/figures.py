"""Findings of a report as cells, tiles and sentences."""

from __future__ import annotations

from typing import Any

from testamur.contracts.report import Report

NOT_MEASURED = "not measured"


def figure(report: Report, measure: str, *, check: str = "") -> dict[str, Any] | None:
    """Value, ends and n of an overall finding, or None where it is not estimable."""
    found = (
        f
        for f in report.findings
        if f.measure == measure and f.group is None and not f.attribute and check in ("", f.check)
    )
    best = next((f for f in found if f.value is not None), None)
    return None if best is None else {"value": best.value, "low": best.low, "high": best.high, "n": best.n}


def tile(
    report: Report, measure: str, label: str, unit: str, *, check: str = "", note: str = ""
) -> dict[str, Any]:
    """A tile of a finding; where it was not estimable, the tile says so."""
    found = figure(report, measure, check=check)
    if found is None:
        return {"label": label, "words": NOT_MEASURED, "note": note}
    told = f"n {found['n']:,}" if found["n"] else ""
    ends = {"low": found["low"], "high": found["high"]} if found["low"] is not None else {}
    return {
        "label": label,
        "value": found["value"],
        **ends,
        "unit": unit,
        "note": ", ".join(t for t in (note, told) if t),
    }


def cell(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """A table's cell of an estimate in an evidence file."""
    if found is None or found.get("value") is None:
        return None
    return {"value": found["value"], "low": found["low"], "high": found["high"]}


def per_cent(share: float | None) -> str:
    """A share in whole per cent, or a dash."""
    return "–" if share is None else f"{100 * share:.0f} %"
