"""Proposes the name that was probably meant. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], *, what: str = "name") -> str:
    """Say in one sentence what was probably meant, or what there is.

    Args:
        name: What was asked for.
        known: The names that exist.
        what: What is named, in the singular.
    """
    import difflib

    names = sorted(set(known))
    if not names:
        return f"no {what} is known here"
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    near = near or [known_name for known_name in names if _same_end(name, known_name)][:3]
    if near:
        return f"did you mean {' or '.join(near)}?"
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    return f"known: {shown}"


def _same_end(name: str, known: str) -> bool:
    """True for ``nhefs`` against ``health.nhefs``: the domain was forgotten or wrong."""
    return name.rpartition(".")[2] == known.rpartition(".")[2]
