"""The common form of records: strict, frozen, no unknown fields, JSON round trip."""

from __future__ import annotations

import json
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A short name that is safe in paths and SQL: lower case, digits, underscore."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39}){1,2}$")]
"""A registered name: ``domain.thing``."""

Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w]*(\.[A-Za-z_][\w]*)*:[A-Za-z_][\w]*$")]
"""``module:function``, resolved only when it is called: keeps torch out of registration."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Record(BaseModel):
    """A frozen record. Python values must have the right type; JSON and TOML are parsed as JSON."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", ser_json_inf_nan="null", protected_namespaces=()
    )

    @classmethod
    def parse(cls, value: Any) -> Self:
        """Validate a tree of plain values (from TOML or flags) with JSON's conversions.

        Args:
            value: Dictionaries, lists, strings, numbers, dates.

        Raises:
            pydantic.ValidationError: With one entry per fault.
        """
        return cls.model_validate_json(json.dumps(value, default=str))
