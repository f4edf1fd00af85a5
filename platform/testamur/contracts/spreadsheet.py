"""Keeps a spreadsheet from running a text that is pasted into it. Standard library only."""

from __future__ import annotations

import re

_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?(?:[ \u00a0]?%)?\Z")


def disarm_formula(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run; a number with its sign passes.

    Source: OWASP, CSV Injection.
    """
    return f"'{text}" if text.startswith(_STARTS) and not _NUMBER.match(text) else text
