"""Evidence by its plain name, whatever folder it lies in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

Render = Callable[[Any, Mapping[str, Any]], dict[str, Any]]


class MissingEvidence(LookupError):
    """A file that a page is made from, which no check wrote."""


def says_what_is_missing(render: Render) -> Render:
    """A page that says so, where a check left nothing behind, instead of none.

    Args:
        render: Makes the content of a page; `tree_of` in it raises `MissingEvidence`.
    """

    @wraps(render)
    def rendered(report: Any, evidence: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return render(report, evidence)
        except MissingEvidence as missing:
            words = "the check that measures it could not be done; the audit report says why"
            return {
                "answer": f"Nothing can be shown here: {words}.",
                "unknown": [f"All that this page is about ({missing} is missing)."],
                "examples": [],
                "answer_from": None,
            }

    return rendered


def percent(value: float | None) -> str:
    """A share as people say it; an unknown share is said to be unknown."""
    return "an unknown share" if value is None else f"{100 * round(value, 3):.0f} %"


def tree_of(evidence: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The parsed JSON of a file of evidence.

    Args:
        evidence: By name, with or without folder.
        name: Such as ``mastery.json``.

    Raises:
        MissingEvidence: There is none: the check that writes it could not be done.
    """
    for path, tree in evidence.items():
        if path.rpartition("/")[2] == name:
            return dict(tree)
    raise MissingEvidence(name)


def estimate(tree: Mapping[str, Any] | None) -> dict[str, Any]:
    """Value, low, high and n for a tile or a cell; None where it was not measured."""
    if not tree:
        return {"value": None, "low": None, "high": None}
    return {name: tree.get(name) for name in ("value", "low", "high")}


def finding(report: Any, check: str, measure: str) -> dict[str, Any]:
    """Value and interval of the overall finding of a measure; None where there is none."""
    for found in report.findings:
        if found.check == check and found.measure == measure and found.group is None and not found.subject:
            return {"value": found.value, "low": found.low, "high": found.high}
    return {"value": None, "low": None, "high": None}
