"""What the report answers to each item of TRIPOD+AI: measured values, declared facts, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from testamur.contracts.finding import CheckStatus, Finding
from testamur.contracts.report import Report
from testamur_health.clinical.tripod_items import items

NOTHING = "not covered by a measurement"
Answer = tuple[str, str]  # kind (measured, declared, by the pipeline), words
PIPELINE = "by the pipeline"


def render(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """One row per item; `kind` is measured, by the pipeline, declared, or empty: the report says nothing.

    Args:
        report: The audit report.
        evidence: Shared evidence by file name; not used: every answer is a finding or a declaration.
    """
    rows = []
    for item in items():
        kind, words = ANSWERS.get(item.number, _none)(report)
        rows.append(
            {
                "number": item.number,
                "section": item.section,
                "asks": item.asks,
                "kind": kind,
                "answer": words or NOTHING,
            }
        )
    kinds = ("measured", PIPELINE, "declared", "")
    counts = {kind: sum(row["kind"] == kind for row in rows) for kind in kinds}
    return {
        "rows": rows,
        "n": len(rows),
        "n_measured": counts["measured"],
        "n_pipeline": counts[PIPELINE],
        "n_declared": counts["declared"],
        "n_nothing": counts[""],
    }


def _none(_report: Report) -> Answer:
    return "", ""


def _declared(words: str) -> Answer:
    return ("declared", words) if words.strip() else ("", "")


def _made(words: str) -> Answer:
    """What the pipeline does with every job."""
    return PIPELINE, words


def _measured(words: str) -> Answer:
    return ("measured", words) if words.strip() else ("", "")


def _finding(report: Report, measure: str, attribute: str = "") -> Finding | None:
    """The overall finding of a measure, or the first of an attribute that could be told."""
    for finding in report.findings:
        right = finding.measure == measure and finding.attribute == attribute and not finding.subject
        if right and finding.status is CheckStatus.DONE and (attribute or finding.group is None):
            return finding
    return None


def say(finding: Finding | None) -> str:
    """A finding as ``label 0.82 (0.77 to 0.87)``, or nothing."""
    if finding is None or finding.value is None:
        return ""
    ends = (
        "" if finding.low is None or finding.high is None else f" ({finding.low:.2f} to {finding.high:.2f})"
    )
    return f"{finding.label} {finding.value:.2f}{ends}"


def _together(report: Report, *measures: str) -> str:
    return "; ".join(said for measure in measures if (said := say(_finding(report, measure))))


def _performance(report: Report) -> Answer:
    overall = _together(report, "auc", "observed_expected_ratio", "calibration_slope", "brier", "net_benefit")
    groups = sorted({f.attribute for f in report.findings if f.group is not None and f.attribute})
    inside = (
        f"; by {', '.join(g for g in groups if '*' not in g)} in the sections on calibration and fairness"
    )
    return _measured(overall + (inside if groups else ""))


def _events(report: Report) -> Answer:
    balance = next(
        (f for f in report.findings if f.check == "core.data.balance" and f.value is not None), None
    )
    share = f"; {100 * balance.value:.1f} % with the outcome" if balance and balance.value is not None else ""
    data = report.data
    return _measured(
        f"{data.n_train:,} training, {data.n_validation:,} validation, {data.n_test:,} test{share}"
    )


def _missing(report: Report) -> Answer:
    known = [c for c in report.data.columns if c.n_missing]
    words = (
        f"{len(known)} columns have missing cells; they are imputed with a flag, learnt from training rows"
    )
    return _measured(words if known else "no cell is missing")


def _characteristics(report: Report) -> Answer:
    n = len(report.data.columns)
    return _measured(
        f"{n} columns with missing counts in the data section; by {', '.join(report.data.protected)}"
    )


def _sample(report: Report) -> Answer:
    unshown = sum(v.status.value == "not shown" for v in report.verdicts)
    of = len(report.verdicts)
    words = (
        f"the size was given, not planned; {unshown} of {of} limits cannot be shown with it, see detectable "
        "gaps"
    )
    return _measured(words)


def _fairness(report: Report) -> Answer:
    gaps = [say(_finding(report, "equal_opportunity_gap", a)) for a in report.data.protected]
    said = "; ".join(f"{a}: {g}" for a, g in zip(report.data.protected, gaps, strict=True) if g)
    kept = "kept out of" if not report.data.protected_as_features else "among"
    return _measured(f"protected attributes {kept} the features; {said}" if said else "")


def _output(report: Report) -> Answer:
    if report.threshold is None:
        return _measured("a probability; no threshold")
    return _measured(f"a probability; threshold {report.threshold:.3f}, {report.threshold_rule}")


def _specification(report: Report) -> Answer:
    training = report.training
    return _measured(
        f"{report.model_title}, {training.n_parameters:,} parameters, in the dossier as safetensors "
        "with its encoder; "
        f"SHA-256 {training.weights_sha256[:12]}"
    )


def _predictors(report: Report) -> Answer:
    features = [c for c in report.data.columns if c.role == "feature"]
    told = sum(bool(c.description or c.unit) for c in features)
    return _declared(f"{len(features)} predictors in the data section, {told} with definition or unit")


def _leaks(report: Report) -> Answer:
    n = len(report.data.leaks)
    words = (
        f"{n} columns were left out because they are later than the moment of prediction, each with its "
        "reason"
    )
    return _declared(words if n else "all columns of the source but identifier and protected attributes")


def _preparation(report: Report) -> Answer:
    twins = _finding(report, "twin_share")
    said = say(twins) or "see leakage"
    return _measured(f"types, twins and leaking columns were checked before training ({said})")


ANSWERS: dict[str, Callable[[Report], Answer]] = {
    "1": lambda r: _declared(f"{r.title}: {r.data.subjects}, {r.data.event}"),
    "2": lambda _r: _made("first screen of this report"),
    "3b": lambda r: _declared("; ".join(t for t in (r.purpose.intended, r.data.fit_for) if t)),
    "4": lambda _r: _made("development, and evaluation on held-out rows of the same source (internal)"),
    "5a": lambda r: _declared(f"{r.data.source.title}; {r.data.source.licence}"),
    "5b": lambda r: _declared(r.data.summary),
    "6a": lambda r: _declared(r.data.summary),
    "6b": lambda r: _declared(r.data.caveats[0] if r.data.caveats else ""),
    "7": _preparation,
    "8a": lambda r: _declared(r.data.event),
    "9a": _leaks,
    "9b": _predictors,
    "10": _sample,
    "11": _missing,
    "12a": lambda r: _made(r.data.split),
    "12b": lambda _r: _made("encoding learnt from training rows alone, kept in the dossier as encoder.json"),
    "12c": lambda r: _made(
        f"{r.model_title}; stopped at epoch {r.training.best_epoch} of {r.training.epochs_run} on "
        "validation rows"
    ),
    "12e": lambda r: _declared(
        f"primary measure {r.policy.primary_measure or 'not stated'}; limits: {r.policy.title}"
    ),
    "12g": lambda _r: _made("on the test rows, once, by the model as sealed"),
    "13": lambda _r: _made("rows are not resampled; calibration is measured on the test rows as they are"),
    "14": _fairness,
    "15": _output,
    "16": lambda _r: _made("same source, divided by the rule of item 12a: an external evaluation is missing"),
    "18e": lambda r: _declared(r.data.source.url),
    "18f": lambda r: _declared(
        f"Testamur {r.provenance.testamur_version}; repeated by: {r.provenance.reproduce}"
    ),
    "20a": _events,
    "20b": _characteristics,
    "21": _events,
    "22": _specification,
    "23a": _performance,
    "25": lambda r: _measured(
        f"cleared by the policy: {'yes' if r.cleared else 'no'}; "
        f"{sum(v.status.value == 'met' for v in r.verdicts)} of {len(r.verdicts)} limits met"
    ),
    "26": lambda r: _declared(" ".join(r.data.caveats)),
    "27a": _missing,
    "27b": lambda r: _declared(r.purpose.override),
    "27c": lambda r: _declared(r.data.not_fit_for),
}
