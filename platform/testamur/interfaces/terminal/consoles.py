"""Consoles, and what may be printed of texts that other people wrote."""

from __future__ import annotations

import json
import sys
import unicodedata
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

_HARMLESS = "\n\t"
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def out() -> Console:
    """Standard output, without guesses at what to colour."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def err() -> Console:
    """Standard error, likewise."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def printable(text: str) -> str:
    """The text, with whatever commands a terminal or turns the reading direction escaped."""
    return "".join(
        character if character in _HARMLESS or not _is_hostile(character) else ascii(character)[1:-1]
        for character in text
    )


def _is_hostile(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs") or character in _TURNING


def print_json(value: Any, *, to_stderr: bool = False) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=not _takes_unicode(to_stderr)), err=to_stderr)


def _takes_unicode(to_stderr: bool) -> bool:
    stream = sys.stderr if to_stderr else sys.stdout
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "") == "utf8"
