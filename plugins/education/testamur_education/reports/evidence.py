"""Evidence by its plain name, whatever folder it lies in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def tree_of(evidence: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The parsed JSON of a file of evidence.

    Args:
        evidence: By name, with or without folder.
        name: Such as ``mastery.json``.

    Raises:
        KeyError: There is none: the check that writes it could not be done.
    """
    for path, tree in evidence.items():
        if path.rpartition("/")[2] == name:
            return dict(tree)
    raise KeyError(name)


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
