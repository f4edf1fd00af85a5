"""Why applicants are refused, and whether the reasons would be the same again."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import EvidenceFile, Finding, Unit
from testamur_finance.credit.explain import Explained, explain
from testamur_finance.credit.lending import Floats, Ints, Lending, lending_of
from testamur_finance.credit.parts import take
from testamur_finance.credit.reason_texts import MOST_REASONS, reason_text
from testamur_finance.credit.reasons import kept_share, overlap, top_reasons
from testamur_finance.findings import counted, generator, json_file, measured, unknown
from testamur_finance.intervals import Interval, mean_interval, share_interval

KEY = "finance.credit.reasons"
EVIDENCE = "finance_reasons.json"
LETTERS = "finance_letters.json"
STEADY = 0.8  # share of refits in which a reason must stand to be called steady


def measure_reasons(given: AuditInput) -> CheckOutcome:
    """The four features that count most against each refused applicant, under the model and its refits."""
    lending = lending_of(given)
    refused = np.flatnonzero(~lending.approved)
    if not refused.size or given.predictor is None:
        reason = "nobody is refused" if given.predictor is not None else "the model itself was not given"
        return CheckOutcome((unknown(KEY, "refused", "applicants refused", reason, Unit.COUNT),))
    part = take(given.table.test, refused)
    explained = explain(given, given.predictor, part, lending.threshold)
    reasons = top_reasons(explained.values)
    kept = kept_share(reasons, explained.again)
    findings = [
        counted(KEY, "refused", "applicants refused", len(refused), lending.part.n_rows, evidence=EVIDENCE),
        *_stability(given, reasons, explained, kept),
    ]
    shared = _shared(given, reasons, kept, explained, findings)
    return CheckOutcome(
        tuple(findings), (shared, _letters(given, lending, refused, reasons, explained, kept))
    )


def _stability(given: AuditInput, reasons: Ints, explained: Explained, kept: Floats) -> list[Finding]:
    n = len(reasons)
    about: dict[str, Any] = {"evidence": EVIDENCE, "level": given.policy.level}
    if not explained.again:
        reason = "the recipe of this model cannot be repeated here; use finance.scorecard"
        return [
            unknown(KEY, measure, label, reason, Unit.SHARE)
            for measure, label in (
                ("reason_overlap", "overlap of reasons"),
                ("same_first_reason", "same first reason"),
                ("steady_reasons", "steady reasons"),
            )
        ]
    mean = np.mean([overlap(reasons, other) for other in explained.again], axis=0)  # (n,)
    first = np.mean([reasons[:, 0] == other[:, 0] for other in explained.again], axis=0)
    words = f"mean over {len(explained.again)} refits on bootstrap samples; "

    def interval(values: Floats) -> Interval:
        found = mean_interval(
            values,
            level=given.policy.level,
            n_draws=given.options.bootstrap,
            rng=generator(given, KEY),
        )
        return Interval(found.value, found.low, found.high, words + found.method)

    given_reasons = reasons >= 0
    n_steady = int((kept[given_reasons] >= STEADY).sum())
    return [
        measured(KEY, "reason_overlap", "overlap of reasons", interval(mean), n, Unit.SHARE, **about),
        measured(KEY, "same_first_reason", "same first reason", interval(first), n, Unit.SHARE, **about),
        measured(
            KEY,
            "steady_reasons",
            f"reasons that stand in {STEADY:.0%} of refits",
            share_interval(n_steady, int(given_reasons.sum()), given.policy.level),
            int(given_reasons.sum()),
            Unit.SHARE,
            note="reasons of one applicant are counted as if independent",
            **about,
        ),
    ]


def _shared(
    given: AuditInput, reasons: Ints, kept: Floats, explained: Explained, findings: list[Finding]
) -> EvidenceFile:
    """How often each reason is given: aggregate, small counts withheld."""
    minimum, dataset = given.policy.minimum_cell, _dataset(given)
    rows = []
    for position, feature in enumerate(given.table.features):
        where = reasons == position
        n = int(where.sum())
        if n == 0:
            continue
        shown = n >= max(minimum, 1)
        rows.append(
            {
                "feature": feature.name,
                "label": feature.label,
                "text": reason_text(dataset, feature.name, feature.label),
                "n": n if shown else None,
                "share": n / len(reasons) if shown else None,
                "kept": float(np.nanmean(kept[where])) if shown and explained.again else None,
            }
        )
    rows.sort(key=lambda row: -(row["n"] or 0))
    tree = {
        "n_refused": len(reasons),
        "n_refits": len(explained.again),
        "method": explained.method,
        "most": MOST_REASONS,
        "minimum": minimum,
        "reasons": rows,
        "stability": [
            {"measure": f.measure, "label": f.label, "value": f.value, "low": f.low, "high": f.high, "n": f.n}
            for f in findings
        ],
    }
    return json_file(EVIDENCE, tree, "Reasons of refusal in aggregate, and their stability")


def _letters(
    given: AuditInput, lending: Lending, refused: Ints, reasons: Ints, explained: Explained, kept: Floats
) -> EvidenceFile:
    """Reasons of every refused applicant: about single people, restricted."""
    features, dataset = given.table.features, _dataset(given)
    tree = []
    for i, row in enumerate(refused):
        tree.append(
            {
                "row": int(lending.part.row[row]),
                "probability": float(lending.event[row]),
                "reasons": [
                    {
                        "feature": features[j].name,
                        "text": reason_text(dataset, features[j].name, features[j].label),
                        "points": float(explained.values[i, j]),
                        "kept": float(kept[i, k]) if explained.again else None,
                    }
                    for k, j in enumerate(reasons[i].tolist())
                    if j >= 0
                ],
            }
        )
    content = {"threshold": lending.threshold, "dataset": dataset, "applicants": tree}
    return json_file(LETTERS, content, "Reasons of every refused applicant", restricted=True)


def _dataset(given: AuditInput) -> str:
    request = given.table.request
    return (request.use if request else None) or given.table.spec.key
