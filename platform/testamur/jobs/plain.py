"""Looks through a tree of plain values for what no job needs and what would harm a later reader."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from testamur.contracts.errors import Problem

MAX_DEPTH = 12
_MAX_PROBLEMS = 50
_LARGEST = 2**63 - 1


def find_hostile(tree: Any) -> list[Problem]:
    """Problems of form: depth, kinds of values, numbers out of range, characters that no name has.

    Walks with a stack of its own, so that deep nesting cannot exhaust the interpreter's.
    """
    if not isinstance(tree, dict):
        return [Problem("job", f"a table is required, however: {type(tree).__name__}")]
    problems: list[Problem] = []
    stack: list[tuple[str, Any, int]] = [("", tree, 0)]
    while stack and len(problems) < _MAX_PROBLEMS:
        where, value, depth = stack.pop()
        fault = _fault(value, depth)
        if fault:
            problems.append(Problem(where or "job", fault))
        elif isinstance(value, dict | list | tuple):
            stack.extend((_join(where, key), inner, depth + 1) for key, inner in _members(value))
            problems.extend(_bad_keys(where, value))
    return problems


def printable(text: object, limit: int = 60) -> str:
    """A text from a job file as it may be printed: escaped and cut."""
    escaped = ascii(str(text))[1:-1]
    return escaped if len(escaped) <= limit else escaped[:limit] + "..."


def _members(value: Any) -> Iterator[tuple[object, Any]]:
    return iter(value.items()) if isinstance(value, dict) else enumerate(value)


def _join(where: str, key: object) -> str:
    if isinstance(key, int):
        return f"{where}[{key}]"
    return f"{where}.{printable(key)}" if where else printable(key)


def _bad_keys(where: str, value: Any) -> list[Problem]:
    if not isinstance(value, dict):
        return []
    return [
        Problem(_join(where, key), "a key of printable text is required")
        for key in value
        if not isinstance(key, str) or _text_fault(key)
    ]


def _fault(value: Any, depth: int) -> str:
    if depth > MAX_DEPTH:
        return f"at most {MAX_DEPTH} levels of nesting are required"
    if isinstance(value, str):
        return _text_fault(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "a finite number is required, however: nan or inf"
    if isinstance(value, int) and abs(value) > _LARGEST:
        return "a number of at most 64 bits is required"
    if value is None or isinstance(value, bool | int | float | datetime | date | time | dict | list | tuple):
        return ""
    return f"a text, number, date, list or table is required, however: {type(value).__name__}"


def _text_fault(text: str) -> str:
    if "\x00" in text:
        return "a text without NUL characters is required"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "a text of valid Unicode characters is required"
    return ""
