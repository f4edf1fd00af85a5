"""The earlier dossier that a job names: found and read before training, compared with at the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from testamur.contracts.change import Change, ChangeKind
from testamur.contracts.errors import ConfigurationError, IntegrityError, Problem
from testamur.pipeline.compare import Side, compare, open_side, parse_answers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from testamur.contracts.finding import EvidenceFile
    from testamur.contracts.report import Report

MOST_FINDINGS = 200
"""Findings of a comparison that the report holds; `testamur report diff` gives them all."""


def find_previous(name: str | None, *, base: Path, dossiers: Path) -> Side | None:
    """The earlier dossier, or None where the job names none.

    Args:
        name: ``audit.previous``: a folder, from `base` on, or the id of a job.
        base: Folder that relative paths of the job start from.
        dossiers: Where the dossiers of jobs are.

    Raises:
        ConfigurationError: There is no such dossier, or it cannot be compared with.
    """
    if name is None:
        return None
    where = "audit.previous"
    folder = next((path for path in (base / name, dossiers / name) if (path / "report.json").is_file()), None)
    if folder is None:
        message = "the folder of a dossier, or the id of a job that left one, is required"
        raise ConfigurationError(
            "The job cannot run", [Problem(where, f"{message}, however: {name!r} is neither")]
        )
    try:
        return open_side(folder)
    except IntegrityError as error:
        raise ConfigurationError(
            "The job cannot run", [Problem(where, error.message, error.remedy)]
        ) from error


def change_since(previous: Side, report: Report, evidence: Sequence[EvidenceFile]) -> Change:
    """How a new report differs from the earlier one; of findings, those that changed or that limits rest on.

    Args:
        previous: The earlier dossier.
        report: The new report.
        evidence: Its evidence files.
    """
    text = next((file.content.decode() for file in evidence if file.name == "predictions.csv"), "")
    change = compare(previous, Side(report, rows=parse_answers(text, report)))
    told = [f for f in change.findings if f.limited or f.kind is ChangeKind.CHANGED]
    told.sort(key=lambda f: (f.kind is not ChangeKind.CHANGED, not f.limited))
    return change.model_copy(update={"findings": tuple(told[:MOST_FINDINGS])})
