"""Reads the JSON of a figure; says which entry is missing or wrong, for the plugin's author."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

Tree = Mapping[str, Any]


class FigureFault(ValueError):
    """A figure that cannot be drawn from what it was given."""


def rows_of(tree: Tree, name: str, *, fewest: int = 1, what: str = "") -> list[Any]:
    """A list of the figure.

    Raises:
        FigureFault: It is absent, no list, or too short.
    """
    found = tree.get(name)
    if not isinstance(found, Sequence) or isinstance(found, str) or len(found) < fewest:
        arrived = "nothing" if found is None else f"{len(found)}" if hasattr(found, "__len__") else "a value"
        raise FigureFault(
            f"the figure {title_of(tree)!r} needs {name!r}, a list of at least {fewest} {what}".rstrip()
            + f", however: {arrived}"
        )
    return list(found)


def text_of(tree: Tree, name: str, default: str | None = None) -> str:
    """A text of the figure.

    Raises:
        FigureFault: It is absent and has no default, or is no text.
    """
    found = tree.get(name, default)
    if not isinstance(found, str):
        raise FigureFault(f"the figure {title_of(tree)!r} needs {name!r}, a text, however: {found!r:.60}")
    return found


def number_of(tree: Tree, name: str, default: float | None = None) -> float | None:
    """A finite number of the figure, or the default where it is absent or null.

    Raises:
        FigureFault: It is something else.
    """
    return number(tree.get(name, default), f"{title_of(tree)}: {name}")


def number(value: Any, where: str) -> float | None:
    """A finite number, or None.

    Raises:
        FigureFault: It is something else.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise FigureFault(f"{where}: a finite number is required, however: {value!r:.60}")
    return float(value)


def title_of(tree: Tree) -> str:
    """What the figure is called, for messages."""
    return str(tree.get("title", "without title"))[:80]
