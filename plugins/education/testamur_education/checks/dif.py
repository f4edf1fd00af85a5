"""Differential item functioning: which items are harder for a group of equal score."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.audit.interval import Estimate, critical_value
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import EvidenceFile, Finding, Group, Unit
from testamur.contracts.table import Attribute
from testamur_education.checks.measured import counted, evidence, measured, unmeasured
from testamur_education.dif.holm import holm
from testamur_education.dif.logistic import logistic_dif
from testamur_education.dif.mantel_haenszel import DELTA, ets_class, mantel_haenszel
from testamur_education.irt.answers import Answers, gather_answers, holds_answers

KEY = "education.dif"
FEWEST = 50  # learners of a group: with fewer, no item could be shown to differ


def run(given: AuditInput) -> CheckOutcome:
    """Every item, each group against the largest, Mantel-Haenszel and logistic regression side by side."""
    table = given.table
    reason = holds_answers(table) or ("" if table.attributes else "no protected attribute is declared")
    if reason:
        return CheckOutcome((unmeasured(KEY, "large_dif_items", "items of class C", reason),))
    answers = gather_answers(table, [table.train, table.validation, table.test])
    findings: list[Finding] = []
    rows: list[dict[str, Any]] = []
    for position, attribute in enumerate(table.attributes):
        found, told = _attribute(answers, position, attribute, given)
        findings += found
        rows += told
    tree = {"n_learners": len(answers.learner), "n_items": len(answers.items), "comparisons": rows}
    return CheckOutcome(tuple(findings), (_file(tree),))


def _attribute(
    answers: Answers, position: int, attribute: Attribute, given: AuditInput
) -> tuple[list[Finding], list[dict[str, Any]]]:
    codes = answers.groups[:, position]
    sizes = np.bincount(codes[codes >= 0], minlength=len(attribute.levels))
    least = max(FEWEST, given.policy.minimum_group)
    wanted = given.options.reference_groups.get(attribute.name)
    reference = attribute.levels.index(wanted) if wanted in attribute.levels else int(np.argmax(sizes))
    findings, rows = [], []
    for level, name in enumerate(attribute.levels):
        if level == reference:
            continue
        about: dict[str, Any] = {
            "attribute": attribute.name,
            "group": Group(levels={attribute.name: name}),
            "reference": Group(levels={attribute.name: attribute.levels[reference]}),
        }
        if min(sizes[level], sizes[reference]) < least:
            reason = f"{least} learners in each group are required, however: fewer"
            findings.append(unmeasured(KEY, "large_dif_items", "items of class C", reason, **about))
            continue
        items = compare_items(answers, codes == level, codes == reference)
        findings += _findings(items, about, int(sizes[level]), given.policy.level)
        rows.append(
            {
                "attribute": attribute.label,
                "group": name,
                "reference": attribute.levels[reference],
                "n_group": int(sizes[level]),
                "n_reference": int(sizes[reference]),
                "items": items,
            }
        )
    return findings, rows


def compare_items(
    answers: Answers, focal: NDArray[np.bool_], reference: NDArray[np.bool_]
) -> list[dict[str, Any]]:
    """Each item in the focal group against the reference group; p-values corrected over items after Holm.

    People are matched on the number right among all items, the studied one included (Holland and
    Thayer 1988).
    """
    kept = focal | reference
    right, in_focal = answers.right[kept], focal[kept]
    score = np.nansum(right, axis=1)
    rows: list[dict[str, Any]] = []
    for j, name in enumerate(answers.items):
        asked = ~np.isnan(right[:, j])
        y, g, s = right[asked, j], in_focal[asked], score[asked]
        row: dict[str, Any] = {"name": name, "n": int(asked.sum()), "class": None, "delta": None, "p": np.nan}
        mh = mantel_haenszel(y, g, s.astype(np.int64)) if 0 < y.mean() < 1 else None
        if mh is not None:
            row |= {
                "class": ets_class(mh),
                "delta": mh.delta,
                "delta_error": mh.delta_error,
                "p": mh.p_value,
                "n_focal": mh.n_focal,
            }
            logistic = logistic_dif(y, g, s)
            row |= {
                "uniform_p": logistic.uniform_p,
                "non_uniform_p": logistic.non_uniform_p,
                "gain": logistic.gain,
                "size": logistic.size,
            }
        rows.append(row)
    for name in ("p", "uniform_p", "non_uniform_p"):
        adjusted = holm(np.array([row.get(name, np.nan) for row in rows], dtype=np.float64))
        for row, value in zip(rows, adjusted, strict=True):
            row[f"{name}_holm"] = None if np.isnan(value) else float(value)
    return rows


def _findings(items: list[dict[str, Any]], about: dict[str, Any], n: int, level: float) -> list[Finding]:
    classes = [row["class"] for row in items]
    known = sum(c is not None for c in classes)
    alpha = 1 - level
    shown = sum((row["p_holm"] or 1.0) < alpha for row in items if row["class"])
    uneven = sum((row.get("non_uniform_p_holm") or 1.0) < alpha for row in items if row["class"])
    found = [
        counted(KEY, "large_dif_items", "items of class C", classes.count("C"), Unit.COUNT, n=n, **about),
        counted(KEY, "moderate_dif_items", "items of class B", classes.count("B"), Unit.COUNT, n=n, **about),
        counted(KEY, "shown_dif_items", "items that differ after Holm", shown, Unit.COUNT, n=n, **about),
        counted(
            KEY,
            "non_uniform_dif_items",
            "items whose slope differs after Holm",
            uneven,
            Unit.COUNT,
            n=n,
            **about,
        ),
    ]
    z = critical_value(level, known)
    for row in items:
        if row["class"] in ("B", "C"):
            half = z * row["delta_error"]
            estimate = Estimate(
                row["delta"], row["delta"] - half, row["delta"] + half,
                f"Mantel-Haenszel, jointly over {known} items (Sidak)", row["n"],
            )  # fmt: skip
            found.append(
                measured(
                    KEY,
                    "delta",
                    f"delta (ETS), class {row['class']}",
                    estimate,
                    subject=row["name"],
                    simultaneous=True,
                    p_value=row["p_holm"],
                    evidence="dif.json",
                    **about,
                )
            )
    return found


def _file(tree: dict[str, Any]) -> EvidenceFile:
    return evidence(
        "dif.json", tree, f"Items by group: Mantel-Haenszel (delta = {DELTA} log odds) and logistic"
    )
