"""Reads a job file: TOML from anybody's hand, taken for hostile until it has been checked."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from testamur.contracts.errors import ConfigurationError, Problem
from testamur.contracts.job import JobSpec
from testamur.jobs.explain import explain_faults
from testamur.jobs.plain import find_hostile

MAX_BYTES = 2**20
_SUMMARY = "The job cannot be used"


def read_job_file(path: str | Path) -> dict[str, Any]:
    """Read a job file into a tree of plain values, checked for form but not yet for meaning.

    Raises:
        ConfigurationError: The file cannot be read, is larger than 1 MiB, is no TOML (with line and
            column), or is nested deeper than anything a job needs.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _fault(path, _reading_fault(error), "check the path") from error
    if len(raw) > MAX_BYTES:
        raise _fault(path, "at most 1 MiB is required, however: the file is larger", "is it a data file?")
    try:
        tree = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _fault(
            path, f"UTF-8 is required, however: byte {error.start} is not", "save it as UTF-8"
        ) from error
    except RecursionError as error:
        raise _fault(path, "the values are nested too deeply", "") from error
    except tomllib.TOMLDecodeError as error:
        raise _fault(path, f"TOML is required, however: {error}", "see https://toml.io") from error
    except ValueError as error:  # Python refuses to read a number with thousands of digits
        raise _fault(
            path, "a number of at most 64 bits is required, however: one is far longer", ""
        ) from error
    return check_tree(tree)


def check_tree(tree: Any) -> dict[str, Any]:
    """Return the tree where it is a table of plain values of reasonable size.

    Raises:
        ConfigurationError: With every fault.
    """
    problems = find_hostile(tree)
    if problems:
        raise ConfigurationError(_SUMMARY, problems)
    checked: dict[str, Any] = tree
    return checked


def apply_settings(tree: dict[str, Any], settings: Sequence[str]) -> dict[str, Any]:
    """Return the tree with settings such as ``training.epochs=5`` put in.

    What stands right of the equals sign is read as a TOML value; where it is none, as text.

    Raises:
        ConfigurationError: With every setting that cannot be put in.
    """
    result, problems = _copy(tree), []
    for setting in settings:
        name, equals, text = setting.partition("=")
        keys = _parse_keys(name)
        if not equals or not keys:
            message = f"name=value is required, such as training.epochs=5, however: {setting[:80]!r}"
            problems.append(Problem("--set", message))
        elif not _put(result, keys, _parse_value(text)):
            problems.append(
                Problem(name.strip(), "a key inside a table is required, however: a value stands above it")
            )
    if problems:
        raise ConfigurationError("The settings cannot be used", problems)
    return check_tree(result)


def build_spec(tree: Any) -> JobSpec:
    """Turn a tree of plain values into a request.

    Raises:
        ConfigurationError: With every fault, the path of each, and what was probably meant.
    """
    checked = check_tree(tree)
    try:
        return JobSpec.parse(checked)
    except ValidationError as error:
        raise ConfigurationError(_SUMMARY, explain_faults(error, JobSpec)) from error


def job_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a job file."""
    schema = JobSpec.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Testamur job"}


def _fault(path: Path, message: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(
        "The job file cannot be read", [Problem(ascii(str(path))[1:-1], message, remedy)]
    )


def _reading_fault(error: OSError | ValueError) -> str:
    arrived = error.strerror if isinstance(error, OSError) else "its name cannot be one of a file"
    return f"a readable file is required, however: {arrived}"


def _copy(tree: dict[str, Any]) -> dict[str, Any]:
    return {key: _copy(value) if isinstance(value, dict) else value for key, value in tree.items()}


def _parse_keys(name: str) -> list[str]:
    """``training.epochs`` -> ["training", "epochs"]; quoted parts may hold dots, as in TOML."""
    try:
        node: Any = tomllib.loads(f"{name} = 0") if "\n" not in name and "=" not in name else 0
    except (ValueError, RecursionError):
        return []
    keys = []
    while isinstance(node, dict) and len(node) == 1:
        key, node = next(iter(node.items()))
        keys.append(key)
    return keys


def _parse_value(text: str) -> Any:
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text.strip()
    return table["value"] if set(table) == {"value"} else text.strip()


def _put(tree: dict[str, Any], keys: list[str], value: Any) -> bool:
    for key in keys[:-1]:
        tree = tree.setdefault(key, {})
        if not isinstance(tree, dict):
            return False
    tree[keys[-1]] = value
    return True
