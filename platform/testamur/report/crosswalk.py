"""The crosswalk: fields of laws and standards, each led to what was measured or stated, or to nothing.

A row says where an answer can be found. It does not say that a duty is fulfilled.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from testamur.contracts.finding import CheckStatus, CoverageEntry
from testamur.contracts.report import Report
from testamur.report.canonical import dump_json
from testamur.report.names import check_anchor

FOLDER = "crosswalks"
NOTHING = "not covered by a measurement"
UNVERIFIED = "not verified against a primary text"
COMPARED = "wording compared with a reproduction of the text"


@dataclass(frozen=True, slots=True)
class CrosswalkRow:
    """One field and what the report has on it.

    Attributes:
        field: Article, subcategory or item.
        asks: What it asks for, in our words.
        answer: measured (in part), stated, not measured, or `NOTHING`.
        measured: (anchor, key of the check, findings done) of the checks that gave findings.
        not_measured: (anchor, key, status and reason) of those that apply and gave none.
        stated: Anchors and names of what somebody stated.
        verdicts: (anchor, words) of the limits on those checks.
        wording: How far the row was held against the text.
    """

    field: str
    asks: str
    answer: str
    measured: tuple[tuple[str, str, int], ...]
    not_measured: tuple[tuple[str, str, str], ...]
    stated: tuple[tuple[str, str], ...]
    verdicts: tuple[tuple[str, str], ...]
    wording: str


@dataclass(frozen=True, slots=True)
class CrosswalkSheet:
    """One law or standard."""

    key: str
    title: str
    source: str
    jurisdiction: str
    dated: str
    note: str
    rows: tuple[CrosswalkRow, ...]

    @property
    def n_measured(self) -> int:
        """Rows on which something was measured."""
        return sum(bool(row.measured) for row in self.rows)


def make_crosswalk(report: Report) -> tuple[CrosswalkSheet, ...]:
    """Every sheet that concerns the report's domain."""
    return tuple(
        CrosswalkSheet(
            key=key,
            title=tree["title"],
            source=tree["source"],
            jurisdiction=tree["jurisdiction"],
            dated=tree["dated"].isoformat(),
            note=tree["note"],
            rows=tuple(_row(row, report) for row in tree["rows"]),
        )
        for key, tree in _trees().items()
        if not tree.get("domains") or report.domain in tree["domains"]
    )


def crosswalk_json(sheets: Sequence[CrosswalkSheet]) -> bytes:
    """The sheets as JSON."""
    return dump_json({"sheets": [asdict(sheet) for sheet in sheets]})


def crosswalk_csv(sheets: Sequence[CrosswalkSheet]) -> bytes:
    """The sheets as one table; UTF-8, a row per field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["source", "jurisdiction", "dated", "field", "asks", "answer", "measured", "not_measured", "stated",
         "verdicts", "wording"]
    )  # fmt: skip
    for sheet in sheets:
        for row in sheet.rows:
            found = [
                "; ".join(f"{key} ({n} findings)" for _, key, n in row.measured),
                "; ".join(f"{key}: {why}" for _, key, why in row.not_measured),
                "; ".join(name for _, name in row.stated),
                "; ".join(words for _, words in row.verdicts),
            ]
            head = [sheet.source, sheet.jurisdiction, sheet.dated, row.field, row.asks, row.answer]
            writer.writerow([*head, *found, row.wording])
    return text.getvalue().encode()


@cache
def _trees() -> dict[str, Any]:
    folder = files("testamur.report").joinpath(FOLDER)
    names = sorted(child.name for child in folder.iterdir() if child.name.endswith(".toml"))
    return {
        name.removesuffix(".toml"): tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8"))
        for name in names
    }


def _row(tree: Mapping[str, Any], report: Report) -> CrosswalkRow:
    sections, keys = set(tree.get("sections", ())), set(tree.get("checks", ()))
    entries = [e for e in report.coverage if e.section.value in sections or e.check in keys]
    applying = [e for e in entries if e.status is not CheckStatus.NOT_APPLICABLE]
    done = {e.check: _n_done(e, report) for e in applying}
    measured = tuple((check_anchor(key), key, n) for key, n in done.items() if n)
    silent = tuple(
        (check_anchor(e.check), e.check, f"{e.status.value}: {e.reason}" if e.reason else e.status.value)
        for e in applying
        if not done[e.check]
    )
    stated = tuple(_STATED[name](report) for name in tree.get("stated", ()))
    given = tuple((anchor, name) for anchor, name, there in stated if there)
    judged = [v for v in report.verdicts if v.limit.check in done or tree.get("limits")]
    verdicts = tuple((f"limit-{v.limit.id}", f"{v.limit.title}: {v.status.value}") for v in judged)
    return CrosswalkRow(
        field=tree["field"],
        asks=tree["asks"],
        answer=_answer(bool(measured or (tree.get("limits") and verdicts)), bool(given), bool(silent)),
        measured=measured,
        not_measured=silent,
        stated=given,
        verdicts=verdicts,
        wording=COMPARED if tree.get("compared") else UNVERIFIED,
    )


def _n_done(entry: CoverageEntry, report: Report) -> int:
    return sum(f.check == entry.check and f.status is CheckStatus.DONE for f in report.findings)


def _answer(measured: bool, stated: bool, silent: bool) -> str:
    if measured:
        return "measured in part" if silent else "measured"
    if stated:
        return f"stated; {NOTHING}"
    return f"not measured; {NOTHING}" if silent else NOTHING


def _of_purpose(name: str, words: str) -> Callable[[Report], tuple[str, str, bool]]:
    return lambda report: ("purpose", words, bool(str(getattr(report.purpose, name)).strip()))


_STATED: Mapping[str, Callable[[Report], tuple[str, str, bool]]] = {
    "purpose.intended": _of_purpose("intended", "intended use"),
    "purpose.excluded": _of_purpose("excluded", "excluded uses"),
    "purpose.legal_basis": _of_purpose("legal_basis", "legal basis"),
    "purpose.controller": _of_purpose("controller", "controller"),
    "purpose.data_subjects": _of_purpose("data_subjects", "data subjects"),
    "purpose.retention": _of_purpose("retention", "retention"),
    "purpose.override": _of_purpose("override", "who can overrule it"),
    "purpose.tasks": _of_purpose("tasks", "tasks that change"),
    "purpose.consultation": _of_purpose("consultation", "who was consulted"),
    "data.source": lambda report: ("data", "source of the data", bool(report.data.source.title)),
    "model": lambda report: ("model", "model and training", report.training is not None),
    "policy": lambda report: ("policy", "policy and its reasons", bool(report.policy.limits)),
    "limitations": lambda report: ("limitations", "limitations", bool(report.limitations)),
    "provenance": lambda report: ("provenance", "versions, code and evidence", True),
    "change": lambda report: ("change", "change since the earlier report", report.change is not None),
    "triggers": lambda report: ("change", "when a new audit is due", bool(report.triggers)),
}
"""What a row may point to beside measurements: anchor, name, and whether it is there."""
