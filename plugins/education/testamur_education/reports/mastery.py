"""The class's page of abilities: how they spread, how sure each is, which items the test is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_education.reports.evidence import finding, percent, says_what_is_missing, tree_of

UNKNOWN = (
    "Whether practice raises ability: all answers were given in one sitting, and nobody was taught between.",
    "Why an answer was wrong: a slip, a gap, haste or a bad item look alike.",
    "Abilities of people unlike those the items were fitted to; the scale is theirs (mean 0, spread 1).",
)
ADVICE = (
    {
        "text": (
            "Use the intervals, not the points: two learners whose intervals overlap should not be ranked."
        ),
        "why": "With some twenty answers an interval is about one standard deviation wide.",
        "source": (
            "AERA, APA, NCME: Standards for Educational and Psychological Testing (2014), standard 2.13"
        ),
    },
    {
        "text": "Look at the items that hardly separate before the next test.",
        "why": "They cost every learner time and say little.",
        "source": "S. E. Embretson, S. P. Reise: Item Response Theory for Psychologists (2000), chapter 8",
    },
    {
        "text": "Let learners practise items near their ability, the recommended ones first.",
        "why": "Much too easy and much too hard items change little; half right is demanding, not hopeless.",
        "source": "R. A. Bjork, E. L. Bjork: Making things hard on yourself, but in a good way (2011)",
    },
)


@says_what_is_missing
def render(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The page from `mastery.json`, and from `path.json` where paths were made."""
    tree = tree_of(evidence, "mastery.json")
    path = tree_of(evidence, "path.json")
    coverage = finding(report, "education.mastery", "score_interval_coverage")
    reliable = finding(report, "education.mastery", "reliability")
    return {
        "answer": [
            f"{tree['n_learners']:,} learners answered {tree['n_items']} items; their abilities spread by "
            f"{tree['spread']:.2f}, and a single one is uncertain by {tree['error']:.2f} (standard error).",
            f"On items kept back, {percent(coverage['value'])} of the scores lay where the 90 % intervals "
            "said they would.",
        ],
        "tiles": [
            {"label": "reliability", **reliable, "note": "share of the spread that is no chance"},
            {
                "label": "scores within their 90 % interval",
                "unit": "share",
                **coverage,
                "note": f"± {tree['half_width']:.0f} items of {tree['n_items'] // 2}, on average",
            },
            {
                "label": "recommended items answered right",
                "unit": "share",
                **finding(report, "education.path", "recommended_success"),
                "note": f"expected: {100 * path['policies'][0]['expected']:.0f} %",
            },
            {
                "label": "of the open items, recommended",
                "value": path["coverage"],
                "unit": "share",
                "note": f"concentration (Gini) {path['gini']:.2f}",
            },
        ],
        "sections": [_spread(tree), _practice(path), _models(report), _items(tree)],
        "advice": list(ADVICE),
        "unknown": [*UNKNOWN, *report.data.caveats[:1]],
    }


def _spread(tree: dict[str, Any]) -> dict[str, Any]:
    shown = [row for row in tree["histogram"] if row["n"] is not None]
    hidden = len(tree["histogram"]) - len(shown)
    precision = [[row["ability"], row["error"]] for row in tree["precision"] if abs(row["ability"]) <= 3]
    return {
        "title": "How abilities spread",
        "answer": (
            "Ability is counted in standard deviations of the people that the items were fitted to: 0 is "
            "their middle."
        ),
        "figures": [
            {
                "kind": "bars",
                "title": "Learners by ability",
                "unit": "count",
                "rows": [
                    {
                        "label": f"ability {_signed(row['from'], 1)} to {_signed(row['to'], 1)}",
                        "value": row["n"],
                    }
                    for row in shown
                ],
                "caption": "Classes with few learners are withheld." if hidden else "",
            },
            {
                "kind": "lines",
                "title": "How sure the test is, along the scale",
                "x_label": "ability",
                "y_label": "standard error",
                "y_min": 0.0,
                "series": [{"name": "standard error", "points": precision}],
                "caption": "The lower, the surer. At the ends few items are hard or easy enough.",
            },
        ],
    }


def _practice(path: dict[str, Any]) -> dict[str, Any]:
    by_name = {policy["name"]: policy for policy in path["policies"]}
    mine, lot = by_name["path"], by_name["at random"]
    weights = path["weights"]
    return {
        "title": "Is recommended practice as hard as it says?",
        "answer": f"Paths were made from {path['n_seen']} answers and held against the answers to the other "
        f"{path['n_open']} items: {100 * mine['right']:.0f} % right, {100 * mine['expected']:.0f} % "
        f"expected. "
        f"Items drawn by lot: {100 * lot['right']:.0f} % right, {100 * lot['expected']:.0f} % expected.",
        "figures": [
            {
                "kind": "intervals",
                "title": "Answered right, minus expected",
                "unit": "share",
                "signed": True,
                "reference": 0.0,
                "reference_words": "as expected",
                "rows": [
                    {
                        "label": policy["name"],
                        "value": policy["gap"],
                        "low": policy["gap_low"],
                        "high": policy["gap_high"],
                        "words": _gap(policy),
                    }
                    for policy in path["policies"]
                ],
                "caption": (
                    "Choosing the hardest or the easiest first shows how far the model can be trusted at the "
                    "ends."
                ),
            },
            {
                "kind": "bars",
                "title": "Items that are recommended most",
                "unit": "share",
                "rows": [
                    {"label": row["name"], "value": row["share"]}
                    for row in sorted(path["bank"], key=lambda row: -row["share"])[:8]
                ],
                "caption": "Of all learners, the share whose path holds the item.",
            },
        ],
        "notes": [
            f"A path weighs expected gain {weights['gain']:g}, newly covered parts of the bank "
            f"{weights['coverage']:g} and difference from the items before {weights['diversity']:g}.",
            "Expected gain is the rise of the chance of a right answer per unit of ability. It is not a "
            "promise that "
            "practice raises ability: that cannot be seen in a single sitting.",
            f"Of a path {100 * path['stability']:.0f} % stays when the ability is drawn anew within its "
            f"uncertainty.",
        ],
    }


def _models(report: Report) -> dict[str, Any]:
    names = {
        "": "the transformer",
        "irt": "two-parameter IRT",
        "ability": "ability and easiness",
        "boosting": "boosting on ability",
        "naive": "easiness of the item alone",
    }
    rows = []
    for found in report.findings:
        if found.check == "core.performance.discrimination" and found.measure in ("auc", "baseline_auc"):
            rows.append(
                {
                    "label": names.get(found.subject, found.subject),
                    "value": found.value,
                    "low": found.low,
                    "high": found.high,
                }
            )
    gain = next((f for f in report.findings if f.measure == "auc_gain_over_irt"), None)
    if gain is None or gain.value is None or gain.low is None:
        words = "What the next answer will be, told by each model from the answers before it."
    elif gain.high is not None and gain.high < 0:
        words = (
            f"IRT tells answers apart better than the transformer ({_signed(gain.value, 3)} in AUC): "
            "abilities and paths on this page are those of IRT."
        )
    elif gain.low > 0:
        words = (
            f"The transformer tells answers apart better than IRT ({_signed(gain.value, 3)} in AUC). "
            "Abilities and paths on this page are those of IRT: it can be read, and states its uncertainty."
        )
    else:
        words = (
            f"The transformer is not shown to be better than IRT ({_signed(gain.value, 3)} in AUC): the "
            "simpler model is enough, and abilities and paths on this page are its own."
        )
    return {
        "title": "Which model tells the next answer?",
        "answer": words,
        "figures": [
            {
                "kind": "intervals",
                "title": "Area under the ROC curve",
                "unit": "number",
                "rows": rows,
                "caption": "Same learners, none of them seen in training; the interval is over learners.",
            }
        ]
        if rows
        else [],
    }


def _items(tree: dict[str, Any]) -> dict[str, Any]:
    items = sorted(tree["items"], key=lambda row: row["slope"])
    weak = [row["name"] for row in items if row["slope"] < 0.5]
    words = f"{len(weak)} of {len(items)} items hardly separate" + (
        f": {', '.join(weak[:8])}." if weak else "."
    )
    return {
        "title": "The items",
        "answer": words,
        "tables": [
            {
                "folded": "All items, those that separate least first",
                "columns": ["item", "slope", "standard error", "difficulty", "standard error "],
                "rows": [
                    [
                        row["name"],
                        row["slope"],
                        row["slope_error"],
                        row["difficulty"],
                        row["difficulty_error"],
                    ]
                    for row in items
                ],
                "note": (
                    "Two-parameter logistic model, marginal maximum likelihood. Difficulty: the ability at "
                    "which half answer right."
                ),
            },
        ],
    }


def _gap(policy: dict[str, Any]) -> str:
    value, low, high = (_signed(100 * policy[name], 1) for name in ("gap", "gap_low", "gap_high"))
    return f"{value} points ({low} to {high})"


def _signed(value: float, digits: int) -> str:
    """A number with its sign, the minus as printed."""
    return f"{value:+.{digits}f}".replace("-", "\u2212")
