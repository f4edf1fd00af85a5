"""The model card: Markdown with a YAML head in the form of the Hugging Face hub, from the report's numbers.

Form: ``model-index`` of the hub's metadata (https://huggingface.co/docs/hub/model-cards). Every value is the
one that stands in ``report.json``, unrounded in the head and as printed on the page in the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding
from testamur.contracts.report import Report
from testamur.report.decision import make_decision_rows
from testamur.report.headline import release_words, standing_words
from testamur.report.names import Names
from testamur.report.numbers import format_count
from testamur.report.unmeasured import list_gaps

TASKS = {
    ProblemKind.BINARY: "tabular-classification",
    ProblemKind.MULTICLASS: "tabular-classification",
    ProblemKind.REGRESSION: "tabular-regression",
    ProblemKind.FORECAST: "time-series-forecasting",
}
"""Task types of the hub; for other problems the hub has none, and the card says ``other``."""

MOST_GAPS = 30
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|!])")
_BREAKS = re.compile(r"\s+")


def make_card(report: Report) -> str:
    """The card of a report, as Markdown in UTF-8."""
    names = Names(report)
    parts = [
        f"---\n{_yaml(_head(report))}---\n",
        f"# {_plain(report.title)}\n",
        _first_words(report),
        _purpose(report),
        _decisions(report, names),
        _measures(report, names),
        _gaps(report, names),
        _data(report),
        _limitations(report),
        _provenance(report),
    ]
    return "\n".join(part for part in parts if part)


def _head(report: Report) -> dict[str, Any]:
    data, task = report.data, TASKS.get(report.data.problem_kind, "other")
    metrics = [_metric(f) for f in card_findings(report)]
    result = {
        "task": {"type": task, "name": data.problem_kind.value},
        "dataset": {
            "type": data.key or "own-data",
            "name": data.title,
            "split": "test",
            "revision": data.sha256,
        },
        "metrics": metrics,
    }
    licence = data.source.licence
    return {
        "library_name": "testamur",
        "pipeline_tag": task,
        "tags": ["testamur", report.domain, "audited"],
        **({"license_note": f"of the data: {licence}"} if licence else {}),
        "model-index": [{"name": report.title, "results": [result]}] if metrics else [],
    }


def card_findings(report: Report) -> list[Finding]:
    """What the head lists: measures of the model on the whole test, and every finding under a limit."""
    judged = {v.finding for v in report.verdicts if v.finding is not None}
    sections = {e.check for e in report.coverage if e.section.value in ("performance", "calibration")}
    return [
        f for i, f in enumerate(report.findings)
        if f.status is CheckStatus.DONE and f.value is not None
        and (i in judged or (f.check in sections and not (f.group or f.attribute or f.subject)))
    ]  # fmt: skip


def _metric(finding: Finding) -> dict[str, Any]:
    about = (
        f", {finding.group}" if finding.group else f", by {finding.attribute}" if finding.attribute else ""
    )
    interval = {
        "n": finding.n,
        "low": finding.low,
        "high": finding.high,
        "level": finding.level,
        "check": finding.check,
    }
    return {
        "type": finding.measure,
        "name": f"{finding.label}{about}",
        "value": finding.value,
        "args": interval,
    }


def _first_words(report: Report) -> str:
    test = f"{format_count(report.data.n_test)} {report.data.subjects}"
    whether = "handed over with it" if report.examined else "it was not trained on"
    return (
        f"{_plain(report.model_title)}, examined on {_plain(test)} {whether}.\n\n"
        f"**{release_words(report)}** {standing_words(report.verdicts)}\n\n"
        f"Policy `{report.policy.key}` {report.policy.version}, set by {_plain(report.policy.owner)}. "
        f"Report `{report.report_id}`, valid until {report.expires}. "
        "This card repeats the numbers of `report.json`; the report beside it has the evidence.\n"
    )


def _purpose(report: Report) -> str:
    given = report.purpose
    rows = (
        ("Intended use", given.intended),
        ("Excluded uses", given.excluded),
        ("People in the data", given.data_subjects),
        ("Who can overrule it", given.override),
    )
    lines = [f"- {label}: {_plain(text) or 'not stated'}" for label, text in rows]
    return "\n".join(["## Uses", "", *lines, ""])


def _decisions(report: Report, names: Names) -> str:
    rows = make_decision_rows(report, names)
    if not rows:
        return "## Limits\n\nThe policy sets no limit that applies.\n"
    lines = [
        f"| {_plain(r.title)} | {_plain(r.measure)}{f', {_plain(r.about)}' if r.about else ''} | {r.value} | "
        f"{r.ends} | {'must' if r.must else 'should'}: {r.limit} | {r.status} | {r.basis or '–'} |"
        for r in rows
    ]
    head = "| Limit | Measure | Value | Interval | Demand | Verdict | On how many |"
    return "\n".join(["## Limits and verdicts", "", head, "|---|---|---|---|---|---|---|", *lines, ""])


def _measures(report: Report, names: Names) -> str:
    lines = [
        f"| {_plain(f.label)} | {_plain(names.about(f)) or 'all rows'} | {names.interval(f)} | "
        f"{format_count(f.n) if f.n else '–'} | `{f.check}` |"
        for f in card_findings(report)
    ]
    head = "| Measure | About | Value (interval) | n | Check |"
    return "\n".join(["## Measures", "", head, "|---|---|---|---|---|", *lines, ""]) if lines else ""


def _gaps(report: Report, names: Names) -> str:
    gaps = list_gaps(report, names)
    if not gaps:
        return ""
    lines = [
        f"- {_plain(g.what)}{f': {_plain(g.measures)}' if g.measures else ''} "
        f"({g.status}{f': {_plain(g.reason)}' if g.reason else ''})"
        for g in gaps[:MOST_GAPS]
    ]
    rest = len(gaps) - len(lines)
    tail = [f"- and {rest} more in the report"] if rest > 0 else []
    return "\n".join(["## What could not be measured", "", *lines, *tail, ""])


def _data(report: Report) -> str:
    data = report.data
    source = f"{data.source.title}{f', {data.source.licence}' if data.source.licence else ''}"
    lines = [
        f"- {_plain(data.title)}: {format_count(data.n_train)} rows to train, "
        f"{format_count(data.n_validation)} to validate, {format_count(data.n_test)} to test; "
        f"{_plain(data.split)}",
        f"- Source: {_plain(source) or 'not stated'}",
        f"- SHA-256: `{data.sha256}`",
    ]
    return "\n".join(["## Data", "", *lines, ""])


def _limitations(report: Report) -> str:
    lines = [f"- {_plain(text)}" for text in report.limitations]
    lines += [f"- Stated by the author: {_plain(text)}" for text in report.purpose.limitations]
    return "\n".join(["## Limitations", "", *lines, ""]) if lines else ""


def _provenance(report: Report) -> str:
    made = report.provenance
    weights = report.training.weights_sha256 if report.training else None
    lines = [
        f"- Testamur {made.testamur_version}, seed {made.seed}, {made.device}",
        f"- To repeat it: `{made.reproduce}`",
    ]
    lines += [f"- Weights, SHA-256: `{weights}`"] if weights else []
    return "\n".join(["## Provenance", "", *lines, ""])


def _plain(text: str) -> str:
    """A text as Markdown prints it: no markup of its own, on one line."""
    return _MARKDOWN.sub(r"\\\1", _BREAKS.sub(" ", text).strip())


def _yaml(tree: Any, indent: int = 0) -> str:
    """Plain values as YAML: blocks for mappings and lists, JSON (which YAML includes) for scalars."""
    pad = "  " * indent
    if isinstance(tree, Mapping):
        lines = []
        for key, value in tree.items():
            nested = isinstance(value, Mapping | list) and value
            lines.append(
                f"{pad}{key}:\n{_yaml(value, indent + 1)}" if nested else f"{pad}{key}: {_scalar(value)}\n"
            )
        return "".join(lines)
    lines = []
    for value in tree:
        if isinstance(value, Mapping | list) and value:
            lines.append(f"{pad}- {_yaml(value, indent + 1).lstrip()}")
        else:
            lines.append(f"{pad}- {_scalar(value)}\n")
    return "".join(lines)


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
