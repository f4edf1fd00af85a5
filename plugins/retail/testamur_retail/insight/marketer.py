"""The marketer's page: where the money is, which segments are real; and single customers, apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.finding import CheckStatus
from testamur.contracts.report import Report
from testamur_retail.insight.figures import curves, intervals
from testamur_retail.insight.numbers import amount, amount_range, percent, several, share_range

STANDING = {
    "stable": "found again",
    "doubtful": "doubtful: found again only in part",
    "unstable": "unstable: do not build on it",
}


def show_customers(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Content of the marketer's page.

    Args:
        report: The audit report.
        evidence: Shared evidence by file name.
    """
    value, segments = evidence.get("customer_value.json"), evidence.get("segments.json")
    if value is None:
        reason = next(
            (f.reason for f in report.findings if f.check == "retail.customer_value" and f.reason), ""
        )
        return {"missing": reason or "the money was not examined; the audit report says why"}
    return {
        "missing": "",
        "lead": _lead(value),
        "rows": _rivals(value),
        "figures": _figures(value),
        "tenths": _tenths(value),
        "segments": _segments(segments) if segments else None,
        "offers": _offers(report, evidence.get("offers.json")),
        "parameters": _parameters(value),
        "unknown": _unknown(value, report),
        "n": amount(value["n"], 0),
    }


def show_people(_report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Content of the restricted page: customers one by one.

    Args:
        evidence: Evidence by file name, the restricted too.
    """
    tree = evidence.get("customers.json")
    if tree is None:
        return {"missing": "no customer was listed", "people": []}
    return {
        "missing": "",
        "n": amount(tree["n"], 0),
        "explained": tree["explained"],
        "reference": tree["reference"],
        "people": [_person(person) for person in tree["people"]],
    }


def _lead(value: Mapping[str, Any]) -> dict[str, str]:
    figures = value["figures"]
    gain = figures["top_tenth_gain_over_bg_nbd"]
    if gain["low"] is not None and gain["low"] > 0:
        beside = "clearly more than BG/NBD with Gamma-Gamma finds"
    elif gain["high"] is not None and gain["high"] < 0:
        beside = "clearly less than BG/NBD with Gamma-Gamma finds: use that, it is simpler"
    else:
        beside = "not shown to be more than BG/NBD with Gamma-Gamma finds, which needs no outcome"
    ratio = figures["expected_real_ratio"]
    promise = (
        f"It expects {amount_range(ratio)} times the money that came."
        if ratio["value"] is not None
        else "Expected money could not be compared."
    )
    return {
        "verdict": (
            "The tenth of the customers that it ranks first brought "
            f"{share_range(figures['top_tenth_share'])} of the money "
            f"of the next thirteen weeks; {beside}."
        ),
        "figures": (
            f"{promise} {percent(value['spent']['share_none'])} of the {value['n']:,} customers bought "
            "nothing; the mean was "
            f"{amount(value['spent']['mean'])}."
        ),
    }


def _rivals(value: Mapping[str, Any]) -> list[dict[str, str]]:
    figures = value["figures"]
    return [
        {
            "name": "the model",
            "top": share_range(figures["top_tenth_share"], 1),
            "gain": "",
            "ratio": amount_range(figures["expected_real_ratio"]),
        },
        {
            "name": "BG/NBD with Gamma-Gamma",
            "top": share_range(figures["top_tenth_share_counting"], 1),
            "gain": share_range(figures["top_tenth_gain_over_bg_nbd"], 1),
            "ratio": amount_range(figures["expected_real_ratio_counting"]),
        },
        {
            "name": "RFM score",
            "top": share_range(figures["top_tenth_share_rfm"], 1),
            "gain": share_range(figures["top_tenth_gain_over_rfm"], 1),
            "ratio": "states no money",
        },
    ]


def _figures(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    lift = curves(
        "Money found among the first customers",
        [(row["name"], [tuple(point) for point in row["points"]]) for row in value["lift"]],
        x_label="share of the customers, the highest expectation first",
        y_label="share of the money",
        percent=True,
        diagonal=True,
    )
    tenths = value["tenths"]
    course = curves(
        "Expected and real spend by tenth",
        [
            ("real", [(i + 1.0, row["spent"]) for i, row in enumerate(tenths)]),
            ("model", [(i + 1.0, row["model"]) for i, row in enumerate(tenths)]),
            ("BG/NBD with Gamma-Gamma", [(i + 1.0, row["counting"]) for i, row in enumerate(tenths)]),
        ],
        x_label="tenths of the customers, the lowest expectation first",
        y_label="mean spend",
    )
    return [lift, course]


def _tenths(value: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "tenth": str(i + 1),
            "n": amount(row["n"], 0),
            "model": amount(row["model"]),
            "counting": amount(row["counting"]),
            "spent": f"{amount(row['spent'])} ± {amount(row['half_width'])}",
        }
        for i, row in enumerate(value["tenths"])
    ]


def _segments(tree: Mapping[str, Any]) -> dict[str, Any]:
    rows = [
        {
            "name": line["name"],
            "n": amount(line["n"], 0),
            "standing": line["standing"],
            "words": f"{STANDING[line['standing']]} ({line['jaccard']:.2f})",
            "bought": percent(line.get("bought")),
            "spent": f"{amount(line['spent'])} ± {amount(line['half_width'])}"
            if "spent" in line
            else "too few customers",
            "money": percent(line.get("share_of_money")),
        }
        for line in tree["segments"]
    ]
    shaky = sum(row["standing"] != "stable" for row in rows)
    return {
        "rows": rows,
        "k": tree["k"],
        "agreement": amount_range(tree["agreement"]),
        "figure": intervals(
            "Would each number of segments be found again?",
            [
                {
                    "label": f"{row['k']} segments",
                    "value": row["worst"],
                    "low": row["worst"],
                    "high": row["worst"],
                    "words": f"least stable {row['worst']:.2f}, Rand {row['rand']:.2f}",
                }
                for row in tree["tried"]
            ],
            reference=tree["limits"]["stable"],
        ),
        "shaky": several(shaky, "segment") if shaky else "",
    }


def _offers(report: Report, tree: Mapping[str, Any] | None) -> dict[str, Any]:
    if tree is None:
        entry = next((c for c in report.coverage if c.check == "retail.offers"), None)
        done = entry is not None and entry.status is CheckStatus.DONE
        return {
            "reason": "" if done or entry is None else f"{entry.status.value}: {entry.reason}",
            "attributes": [],
        }
    return {
        "reason": "",
        "offered": percent(tree["offered"]),
        "attributes": [
            {
                "name": attribute["attribute"],
                "groups": [
                    {
                        "group": line["group"],
                        "n": "fewer than are required" if line["n"] is None else amount(line["n"], 0),
                        "offered": "not estimable"
                        if line["offered"] is None
                        else share_range(line["offered"]),
                    }
                    for line in attribute["groups"]
                ],
            }
            for attribute in tree["attributes"]
        ],
    }


def _parameters(value: Mapping[str, Any]) -> str:
    last = value["parameters"][-1]
    return ", ".join(f"{name} = {last[name]:.3g}" for name in ("r", "alpha", "a", "b", "p", "q", "v"))


def _unknown(value: Mapping[str, Any], report: Report) -> list[str]:
    within = value["figures"]["within_interval"]
    return [
        "What a single customer will spend: the 80 % interval of a customer held for "
        f"{share_range(within)}, and it is wide.",
        "What a letter would change: nobody was written to at random, so the effect of writing is not in "
        "the data.",
        "Money beyond thirteen weeks, and margins: spend is turnover.",
        *report.data.caveats,
    ]


def _person(person: Mapping[str, Any]) -> dict[str, Any]:
    idle = person["age"] - person["recency"]
    return {
        "customer": person["customer"],
        "expected": amount(person["expected"]),
        "interval": f"{amount(person['low'], 0)} to {amount(person['high'], 0)}",
        "counting": amount(person["counting"]),
        "churn": percent(person["churn"]),
        "known": (
            f"{several(person['repeats'] + 1, 'purchase')} in {several(person['age'], 'week')}, the "
            f"last {several(idle, 'week')} "
            f"ago, {amount(person['total_value'], 0)} in all"
        ),
        "reasons": [
            {
                "words": reason["label"],
                "adds": ("+" if reason["adds"] >= 0 else "−")
                + f"{abs(reason['adds']):.2g} ± {2 * reason['error']:.1g}",
            }
            for reason in person["reasons"]
        ],
    }
