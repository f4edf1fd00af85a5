"""Plain values as TOML text: what a job file and a policy file are written with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def toml_key(name: str) -> str:
    """A key, quoted where TOML asks for it."""
    return name if _BARE.match(name) else toml_value(name)


def toml_value(value: Any) -> str:
    """A value; JSON strings are valid basic strings once DEL is escaped. None has no word in TOML."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{toml_key(k)} = {toml_value(v)}" for k, v in value.items() if v is not None)
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml_value(item) for item in value if item is not None)}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)


def toml_lines(values: Mapping[str, Any]) -> list[str]:
    """One line per value; what is None is left out."""
    return [f"{toml_key(key)} = {toml_value(value)}" for key, value in values.items() if value is not None]
