"""Two dossiers side by side: facts, verdicts, coverage, and findings with a test of their change."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from testamur.contracts.change import Change, ChangeKind, CoverageChange, FactChange, FindingChange
from testamur.contracts.dataset import ProblemKind, Role
from testamur.contracts.finding import Finding
from testamur.pipeline.compare_verdicts import compare_verdicts, limited_keys

if TYPE_CHECKING:
    from testamur.audit.change_rows import RowAnswers
    from testamur.contracts.report import Report

PREDICTIONS = "restricted/predictions.csv"
_Key = tuple[str, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two dossiers.

    Attributes:
        report: Its report.
        rows: What its model said of each test row, where the dossier still holds it (binary).
        manifest_sha256: Digest of its manifest, or empty.
        decision: What persons signed on it, in words, or empty.
    """

    report: Report
    rows: RowAnswers | None = None
    manifest_sha256: str = ""
    decision: str = ""


def open_side(folder: Path) -> Side:
    """A dossier to be compared, after a look at its seal.

    Raises:
        IntegrityError: It is not what was sealed, or its report cannot be read by this version.
    """
    from testamur.contracts.errors import IntegrityError
    from testamur.report.listing import MANIFEST, digest_file
    from testamur.report.read import parse_report
    from testamur.report.verify import verify_dossier

    found = verify_dossier(folder)
    if not found.ok:
        raise IntegrityError(
            f"an intact dossier is required, however: {folder} has {len(found.problems)} problem(s)",
            remedy=f"see them: testamur report verify {folder}",
        )
    report = parse_report((folder / "report.json").read_bytes(), where=str(folder))
    signed = [
        f"{s.decision.kind.value}, signed as {s.decision.name} ({s.decision.role}) on "
        f"{s.decision.decided_at.date()}, until {s.decision.expires}"
        for s in found.signatures
    ]
    return Side(
        report=report,
        rows=read_answers(folder / PREDICTIONS, report),
        manifest_sha256=digest_file(folder / MANIFEST)[0],
        decision="; ".join(signed),
    )


def read_answers(path: Path, report: Report) -> RowAnswers | None:
    """The answers of a binary model row by row, or None where they are not there."""
    return parse_answers(path.read_text(encoding="utf-8"), report) if path.is_file() else None


def parse_answers(text: str, report: Report) -> RowAnswers | None:
    """The same from the text of ``predictions.csv``; None where the problem is not binary."""
    from testamur.audit.change_rows import RowAnswers

    if report.data.problem_kind is not ProblemKind.BINARY:
        return None
    lines = list(csv.DictReader(io.StringIO(text)))
    if not lines or not {"row", "target", "probability"} <= lines[0].keys():
        return None
    row = np.array([int(line["row"]) for line in lines])
    order = np.argsort(row, kind="stable")
    selected = None
    if "selected" in lines[0]:
        selected = np.array([int(line["selected"]) for line in lines])[order]
    return RowAnswers(
        row=row[order],
        event=np.array([int(float(line["target"])) for line in lines])[order],
        probability=np.array([float(line["probability"]) for line in lines])[order],
        selected=selected,
    )


def compare(old: Side, new: Side) -> Change:
    """Everything in which two reports differ.

    Findings that limits rest on are one family, all others another; within each, Holm's test keeps the
    chance of a single false "changed" at 1 - level.
    """
    from testamur.audit.change import settle_family

    level = new.report.policy.level
    paired, basis = _paired(old, new, level)
    changes = _compare_findings(old.report, new.report, paired)
    settled = [
        change
        for limited in (True, False)
        for change in settle_family([c for c in changes if c.limited is limited], level)
    ]
    return Change(
        old_report=old.report.report_id,
        new_report=new.report.report_id,
        old_manifest_sha256=old.manifest_sha256,
        old_decision=old.decision,
        basis=basis,
        level=level,
        facts=compare_facts(old.report, new.report),
        verdicts=compare_verdicts(old.report, new.report),
        coverage=compare_coverage(old.report, new.report),
        findings=tuple(settled),
        n_tested=sum(c.p_value is not None for c in settled),
        n_changed=sum(c.kind is ChangeKind.CHANGED for c in settled),
    )


def _paired(old: Side, new: Side, level: float) -> tuple[dict[tuple[str, str], Any], str]:
    from testamur.audit.change_rows import paired_changes, same_rows

    same_data = old.report.data.sha256 == new.report.data.sha256
    shared = any(card.role == Role.ENTITY.value for card in new.report.data.columns)
    if shared:
        why = "rows share entities, which a pairing of rows would take as independent"
    elif old.rows is None or new.rows is None:
        why = "the answers row by row are not at hand on both sides"
    elif not same_data or not same_rows(old.rows, new.rows):
        why = "they were tested on different rows"
    else:
        return paired_changes(old.rows, new.rows, level), (
            f"the same {len(new.rows.row):,} test rows: measures of the whole test are paired, "
            "the others compared by their intervals as if of two samples, which finds less"
        )
    return {}, f"two samples compared by their intervals: {why}"


def _compare_findings(old: Report, new: Report, paired: dict[tuple[str, str], Any]) -> list[FindingChange]:
    from testamur.audit.change import compare_findings, describe

    before, after = _by_key(old), _by_key(new)
    limited = limited_keys(old) | limited_keys(new)
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        one, two = before.get(key), after.get(key)
        of_limit = key[:2] in limited
        if one is None or two is None:
            only = one or two
            assert only is not None
            found.append(describe(only, one, two, limited=of_limit))
            continue
        whole = not any(key[2:])
        found.append(
            compare_findings(one, two, limited=of_limit, paired=paired.get(key[:2]) if whole else None)
        )
    return found


def _by_key(report: Report) -> dict[_Key, Finding]:
    found: dict[_Key, Finding] = {}
    for f in report.findings:
        key = (f.check, f.measure, f.attribute, str(f.group or ""), str(f.reference or ""), f.subject)
        found.setdefault(key, f)
    return found


def compare_facts(old: Report, new: Report) -> tuple[FactChange, ...]:
    """What both state, and state differently."""
    pairs = zip(_facts(old).items(), _facts(new).values(), strict=True)
    return tuple(FactChange(what=what, old=one, new=two) for (what, one), two in pairs if one != two)


def _facts(report: Report) -> dict[str, str]:
    training, made, policy = report.training, report.provenance, report.policy
    threshold = "none" if report.threshold is None else f"{report.threshold:.4g}"
    return {
        "data": report.data.title,
        "data, SHA-256": report.data.sha256,
        "rows of the test": f"{report.data.n_test:,}",
        "model": report.model_title,
        "options": "" if training is None else str(dict(sorted(training.options.items()))),
        "weights, SHA-256": (training.weights_sha256 or "") if training else "",
        "decision threshold": threshold,
        "policy": policy.key,
        "policy, version": policy.version,
        "purpose": report.purpose.intended,
        "Testamur": made.testamur_version,
        "code, SHA-256": made.code_sha256 or "",
        "plugins": ", ".join(f"{name} {version}" for name, version in sorted(made.plugins.items())),
        "packages": ", ".join(f"{name} {version}" for name, version in sorted(made.packages.items())),
        "device": made.device,
        "seed": str(made.seed),
        "cleared": "yes" if report.cleared else "no",
    }


def compare_coverage(old: Report, new: Report) -> tuple[CoverageChange, ...]:
    """Checks whose status is another, or that are planned in one report only."""
    before, after = ({e.check: e for e in report.coverage} for report in (old, new))
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        one, two = before.get(key), after.get(key)
        if (one and one.status) == (two and two.status):
            continue
        told = two or one
        assert told is not None
        found.append(
            CoverageChange(
                check=key,
                question=told.question,
                old=one.status if one else None,
                new=two.status if two else None,
                reason=two.reason if two else "",
            )
        )
    return tuple(found)
