"""Reads a report back: of this version, of an earlier one that is still understood, or a clear refusal."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import ValidationError

from testamur.contracts.errors import IntegrityError
from testamur.contracts.report import SCHEMA_VERSION, Report

UNDERSTOOD = ("1.0",)
"""Earlier versions: all that has been added since has a default that says "not known"."""

_VERSION = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}\Z")
_TOLD = re.compile(r"[A-Za-z0-9_.]{1,60}\Z")
_MOST_PLACES = 5


def parse_report(content: bytes, *, where: str) -> Report:
    """A report from its bytes.

    Args:
        content: What stands in ``report.json``.
        where: The dossier, for the error.

    Raises:
        IntegrityError: It is no JSON, of another schema version, or not what that version asks for.
    """
    verify = f"is it what was sealed? testamur report verify {where}"
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise IntegrityError(
            f"a report in JSON is required, however: {where} holds a damaged one", remedy=verify
        ) from error
    if not isinstance(tree, dict):
        raise IntegrityError(
            f"a report as a JSON object is required, however: {where} holds a {type(tree).__name__}",
            remedy=verify,
        )
    try:
        return Report.model_validate_json(json.dumps(_of_this_version(tree, where)))
    except ValidationError as error:
        places = dict.fromkeys(_place(fault["loc"]) for fault in error.errors())
        shown = ", ".join(list(places)[:_MOST_PLACES])
        raise IntegrityError(
            f"a report that keeps to schema {SCHEMA_VERSION} is required, however: that in {where} does not, "
            f"at {shown}",
            remedy=verify,
        ) from error


def _of_this_version(tree: dict[str, Any], where: str) -> dict[str, Any]:
    stated = tree.get("schema_version")
    if stated == SCHEMA_VERSION:
        return tree
    if stated in UNDERSTOOD:
        return {**tree, "schema_version": SCHEMA_VERSION}
    known = isinstance(stated, str) and _VERSION.match(stated) is not None
    words = f"it is of {stated}" if known else "it states none that is known"
    read = ", ".join((*UNDERSTOOD, SCHEMA_VERSION))
    raise IntegrityError(
        f"a report of schema {read} is required, however: {words} ({where})", remedy=_remedy(tree, stated)
    )


def _remedy(tree: dict[str, Any], stated: Any) -> str:
    """Which version of Testamur reads it, as far as the report tells."""
    made = tree.get("provenance")
    version = made.get("testamur_version") if isinstance(made, dict) else None
    if not isinstance(version, str) or not re.match(r"[0-9][0-9A-Za-z.+]{0,30}\Z", version):
        version = ""
    reader = f"testamur=={version}" if version else "the version of Testamur that wrote it"
    if isinstance(stated, str) and _VERSION.match(stated) and _newer(stated):
        return f"update Testamur, or read it with {reader}"
    return f"read it with {reader}, or run its job.toml again to have a report of schema {SCHEMA_VERSION}"


def _newer(stated: str) -> bool:
    numbers = [tuple(map(int, version.split("."))) for version in (stated, SCHEMA_VERSION)]
    return numbers[0] > numbers[1]


def _place(loc: tuple[int | str, ...]) -> str:
    """Where a fault is; names that are no field's are not repeated."""
    return ".".join(part if _TOLD.match(part) else "…" for part in map(str, loc[:4]))
