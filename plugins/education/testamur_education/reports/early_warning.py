"""The teacher's page of a class: how many are at risk, whom talks reach, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.batch import Batch
from testamur.contracts.report import Report
from testamur_education.checks.early_warning import CAPACITY, expected_count, highest_first
from testamur_education.reports.evidence import finding, percent, says_what_is_missing, tree_of

KEY = "education.early_warning"
ADVICE = (
    {
        "text": "Offer a talk to those with the highest risk first, as many as there are tutors.",
        "why": (
            "A warning may only lead to help. Say that it is an offer, and do not show anyone their number."
        ),
        "source": "WWC practice guide: Preventing dropout in secondary schools (IES, 2017), recommendation 1",
        "url": "https://ies.ed.gov/ncee/wwc/PracticeGuide/24",
    },
    {
        "text": "Look at those who were not flagged as well, after the first marks.",
        "why": "The list misses a share of those at risk; what is known at admission grows old within weeks.",
        "source": (
            "J. Perdomo et al.: Difficult lessons on social prediction from Wisconsin public schools (2023)"
        ),
        "url": "https://arxiv.org/abs/2304.06205",
    },
    {
        "text": "Where a group is reached less, change the offer, not the student.",
        "why": (
            "A gap between groups may lie in the data, in the school or in the model; the page cannot tell."
        ),
        "source": "D. Gándara et al.: Inside the black box, AERA Open 2024;10",
    },
)
UNKNOWN = (
    "Why a student is at risk, and whether a talk helps: nothing here was tried out on anyone.",
    "What happened after admission: illness, work, money, a change of subject.",
    "Students of another school or year: the figures hold for those who were tested.",
)


@says_what_is_missing
def render(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The page of the test part, from `class.json`."""
    tree = tree_of(evidence, "class.json")
    reached = finding(report, KEY, "reached_share")
    right = finding(report, KEY, "rightly_talked_share")
    talks = round(tree["capacity"] * tree["n"])
    part = percent(tree["capacity"])
    return {
        "answer": [
            f"Of {tree['n']:,} students {tree['expected']:.0f} are expected to fall behind "
            f"({tree['expected_low']:.0f} to {tree['expected_high']:.0f}); {tree['n_at_risk']:,} did.",
            f"Talking to the {talks:,} with the highest risk ({part}) reaches "
            f"{percent(reached['value'])} of them; {percent(right['value'])} of those talked to were at "
            f"risk.",
        ],
        "tiles": [
            {
                "label": "expected at risk",
                "value": tree["expected"],
                "low": tree["expected_low"],
                "high": tree["expected_high"],
                "note": f"of {tree['n']:,} students",
            },
            {"label": "observed at risk", "value": tree["n_at_risk"], "unit": "count"},
            {"label": f"reached by talking to {part}", "unit": "share", **reached},
            {"label": "of those talked to, at risk", "unit": "share", **right},
        ],
        "sections": [_reach(tree), _groups(report, tree)],
        "advice": list(ADVICE),
        "unknown": [*UNKNOWN, *_unmeasured(tree, report)],
    }


def batch(given: Batch) -> dict[str, Any]:
    """The page of a new class: how many to expect, by group, and the list for the tutor."""
    risk = given.predictions.event
    level = given.report.policy.level
    mean, low, high = expected_count(risk, level)
    order = highest_first(risk, 0)
    talks = max(round(CAPACITY * len(risk)), 1)
    rows = [[given.names[at], float(risk[at])] for at in order[:talks]]
    reached = finding(given.report, KEY, "reached_share")
    return {
        "answer": [
            f"Of {len(risk):,} students {mean:.0f} are expected to fall behind ({low:.0f} to {high:.0f}), "
            "if they are like those the model was tested on.",
            f"A talk with the {talks:,} of the list reached {percent(reached['value'])} of those at risk in "
            "the test.",
        ],
        "tiles": [
            {"label": "expected at risk", "value": mean, "low": low, "high": high},
            {"label": "highest single risk", "value": float(risk.max()), "unit": "share"},
        ],
        "sections": [
            {
                "title": "Whom to offer a talk first",
                "answer": (
                    "The highest risks first. An order, not a judgement: the person before you decides."
                ),
                "tables": [
                    {
                        "columns": ["student", {"name": "risk", "unit": "share"}],
                        "rows": rows,
                        "note": "Risks are shares of similar students who fell behind, not facts about one.",
                    },
                ],
            },
        ],
        "advice": list(ADVICE),
        "unknown": list(UNKNOWN),
    }


def _reach(tree: dict[str, Any]) -> dict[str, Any]:
    names = {"model": "the model", "boosting": "gradient boosting", "linear": "logistic regression"}
    curves = [
        {
            "name": words,
            "points": [[0.0, 0.0], *([row["share"], row["reached"]] for row in tree["curves"][name])],
        }
        for name, words in names.items()
        if name in tree["curves"]
    ]
    by_lot = [[0.0, 0.0], [0.5, 0.5]]
    model = {row["share"]: row for row in tree["curves"]["model"]}
    half = model[0.5]
    return {
        "title": "How far do talks reach?",
        "answer": f"Half of the students would have to be talked to, to reach {percent(half['reached'])} of "
        "those at risk.",
        "figures": [
            {
                "kind": "lines",
                "title": "Of those at risk, the share that is reached",
                "x_label": "share of students talked to, the highest risk first",
                "y_label": "of those at risk, reached",
                "percent": True,
                "x_percent": True,
                "y_min": 0.0,
                "y_max": 1.0,
                "series": [*curves, {"name": "by lot", "points": by_lot}],
                "caption": "Where the lines lie on each other, the simplest of them is enough.",
            },
        ],
        "tables": [
            {
                "folded": "The same as a table",
                "columns": [
                    {"name": "talked to", "unit": "share"},
                    {"name": "of those at risk, reached", "unit": "share"},
                    {"name": "of those talked to, at risk", "unit": "share"},
                ],
                "rows": [[percent(share), row["reached"], row["right"]] for share, row in model.items()],
            },
        ],
    }


def _groups(report: Report, tree: dict[str, Any]) -> dict[str, Any]:
    known = [row for row in tree["groups"] if row["n"] is not None]
    reach = {
        (f.attribute, str(f.group)): f
        for f in report.findings
        if f.check == KEY and f.measure == "group_reached_share" and f.value is not None
    }
    rows = [
        {
            "label": f"{row['attribute']}: {row['level']}",
            "value": row["share"],
            "low": row["share_low"],
            "high": row["share_high"],
            "n": row["n"],
        }
        for row in known
    ]
    withheld = [f"{row['attribute']}: {row['level']}" for row in tree["groups"] if row["n"] is None]
    section: dict[str, Any] = {"title": "By group", "answer": _missed(known)}
    if rows:
        section["figures"] = [
            {
                "kind": "intervals",
                "title": "Share at risk, as observed",
                "unit": "share",
                "rows": rows,
                "caption": "With the interval that the number of students allows.",
            },
        ]
    reached = [
        {"label": f"{name}", "value": f.value, "low": f.low, "high": f.high, "n": f.n}
        for (_, name), f in reach.items()
    ]
    if reached:
        section.setdefault("figures", []).append(
            {
                "kind": "intervals",
                "title": "Of those at risk, reached by the talks",
                "unit": "share",
                "rows": reached,
                "caption": f"When the {percent(CAPACITY)} with the highest risk are talked to.",
            },
        )
    section["tables"] = (
        [
            {
                "folded": "Counts by group",
                "columns": ["group", "students", "at risk", "expected at risk"],
                "rows": [
                    [
                        f"{row['attribute']}: {row['level']}",
                        row["n"],
                        row["observed"],
                        {"value": row["expected"], "low": row["low"], "high": row["high"]},
                    ]
                    for row in known
                ],
            },
        ]
        if known
        else []
    )
    if withheld:
        section["notes"] = [f"Too few students to tell: {', '.join(withheld)}."]
    return section


def _missed(known: list[dict[str, Any]]) -> str:
    """Groups of which surely more (or fewer) fell behind than the model expects."""
    more = [
        f"{row['level']} ({row['observed']} of {row['n']}, {row['expected']:.0f} expected)"
        for row in known
        if row["observed"] > row["high"]
    ]
    fewer = [f"{row['level']}" for row in known if row["observed"] < row["low"]]
    words = f"The model understates the risk of: {', '.join(more)}. " if more else ""
    words += f"It overstates that of: {', '.join(fewer)}. " if fewer else ""
    if not words:
        words = "In no group that could be measured did surely more or fewer fall behind than expected. "
    return words + "Whether groups are found alike stands in the audit report."


def _unmeasured(tree: dict[str, Any], report: Report) -> list[str]:
    missing = [f for f in report.findings if f.check == KEY and f.value is None]
    names = sorted({str(f.group) for f in missing if f.group is not None})
    return [f"How many of those at risk it reaches among: {', '.join(names)} (too few)."] if names else []
