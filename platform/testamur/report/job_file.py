"""Writes a job back as TOML, without the password of a database."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from testamur.contracts.job import JobSpec
from testamur.contracts.secrets import mask_job

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def write_job(spec: JobSpec) -> str:
    """A job file that repeats the job; values that equal their default are left out."""
    tree = mask_job(json.loads(spec.model_dump_json(exclude_defaults=True)))
    tree.setdefault("job", {})["seed"] = spec.job.seed
    return "\n\n".join(_table(name, tree[name]) for name in sorted(tree)) + "\n"


def _table(name: str, values: Mapping[str, Any]) -> str:
    lines = [f"{_key(key)} = {_value(value)}" for key, value in values.items() if value is not None]
    return "\n".join([f"[{name}]", *lines])


def _key(name: str) -> str:
    return name if _BARE.match(name) else _value(name)


def _value(value: Any) -> str:
    """A TOML value; JSON strings are valid basic strings once DEL is escaped."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None)
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value if item is not None)}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
