"""The merchandiser's page: what is shown to whom, what is never shown, whom it serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.finding import CheckStatus, Finding
from testamur.contracts.report import Report
from testamur_retail.insight.figures import curves, intervals, pairs
from testamur_retail.insight.numbers import amount, amount_range, percent, several, share_range

MOST_GENRES = 18


def show_shelf(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Content of the merchandiser's page.

    Args:
        report: The audit report.
        evidence: Shared evidence by file name.
    """
    tree = evidence.get("shelf.json")
    if tree is None:
        return {"missing": "the shelf was not examined; the audit report says why"}
    return {
        "missing": "",
        "lead": _lead(report, tree),
        "quality": _quality(report),
        "groups": _groups(report, tree),
        "top": [
            {"item": row["item"], "users": percent(row["users"]), "chosen": percent(row["chosen"], 2)}
            for row in tree["top"]
        ],
        "figures": _figures(tree),
        "never": several(tree["never"], "item"),
        "n_items": amount(tree["n_items"], 0),
        "unknown": list(report.data.caveats),
    }


def show_lists(_report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Content of the restricted page: lists of single customers, with reasons.

    Args:
        evidence: Evidence by file name, the restricted too.
    """
    tree = evidence.get("lists.json")
    return {"lists": tree["lists"] if tree else [], "missing": "" if tree else "no list was explained"}


def _finding(report: Report, check: str, measure: str, subject: str = "") -> Finding | None:
    return next(
        (
            f
            for f in report.findings
            if f.check == check and f.measure == measure and f.subject == subject and f.group is None
        ),
        None,
    )


def _lead(report: Report, tree: Mapping[str, Any]) -> dict[str, str]:
    accuracy = _finding(report, "core.ranking.accuracy", "ndcg_10")
    hit = _finding(report, "core.ranking.accuracy", "hit_rate_10")
    gain = next((f for f in report.findings if f.measure == "ndcg_10_gain_over_popularity"), None)
    found = ""
    if accuracy is not None and hit is not None and hit.value is not None:
        found = f"For {percent(hit.value)} of the users, what they chose next is among the ten shown."
    against = ""
    if gain is not None and gain.value is not None:
        clear = gain.low is not None and gain.low > 0
        against = (
            f"It places the next choice {'clearly higher' if clear else 'not clearly higher'} than a list of "
            f"best-sellers: NDCG@10 {amount(gain.value, 3)} more ({_ends(gain)})."
        )
    tail = tree["tail"]
    return {
        "verdict": f"{found} {against}".strip(),
        "figures": (
            f"{percent(tree['covered'])} of the items are shown to anyone; "
            f"{several(tree['never'], 'item is', 'items are')} never shown. The less chosen four "
            "fifths of the items "
            f"have {percent(tail['chosen'])} of the choices and get {share_range(tail['shown'])} of "
            "the places."
        ),
    }


def _ends(finding: Finding) -> str:
    if finding.low is None or finding.high is None:
        return "no interval"
    return f"{amount(finding.low, 3)} to {amount(finding.high, 3)}"


def _quality(report: Report) -> list[dict[str, str]]:
    """NDCG@10 and its gains over every baseline."""
    rows = [
        f
        for f in report.findings
        if f.check == "core.ranking.accuracy" and "ndcg_10" in f.measure and f.status is CheckStatus.DONE
    ]
    return [
        {
            "label": f.label + (f" · {f.subject}" if f.subject and f.subject not in f.label else ""),
            "value": f"{amount(f.value, 3)} ({_ends(f)})",
        }
        for f in rows
    ]


def _groups(report: Report, tree: Mapping[str, Any]) -> list[dict[str, Any]]:
    """NDCG@10 and distance of kinds for every group of users, by attribute."""
    found: dict[str, list[dict[str, Any]]] = {}
    titles: dict[str, str] = {}
    apart = {(row["attribute"], row["group"]): row for row in tree.get("groups", [])}
    for f in report.findings:
        if (
            f.check != "core.fairness.ranking"
            or f.measure != "ndcg_10"
            or f.group is None
            or "*" in f.attribute
        ):
            continue
        label = next((c.label for c in report.data.columns if c.name == f.attribute), f.attribute)
        titles[f.attribute] = label
        kinds = apart.get((label, str(f.group)))
        found.setdefault(f.attribute, []).append(
            {
                "label": str(f.group),
                "value": f.value,
                "low": f.low,
                "high": f.high,
                "n": f.n,
                "words": f"{amount(f.value, 3)} ({_ends(f)}) · {f.n}" if f.value is not None else "",
                "kinds": amount_range(kinds["miscalibration"]) if kinds else "not estimable",
            }
        )
    return [
        {
            "title": titles[name],
            "figure": intervals(
                f"NDCG@10 by {titles[name]}", [row for row in rows if row["value"] is not None]
            ),
            "rows": [row for row in rows if row["value"] is not None],
            "n_not": sum(row["value"] is None for row in rows),
        }
        for name, rows in found.items()
        if any(row["value"] is not None for row in rows)
    ]


def _figures(tree: Mapping[str, Any]) -> list[dict[str, Any]]:
    tenths = tree["tenths"]
    figures = [
        curves(
            "Who gets the places",
            [
                ("choices", [(i + 1.0, row["chosen"]) for i, row in enumerate(tenths)]),
                ("places in the lists", [(i + 1.0, row["shown"]) for i, row in enumerate(tenths)]),
            ],
            x_label="tenths of the items, the most chosen first",
            y_label="share",
        )
    ]
    if "genres" in tree:
        rows = [(row["name"], row["chosen"], row["shown"]["value"]) for row in tree["genres"][:MOST_GENRES]]
        figures.append(pairs("Kinds chosen and kinds shown", rows, first="chosen", second="shown"))
    return figures
