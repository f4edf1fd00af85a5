"""Figures as geometry: what the templates draw is worked out here, in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10
from typing import Any

WIDTH, HEIGHT = 440, 230
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 12, 42
ROW = 30


def fan(
    title: str, past: Sequence[float | None], ahead: dict[str, Sequence[float]], *, step: str
) -> dict[str, Any]:
    """What was, and the band of what is expected.

    Args:
        title: Of the figure.
        past: Known steps; None where unknown.
        ahead: ``low``, ``middle``, ``high`` by step ahead.
        step: Word for one step.
    """
    known = [value for value in past if value is not None]
    top = max([*known, *ahead["high"], 1e-9])
    n = len(past) + len(ahead["middle"])
    box = _Box((0.0, float(max(n - 1, 1))), (0.0, top))
    first = len(past)
    upper = [box.at(first + i, value) for i, value in enumerate(ahead["high"])]
    lower = [box.at(first + i, value) for i, value in enumerate(ahead["low"])]
    return {
        "kind": "fan",
        "title": title,
        "desc": (
            f"{title}: the last {len(past)} {step}s, at most {max(known, default=0):,.0f}; after them, "
            f"in the middle {ahead['middle'][0]:,.0f} to {ahead['middle'][-1]:,.0f} a {step}, band from "
            f"{min(ahead['low']):,.0f} to {max(ahead['high']):,.0f}."
        ),
        "lines": _pieces(box, past),
        "band": _path([*upper, *lower[::-1]]),
        "middle": _path([box.at(first + i, value) for i, value in enumerate(ahead["middle"])]),
        "now": box.x(first - 0.5),
        **box.frame(y_ticks=_ticks(top)),
        "x_label": f"{step}s; the line marks the last known one",
    }


def curves(
    title: str,
    several: Sequence[tuple[str, Sequence[tuple[float, float]]]],
    *,
    x_label: str,
    y_label: str,
    percent: bool = False,
    diagonal: bool = False,
) -> dict[str, Any]:
    """A few curves, told apart by their dashes.

    Args:
        title: Of the figure.
        several: Name and points of each.
        x_label: Below.
        y_label: Beside.
        percent: True prints both axes in per cent.
        diagonal: True draws the line from corner to corner.
    """
    points = [point for _, curve in several for point in curve]
    x_top, y_top = max(p[0] for p in points), max(max(p[1] for p in points), 1e-9)
    x_low = min(p[0] for p in points)
    box = _Box((x_low, x_top if x_top > x_low else x_low + 1), (0.0, y_top))
    ticks = _ticks(y_top)
    strokes = ("solid", "dashed", "dotted", "long")
    return {
        "kind": "curves",
        "title": title,
        "desc": "; ".join(
            f"{name} ends at {curve[-1][1]:.0%}" if percent else f"{name} ends at {curve[-1][1]:,.1f}"
            for name, curve in several
        )
        + ".",
        "curves": [
            {"name": name, "stroke": strokes[i % 4], "path": _path([box.at(*point) for point in curve])}
            for i, (name, curve) in enumerate(several)
        ],
        "diagonal": _path([box.at(x_low, 0.0), box.at(x_top, y_top)]) if diagonal else "",
        **box.frame(y_ticks=ticks, percent=percent),
        "x_ticks": [
            {"at": box.x(x), "text": f"{x:.0%}" if percent else f"{x:g}"} for x in _ticks(x_top) if x >= x_low
        ],
        "x_label": x_label,
        "y_label": y_label,
    }


def intervals(
    title: str, rows: Sequence[dict[str, Any]], *, reference: float | None = None
) -> dict[str, Any]:
    """Values with intervals on one axis.

    Args:
        title: Of the figure.
        rows: ``label``, ``value``, ``low``, ``high`` (None where open), ``words``.
        reference: A value to draw a line at, or None.
    """
    ends = [x for row in rows for x in (row["value"], row["low"], row["high"]) if x is not None]
    low, high = (
        min([*ends, reference if reference is not None else ends[0]]),
        max([*ends, reference or ends[0]]),
    )
    pad = (high - low or abs(high) or 1.0) * 0.06
    low, high = low - pad, high + pad

    def x(value: float) -> float:
        return round(8 + (value - low) / (high - low) * (WIDTH - 16), 1)

    return {
        "kind": "intervals",
        "title": title,
        "desc": "; ".join(f"{row['label']}: {row['words']}" for row in rows) + ".",
        "rows": [
            {
                "label": str(row["label"])[:46],
                "words": row["words"],
                "y": 6 + i * (ROW + 6),
                "x": x(row["value"]),
                "low": x(row["low"]) if row["low"] is not None else 0,
                "high": x(row["high"]) if row["high"] is not None else WIDTH,
            }
            for i, row in enumerate(rows)
        ],
        "reference": x(reference) if reference is not None else None,
        "height": 12 + len(rows) * (ROW + 6),
        "width": WIDTH,
    }


def pairs(title: str, rows: Sequence[tuple[str, float, float]], *, first: str, second: str) -> dict[str, Any]:
    """Two shares per line: an open ring for the first, a disc for the second.

    Args:
        title: Of the figure.
        rows: Label, first share, second share.
        first: What the ring means.
        second: What the disc means.
    """
    top = max((max(a, b) for _, a, b in rows), default=0.0) or 1.0

    def x(value: float) -> float:
        return round(150 + value / top * (WIDTH - 250), 1)

    return {
        "kind": "pairs",
        "title": title,
        "desc": "; ".join(f"{name}: {first} {a:.1%}, {second} {b:.1%}" for name, a, b in rows) + ".",
        "rows": [
            {"label": name[:24], "y": 30 + i * 21, "a": x(a), "b": x(b), "words": f"{a:.0%} → {b:.0%}"}
            for i, (name, a, b) in enumerate(rows)
        ],
        "first": first,
        "second": second,
        "zero": x(0.0),
        "height": 36 + len(rows) * 21,
        "width": WIDTH,
    }


class _Box:
    """Maps values to pixels inside the axes."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        self._x, self._y = x, y

    def x(self, value: float) -> float:
        low, high = self._x
        return round(LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        low, high = self._y
        return round(HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.x(x), self.y(y)

    def frame(self, *, y_ticks: Sequence[float], percent: bool = False) -> dict[str, Any]:
        text = (
            (lambda value: f"{value:.0%}")
            if percent
            else (lambda value: f"{value:,.0f}" if value >= 3 else f"{value:g}")
        )
        return {
            "width": WIDTH,
            "height": HEIGHT,
            "left": LEFT,
            "right": WIDTH - RIGHT,
            "top": TOP,
            "bottom": HEIGHT - BOTTOM,
            "y_ticks": [{"at": self.y(value), "text": text(value)} for value in y_ticks],
        }


def _pieces(box: _Box, values: Sequence[float | None]) -> list[str]:
    """One path per stretch of known values."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for i, value in enumerate(values):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append(box.at(i, value))
    return [_path(piece) for piece in pieces if piece]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def _ticks(top: float) -> list[float]:
    """Three to six round numbers from 0 up to a value."""
    size = 10.0 ** floor(log10(top)) if top > 0 else 1.0
    step = next(size * factor for factor in (0.1, 0.2, 0.25, 0.5, 1.0, 2.0) if top / (size * factor) <= 5.001)
    return [round(step * i, 10) for i in range(int(top / step + 1e-9) + 1)]
