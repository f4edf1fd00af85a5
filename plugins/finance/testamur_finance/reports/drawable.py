"""Leaves out figures and tables that would hold nothing: the page's sentences say what is missing."""

from __future__ import annotations

from typing import Any


def drawable(sections: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sections whose figures and tables all hold something."""
    return [
        {
            **section,
            "figures": [figure for figure in section.get("figures", []) if _holds(figure)],
            "tables": [table for table in section.get("tables", []) if table["rows"]],
        }
        for section in sections
    ]


def _holds(figure: dict[str, Any]) -> bool:
    if figure["kind"] == "lines":
        return bool(figure.get("series") or figure.get("marks"))
    return any(row.get("value") is not None for row in figure["rows"])
