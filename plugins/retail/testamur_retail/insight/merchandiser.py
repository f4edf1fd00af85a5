"""The merchandiser's page: what is shown to whom, what is never shown, whom it serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.finding import CheckStatus, Finding
from testamur.contracts.report import Report
from testamur_retail.insight.numbers import percent, several, share_range

Tree = Mapping[str, Any]
ACCURACY = "core.ranking.accuracy"
RAREST = 0.001  # share of the choices from which on a kind is drawn


def show_shelf(report: Report, evidence: Tree) -> dict[str, Any]:
    """Content of the merchandiser's page.

    Args:
        report: The audit report.
        evidence: Shared evidence by file name.
    """
    tree = evidence.get("shelf.json")
    if tree is None:
        return {"answer": "The shelf was not examined; the audit report says why."}
    return {
        "answer": _answer(report, tree),
        "tiles": _tiles(report, tree),
        "sections": [_shown(tree), *_whom(report, tree), *_quality(report)],
        "unknown": [
            "What users would have chosen had they been shown something else: the past lists of the site "
            "shaped these choices.",
            *report.data.caveats,
        ],
    }


def show_lists(_report: Report, evidence: Tree) -> dict[str, Any]:
    """Content of the restricted page: lists of single customers, with reasons.

    Args:
        evidence: Evidence by file name, the restricted too.
    """
    tree = evidence.get("lists.json")
    if tree is None:
        return {"answer": "No list was explained: the model was not at hand."}
    return {
        "answer": (
            f"{several(len(tree['lists']), 'user')} drawn at random, their lists of ten, and the "
            "earlier choices "
            "without which an item would stand lower."
        ),
        "sections": [_list(one) for one in tree["lists"]],
        "unknown": [
            "Why a person likes a thing: a reason here is what the model used. Each of the last thirty "
            "choices is forgotten in turn and the model asked again; the number is by how much the score "
            "falls, in units of the spread of the listed scores."
        ],
    }


def _list(one: Tree) -> dict[str, Any]:
    return {
        "title": f"User {one['customer']}",
        "answer": f"Chose next in truth: {one['came_next']}.",
        "tables": [
            {
                "caption": f"{several(one['n_history'], 'earlier choice')}, the latest: "
                + ", ".join(one["history"][:5]),
                "columns": ["Item", "Because of"],
                "rows": [[f"{i + 1}. {row['item']}", _because(row)] for i, row in enumerate(one["list"])],
            }
        ],
    }


def _because(row: Tree) -> str:
    words = [f"{reason['item']} (−{reason['drop']:.2f} without)" for reason in row["because"]]
    return "; ".join(words) or "no single one of the last thirty choices"


def _finding(report: Report, measure: str) -> Finding | None:
    found = (f for f in report.findings if f.check == ACCURACY and f.measure == measure and f.group is None)
    return next((f for f in found if f.status is CheckStatus.DONE), None)


def _answer(report: Report, tree: Tree) -> list[str]:
    hit, gain = _finding(report, "hit_rate_10"), _finding(report, "ndcg_10_gain_over_popularity")
    answer = []
    if hit is not None:
        answer.append(f"For {percent(hit.value)} of the users, what they chose next is among the ten shown.")
    if gain is not None:
        clear = gain.low is not None and gain.low > 0
        than = "clearly higher than" if clear else "not clearly higher than"
        answer.append(f"It places the next choice {than} a list of best-sellers does.")
    tail = tree["tail"]
    answer.append(
        f"{several(tree['never'], 'item is', 'items are')} never shown. The less chosen four fifths of "
        "the items have "
        f"{percent(tail['chosen'])} of the choices and get {share_range(tail['shown'])} of the places."
    )
    return answer


def _tiles(report: Report, tree: Tree) -> list[dict[str, Any]]:
    tiles = []
    for measure, label, unit in (
        ("ndcg_10", "NDCG@10", "number"),
        ("ndcg_10_gain_over_popularity", "gained over best-sellers", "number"),
    ):
        found = _finding(report, measure)
        if found is not None:
            ends = {"value": found.value, "low": found.low, "high": found.high}
            tiles.append({"label": label, **ends, "unit": unit, "note": f"{found.n:,} users"})
    tiles.append(
        {
            "label": "items shown to anyone",
            "value": tree["covered"],
            "unit": "share",
            "note": f"of {tree['n_items']:,}",
        }
    )
    if "miscalibration" in tree:
        note = "0: the user's own mixture"
        tiles.append(
            {"label": "distance of kinds (nats)", **tree["miscalibration"], "unit": "number", "note": note}
        )
    return tiles


def _shown(tree: Tree) -> dict[str, Any]:
    tenths = tree["tenths"]
    figures: list[dict[str, Any]] = [
        {
            "kind": "lines",
            "title": "Who gets the places",
            "x_label": "tenths of the items, the most chosen first",
            "y_label": "share",
            "percent": True,
            "y_min": 0,
            "series": [
                {"name": "choices", "points": [[i + 1, row["chosen"]] for i, row in enumerate(tenths)]},
                {
                    "name": "places in the lists",
                    "points": [[i + 1, row["shown"]] for i, row in enumerate(tenths)],
                },
            ],
        }
    ]
    section: dict[str, Any] = {"title": "What is shown", "figures": figures}
    if "genres" in tree:
        figures.append(_kinds(tree["genres"]))
    section["tables"] = [
        {
            "caption": f"Items in most lists; {tree['never']:,} of {tree['n_items']:,} in none.",
            "columns": [
                "Item",
                {"name": "Users it is shown to", "unit": "share"},
                {"name": "Share of all choices", "unit": "share"},
            ],
            "rows": [[row["item"], row["users"], row["chosen"]] for row in tree["top"]],
        }
    ]
    return section


def _kinds(genres: list[Tree]) -> dict[str, Any]:
    rows = []
    for row in genres:
        if row["chosen"] < RAREST:
            continue
        ends = {name: None if end is None else end / row["chosen"] for name, end in row["shown"].items()}
        rows.append({"label": row["name"], **ends, "n": f"{percent(row['chosen'])} of choices"})
    return {
        "kind": "intervals",
        "title": "Kinds: places over choices",
        "unit": "number",
        "reference": 1,
        "reference_words": "as often as chosen",
        "rows": rows,
        "caption": "Right of the line: shown more than chosen. An item of several kinds counts in parts.",
    }


def _whom(report: Report, tree: Tree) -> list[dict[str, Any]]:
    """NDCG@10 and distance of kinds for every group of users, by attribute."""
    apart = {(row["attribute"], row["group"]): row["miscalibration"] for row in tree.get("groups", [])}
    found: dict[str, list[Finding]] = {}
    for f in report.findings:
        single = f.group is not None and len(f.group.levels) == 1
        if f.check == "core.fairness.ranking" and f.measure == "ndcg_10" and single:
            found.setdefault(f.attribute, []).append(f)
    figures, tables = [], []
    for name, findings in found.items():
        label = next((c.label or c.name for c in report.data.columns if c.name == name), name)
        known = [f for f in findings if f.value is not None]
        if not known:
            continue
        figures.append(
            {
                "kind": "intervals",
                "title": f"NDCG@10 by {label}",
                "unit": "number",
                "rows": [
                    {"label": str(f.group), "value": f.value, "low": f.low, "high": f.high, "n": f.n}
                    for f in known
                ],
            }
        )
        n_small = len(findings) - len(known)
        tables.append(
            {
                "folded": f"By {label}: kinds shown against kinds chosen",
                "columns": [
                    label,
                    {"name": "Distance (nats)", "unit": "number"},
                    {"name": "Users", "unit": "count"},
                ],
                "rows": [[str(f.group), apart.get((label, str(f.group))), f.n] for f in known],
                "note": f"{several(n_small, 'group is', 'groups are')} too small to tell." if n_small else "",
            }
        )
    answer = (
        "NDCG@10 is 1 where the next choice stands first in the list and 0 where it is not among the ten."
        if figures
        else "No group can be told apart: no protected attribute is declared, or every group is too small."
    )
    return [{"title": "Whom it serves", "answer": answer, "figures": figures, "tables": tables}]


def _quality(report: Report) -> list[dict[str, Any]]:
    rows = [
        [
            f.label + (f" · {f.subject}" if f.subject and f.subject not in f.label else ""),
            {"value": f.value, "low": f.low, "high": f.high},
        ]
        for f in report.findings
        if f.check == ACCURACY and "ndcg_10" in f.measure and f.status is CheckStatus.DONE
    ]
    if not rows:
        return []
    columns = ["Measure", {"name": "Value", "unit": "number"}]
    return [{"title": "How well it finds the next choice", "tables": [{"columns": columns, "rows": rows}]}]
