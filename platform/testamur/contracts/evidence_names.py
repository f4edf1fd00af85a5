"""What a file of evidence may be called. Standard library only."""

from __future__ import annotations

import re

RESERVED = frozenset({"predictions.csv", "training.json"})
"""Files that the platform itself writes; no check may."""

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}\Z")


def is_file_name(name: str) -> bool:
    """True for a plain name of letters, digits and ``._-`` that cannot leave its folder."""
    return _PART.match(name) is not None
