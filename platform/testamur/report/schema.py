"""The published JSON Schema of report.json."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from testamur.contracts.report import SCHEMA_VERSION, Report
from testamur.report.canonical import dump_json

SCHEMA_FILE = "report.schema.json"


def make_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the report as it is written."""
    schema = Report.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:testamur:report:{SCHEMA_VERSION}",
    } | schema


def published_schema() -> bytes:
    """The schema as it ships with the platform."""
    return files("testamur.report").joinpath(SCHEMA_FILE).read_bytes()


def schema_bytes() -> bytes:
    """The schema as it follows from the records; must equal `published_schema`."""
    return dump_json(make_schema())
