"""Rules about a plugin's report parts."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from testamur.contracts.check import CheckOutcome
from testamur.contracts.finding import EvidenceFile
from testamur.contracts.report_spec import ReportKind, ReportSpec
from testamur.hooks.references import resolve
from testamur.testing.complaint import Complaint
from testamur.testing.reports import make_report
from testamur.testing.subject import Subject

LAYOUT = "insight/page.html.j2"
_JSON = "application/json"


def can_be_rendered(subject: Subject) -> Iterator[Complaint]:
    """Each report part has a template inside the plugin, and is drawn with and without evidence."""
    if not subject.reports:
        return
    evidence = golden_evidence(subject)
    for spec in subject.reports:
        path = locate_template(spec.template)
        if path is None:
            yield Complaint(
                "reports",
                f"{spec.key}: the template {spec.template!r} does not exist",
                "package:relative/path of a file inside the plugin is required",
            )
            continue
        if spec.kind is ReportKind.INSIGHT and LAYOUT not in path.read_text(encoding="utf-8"):
            yield Complaint(
                "reports",
                f"{spec.key}: the shared layout is required of an insight page",
                f'begin the template with {{% extends "{LAYOUT}" %}}',
            )
        if spec.batch is not None:
            resolve(spec.batch)
        yield from _draws(spec, subject, evidence)


def golden_evidence(subject: Subject) -> list[EvidenceFile]:
    """JSON evidence of the golden cases of the plugin's checks; of each name, the first."""
    found: dict[str, EvidenceFile] = {}
    for check in subject.checks:
        cases = resolve(check.golden)() if check.golden else []
        for case in cases:
            outcome = resolve(check.run)(case.given)
            files = outcome.evidence if isinstance(outcome, CheckOutcome) else ()
            for file in files:
                if file.media_type == _JSON:
                    found.setdefault(file.name, file)
    return list(found.values())


def _draws(spec: ReportSpec, subject: Subject, files: list[EvidenceFile]) -> Iterator[Complaint]:
    """What a check did not leave behind must not cost a page: it says so instead."""
    seen = {f.name: json.loads(f.content) for f in files if spec.restricted or not f.restricted}
    for evidence, words in (({}, "without any evidence"), (seen, "with the evidence of golden cases")):
        try:
            _draw(spec, subject, evidence)
        except Exception as error:  # noqa: BLE001 - told below, whatever it is
            yield Complaint(
                "reports",
                f"{spec.key} cannot be drawn {words}: {type(error).__name__}: {error}",
                f"mend {spec.render} or {spec.template}; what is missing is said on the page",
            )


def _draw(spec: ReportSpec, subject: Subject, evidence: dict[str, Any]) -> None:
    from testamur.report.render import render_insight, render_part

    dataset = next((d for d in subject.datasets if d.key in spec.datasets), None)
    dataset = dataset or next(iter(subject.datasets), None)
    report = make_report(dataset, domain=subject.info.name)
    content = json.loads(json.dumps(resolve(spec.render)(report, evidence), allow_nan=False))
    if not isinstance(content, dict):
        raise TypeError(f"a dictionary is required, however: {type(content).__name__}")
    if spec.kind is ReportKind.INSIGHT:
        render_insight(report, spec, content)
    else:
        render_part(report, spec, content)


def locate_template(reference: str) -> Path | None:
    """Path of a template named ``package:relative/path``, or None where there is none."""
    package, _, relative = reference.partition(":")
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    if spec is None or not spec.submodule_search_locations or ".." in Path(relative).parts:
        return None
    path = Path(next(iter(spec.submodule_search_locations)), relative)
    return path if path.is_file() else None
