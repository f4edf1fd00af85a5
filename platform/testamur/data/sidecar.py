"""The small TOML beside a data file: roles, target and reading options that travel with the data."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from testamur.contracts.companion import LARGEST_BYTES
from testamur.contracts.dataset import Answers, ColumnKind, ProblemKind, SplitRule, WindowRule
from testamur.contracts.errors import ConfigurationError, Problem
from testamur.contracts.job import DatasetRequest
from testamur.contracts.record import Record
from testamur.data.wording import shown
from testamur.hooks.suggest import did_you_mean


class ColumnNote(Record):
    """What the file beside the data says of one column."""

    label: str = ""
    unit: str = ""
    description: str = ""
    kind: ColumnKind | None = None
    values: dict[str, str] = Field(default_factory=dict)
    bands: tuple[float, ...] = ()
    immutable: bool = False


class Sidecar(Record):
    """Everything the file beside the data may say; the job's own values win."""

    problem: ProblemKind | None = None
    target: str | None = None
    positive: str | None = None
    least_weight: float | None = None
    repeats: bool | None = None
    horizon: int | None = Field(default=None, ge=1, le=10_000)
    season: int | None = Field(default=None, ge=1, le=100_000)
    quantiles: tuple[float, ...] = ()
    step: str = ""
    windows: WindowRule | None = None
    features: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    identifier: str | None = None
    entity: str | None = None
    time: str | None = None
    weight: str | None = None
    categorical: tuple[str, ...] = ()
    encoding: str | None = None
    separator: str | None = None
    null_values: tuple[str, ...] = ()
    zone: str | None = None
    split: SplitRule | None = None
    title: str = ""
    licence: str = ""
    subjects: str = ""
    # The rest has no counterpart in a job file.
    summary: str = ""
    event: str = ""
    fit_for: str = ""
    not_fit_for: str = ""
    quasi_identifiers: tuple[str, ...] = ()
    leaks: dict[str, str] = Field(default_factory=dict)
    caveats: tuple[str, ...] = ()
    datasheet: Answers = Field(default_factory=dict)  # answers to questions of `contracts.datasheet`
    columns: dict[str, ColumnNote] = Field(default_factory=dict)


def read_sidecar(path: Path) -> Sidecar:
    """Read the file beside the data.

    Raises:
        ConfigurationError: It is no TOML, or has unknown keys or values of another type: all listed.
    """
    tree = _parse(path)
    try:
        return Sidecar.parse(tree)
    except ValidationError as error:
        problems = [
            _told(path, dict(fault)) for fault in error.errors(include_input=False, include_url=False)
        ]
    raise ConfigurationError(f"{shown(path.name)} cannot be used", problems)


# What still counts where a declaration says the roles of the columns.
READING = ("encoding", "separator", "null_values", "zone", "title", "licence", "subjects")


def overlay(
    request: DatasetRequest, beside: Sidecar, *, only: tuple[str, ...] | None = None
) -> DatasetRequest:
    """The request, filled up from the file beside the data wherever it says nothing itself.

    Args:
        request: The job's ``[dataset]`` part.
        beside: What the file beside the data says.
        only: Entries that are taken from it; None: all.
    """
    known = DatasetRequest.model_fields
    update = {
        name: getattr(beside, name)
        for name in Sidecar.model_fields
        if name in known
        and (only is None or name in only)
        and getattr(request, name) == known[name].get_default(call_default_factory=True)
    }
    return request.model_copy(update=update)


def _parse(path: Path) -> dict[str, Any]:
    where = shown(path.name)
    try:
        content = path.read_bytes()
        if len(content) > LARGEST_BYTES:
            message = f"at most {LARGEST_BYTES:,} bytes are read, however: {len(content):,}"
        else:
            return tomllib.loads(content.decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        message = f"TOML is required, however: {error}"
    except UnicodeDecodeError as error:
        message = f"UTF-8 is required, however: byte {error.start} is not"
    except OSError as error:
        message = f"a readable file is required, however: {type(error).__name__}"
    raise ConfigurationError(f"{where} cannot be used", [Problem(where, message)])


def _told(path: Path, fault: dict[str, Any]) -> Problem:
    location = [str(part) for part in fault["loc"]]
    where = f"{shown(path.name)}: {shown('.'.join(location))}"
    if fault["type"] != "extra_forbidden":
        return Problem(where, str(fault["msg"]))
    fields = ColumnNote.model_fields if location[0] == "columns" else Sidecar.model_fields
    if location[0] == "split":
        fields = SplitRule.model_fields
    return Problem(where, "this key is not known", did_you_mean(location[-1], fields, what="key"))
