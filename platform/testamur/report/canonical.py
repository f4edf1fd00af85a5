"""Deterministic JSON: sorted keys, UTF-8, no NaN, one newline at the end."""

from __future__ import annotations

import json
from typing import Any

from testamur.contracts.record import Record


def dump_json(value: Any) -> bytes:
    """Bytes of a tree of plain values; equal trees give equal bytes.

    Raises:
        ValueError: A number is not finite.
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False)
    return (text + "\n").encode()


def dump_record(record: Record) -> bytes:
    """Bytes of a record; numbers that are not finite become null."""
    return dump_json(json.loads(record.model_dump_json()))
