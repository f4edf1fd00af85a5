"""The check ``retail.segments``: which kinds of customers there are, and which of these kinds are real."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit
from testamur.contracts.table import RowsPart
from testamur_retail.customers.bg_nbd import Floats
from testamur_retail.customers.segments import DOUBTFUL, STABLE, Clustering, choose_clustering, standardise
from testamur_retail.customers.words import name_segments
from testamur_retail.findings import Estimate, json_file, measured, not_estimable

KEY = "retail.segments"
EVIDENCE = "segments.json"
COLUMNS = ("idle", "repeats", "mean_value")
FEWEST = 100


def find_segments(given: AuditInput) -> CheckOutcome:
    """Cluster the customers of the test snapshot and say which segments would be found again.

    Args:
        given: A table of ``retail.churn`` or ``retail.value``.
    """
    part = given.table.test
    if part.n_rows < FEWEST or "repeats" not in part.carried:
        reason = f"{FEWEST} customers with their purchases are required, however: {part.n_rows}"
        return CheckOutcome((not_estimable(KEY, "segment_agreement", "agreement of segments", reason),))
    columns = traits_of(part)
    chosen, tried = choose_clustering(standardise(columns), seed=given.seed)
    agreement = _agreement(chosen, given.policy.level)
    lines = _describe(given, part, columns, chosen)
    tree = {
        "n": part.n_rows,
        "k": chosen.k,
        "limits": {"stable": STABLE, "doubtful": DOUBTFUL},
        "agreement": agreement.as_tree(),
        "segments": lines,
        "tried": [
            {
                "k": c.k,
                "worst": c.worst,
                "rand": float(c.rand.mean()),
                "n_stable": int((c.jaccard >= STABLE).sum()),
            }
            for c in tried
        ],
        "seed": given.seed,
    }
    findings = (
        measured(
            KEY, "segment_agreement", f"adjusted Rand index of {chosen.k} segments found again", agreement,
            n=part.n_rows, unit=Unit.NUMBER, method="k-means on 25 bootstrap samples; 2.5 to 97.5 % of them",
            evidence=EVIDENCE,
        ),
        *(_stability(line, chosen) for line in lines),
    )  # fmt: skip
    return CheckOutcome(findings, (json_file(EVIDENCE, tree, "segments of customers and their stability"),))


def traits_of(part: RowsPart) -> Floats:
    """(n, 3) weeks since the last purchase, repeat purchases, mean value of a purchase."""
    carried = part.carried
    idle = np.asarray(carried["age"]) - np.asarray(carried["recency"])
    repeats = np.asarray(carried["repeats"])
    return np.column_stack([idle, repeats, np.asarray(carried["total_value"]) / (repeats + 1.0)])


def _agreement(chosen: Clustering, level: float) -> Estimate:
    low, high = np.quantile(chosen.rand, [(1 - level) / 2, (1 + level) / 2])
    mean = float(chosen.rand.mean())
    return Estimate(mean, min(float(low), mean), max(float(high), mean))


def _describe(given: AuditInput, part: RowsPart, columns: Floats, chosen: Clustering) -> list[dict[str, Any]]:
    spent = np.asarray(part.carried["spend_next"])
    names = name_segments(columns, chosen.label, chosen.k)
    lines = []
    for k in range(chosen.k):
        mine = chosen.label == k
        n = int(mine.sum())
        if n < given.policy.minimum_cell:
            lines.append(_withheld(k, given.policy.minimum_cell))
            continue
        line: dict[str, Any] = {
            "name": names[k],
            "number": k + 1,
            "n": n,
            "jaccard": float(chosen.jaccard[k]),
            "standing": standing(float(chosen.jaccard[k])),
            "medians": dict(zip(COLUMNS, np.median(columns[mine], axis=0), strict=True)),
        }
        if n >= given.policy.minimum_group:
            line["bought"] = float((spent[mine] > 0).mean())
            line["spent"] = float(spent[mine].mean())
            line["half_width"] = float(1.96 * spent[mine].std() / n**0.5)
            line["share_of_money"] = float(spent[mine].sum() / max(spent.sum(), 1e-9))
        lines.append(line)
    return sorted(lines, key=lambda line: -line.get("spent", 0.0))


def _withheld(k: int, minimum: int) -> dict[str, Any]:
    """A segment of a handful of people: its name and its figures would be theirs."""
    words = f"segment {k + 1}, fewer than {minimum} customers"
    return {
        "name": words,
        "number": k + 1,
        "n": None,
        "jaccard": None,
        "standing": "withheld",
        "medians": None,
    }


def standing(jaccard: float) -> str:
    """stable, doubtful or unstable, after Hennig (2007)."""
    return "stable" if jaccard >= STABLE else "doubtful" if jaccard >= DOUBTFUL else "unstable"


def _stability(line: dict[str, Any], chosen: Clustering) -> Finding:
    label = "mean Jaccard index with the segment found again"
    if line["n"] is None:
        reason = "too few customers are in it: its figures would be theirs"
        return not_estimable(KEY, "segment_stability", label, reason, subject=line["name"], unit=Unit.NUMBER)
    return Finding(
        check=KEY,
        measure="segment_stability",
        label=label,
        subject=line["name"],
        value=line["jaccard"],
        exact=True,
        n=line["n"],
        unit=Unit.NUMBER,
        method=f"mean and spread of {len(chosen.rand)} bootstrap samples: no confidence interval",
        evidence=EVIDENCE,
        note="" if line["standing"] == "stable" else f"{line['standing']}: do not build a campaign on it",
    )
