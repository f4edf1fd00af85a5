"""From the measures of `rows_quality` to its page: ranks with intervals, a table per measure, the goals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import harness
import numpy as np
from scipy.stats import rankdata

METHODS = {
    "ensemble": "core.ensemble",
    "networks": "its networks alone",
    "bagged": "bagged boosting (its other part)",
    "tabular": "core.tabular (TabM)",
    "boosting": "boosting, one, stopped early",
    "lightgbm": "LightGBM as it comes",
    "lightgbm bag": "LightGBM, bagged, stopped early",
    "catboost": "CatBoost as it comes",
    "linear": "linear model",
}
PARTS = ("networks", "bagged", "lightgbm bag")  # the better of these bounds the ensemble
REPLICATES = 4000
PACKAGES = ("numpy", "torch", "scikit-learn", "lightgbm", "catboost")
EXPLANATION = (
    "Every method learns from the same training and validation rows and is measured on the same test rows, "
    "under five seeds. Sets, seeds, splits, settings and measures were fixed before a figure of a test "
    "part was looked at, and nothing was tuned afterwards. The ensemble's settings are those of trials on "
    "16 sets; breast_cancer, diabetes, digits, gpa2 and loanapp were among those, so they are no fresh sets "
    "for it. Ranks are by AUC (of several classes: the mean over classes against the rest) or RMSE. "
    "Intervals: 95 %, bootstrap over sets, and over seeds within a set; five splits of one set overlap, so "
    "intervals within a set are too narrow. Only small sets: nothing is said of large ones."
)


def summarise(lines: list[dict[str, Any]], left_out: list[str], n_splits: dict[str, int]) -> harness.Page:
    """The page.

    Args:
        lines: One per set and seed: ``set``, ``seed``, ``kind``, ``n``, ``features``, ``methods``.
        left_out: Sets that were not at hand.
        n_splits: Different test parts over the seeds, by set.
    """
    page = harness.Page("rows_quality", "Quality on rows of tables", EXPLANATION, packages=PACKAGES)
    sets = list(dict.fromkeys(line["set"] for line in lines))
    if left_out:
        page.note(f"Not measured in this run, and left out: {', '.join(left_out)}.")
    fixed = [name for name, n in n_splits.items() if n == 1]
    if fixed:
        page.note(
            f"The declaration of {', '.join(fixed)} fixes the split: there five seeds meet one "
            "and the same test part, and a spread over seeds is that of the methods alone."
        )
    ranks = _ranks(lines, sets, _main)
    drawn = _bootstrap(ranks)
    _rank_table(page, "Mean rank", ranks, drawn, lines)
    classified = [s for s in sets if any(x["set"] == s and x["kind"] != "regression" for x in lines)]
    by_loss = _ranks(lines, classified, lambda m: m["log_loss"])
    _rank_table(page, "Mean rank by log loss, classifications alone", by_loss, _bootstrap(by_loss), None)
    _measure_table(page, lines, sets)
    worst = _parts_table(page, lines, sets)
    names = list(METHODS)
    own = ranks.mean(axis=(0, 1))[0]
    for name in ("catboost", "lightgbm"):
        gap = ranks.mean(axis=(0, 1))[names.index(name)] - own
        page.goal(harness.Goal(f"mean rank ahead of {METHODS[name]} by", gap, at_least=0.0, unit="ranks"))
    page.goal(
        harness.Goal("widest lag behind the better of its parts, any set", worst, at_most=1.0, unit="%")
    )
    return page


def _main(measures: dict[str, float]) -> float:
    """What ranks go by; the lower the better."""
    return measures["rmse"] if "rmse" in measures else -measures["auc"]


def _values(lines: list[dict[str, Any]], name: str, read: Any) -> np.ndarray:
    """(n_seeds, n_methods) of a set."""
    return np.array([[read(x["methods"][m]) for m in METHODS] for x in lines if x["set"] == name])


def _ranks(lines: list[dict[str, Any]], sets: list[str], read: Any) -> np.ndarray:
    """(n_sets, n_seeds, n_methods), 1 for the best; equal ones share theirs."""
    return np.array([[rankdata(np.round(row, 12)) for row in _values(lines, s, read)] for s in sets])


def _bootstrap(ranks: np.ndarray) -> np.ndarray:
    """(REPLICATES, n_methods) mean ranks of drawn sets, and of drawn seeds within them."""
    rng = np.random.default_rng(0)
    n_sets, n_seeds, _ = ranks.shape
    drawn = []
    for _ in range(REPLICATES):
        chosen = rng.integers(0, n_sets, n_sets)
        splits = rng.integers(0, n_seeds, (n_sets, n_seeds))
        drawn.append(ranks[chosen[:, None], splits].mean(axis=(0, 1)))
    return np.array(drawn)


def _rank_table(
    page: harness.Page, title: str, ranks: np.ndarray, drawn: np.ndarray, lines: list[dict[str, Any]] | None
) -> None:
    seconds = "| CPU s, median (highest) " if lines else ""
    page.lines += [
        "", f"## {title}, {len(ranks)} sets, {ranks.shape[1]} seeds", "",
        f"| method | mean rank of {len(METHODS)} | behind core.ensemble {seconds}|",
        "|---|---:|---:" + ("|---:|" if lines else "|"),
    ]  # fmt: skip
    mean = ranks.mean(axis=(0, 1))
    for i in np.argsort(mean, kind="stable"):
        name = list(METHODS)[i]
        low, high = np.quantile(drawn[:, i], [0.025, 0.975])
        apart = np.quantile(drawn[:, i] - drawn[:, 0], [0.025, 0.975])
        behind = "" if i == 0 else f"{mean[i] - mean[0]:+.2f} ({apart[0]:+.2f} to {apart[1]:+.2f})"
        spent = [x["methods"][name]["seconds"] for x in lines or ()]
        cost = f" {_cost(spent)} |" if lines else ""
        page.lines.append(f"| {METHODS[name]} | {mean[i]:.2f} ({low:.2f} to {high:.2f}) | {behind} |{cost}")


def _cost(spent: Iterable[float]) -> str:
    known = [s for s in spent if np.isfinite(s)]
    return f"{np.median(known):.1f} ({max(known):.1f})" if known else "in core.ensemble's"


def _measure_table(page: harness.Page, lines: list[dict[str, Any]], sets: list[str]) -> None:
    for title, key, digits in (("AUC", "auc", 4), ("Log loss", "log_loss", 4), ("RMSE", "rmse", 4)):
        having = [s for s in sets if any(x["set"] == s and key in x["methods"]["ensemble"] for x in lines)]
        if not having:
            continue
        page.lines += ["", f"## {title}: mean over seeds ± standard deviation", ""]
        page.lines.append("| method | " + " | ".join(_caption(lines, s) for s in having) + " |")
        page.lines.append("|---|" + "---:|" * len(having))
        table = {s: _values(lines, s, lambda m, key=key: m[key]) for s in having}
        for i, words in enumerate(METHODS.values()):
            cells = []
            for s in having:
                own, best = table[s].mean(axis=0), table[s].mean(axis=0)
                leads = own[i] == (best.max() if key == "auc" else best.min())
                mark = "**" if leads else ""
                cells.append(f"{mark}{own[i]:.{digits}g}{mark} ± {table[s][:, i].std(ddof=1):.2g}")
            page.lines.append(f"| {words} | " + " | ".join(cells) + " |")


def _caption(lines: list[dict[str, Any]], name: str) -> str:
    first = next(x for x in lines if x["set"] == name)
    return f"{name} ({first['n']:,} x {first['features']})"


def _parts_table(page: harness.Page, lines: list[dict[str, Any]], sets: list[str]) -> float:
    """How far the ensemble lies behind the better of its parts; the widest lag in per cent."""
    page.lines += [
        "", "## core.ensemble against the better of networks alone and bagged boosting", "",
        "| set | better part | gain over it, % (95 %, over seeds) |", "|---|---|---:|",
    ]  # fmt: skip
    names, rng, worst = list(METHODS), np.random.default_rng(1), -np.inf
    for s in sets:
        values = _values(lines, s, _main)
        means = values.mean(axis=0)
        best = min((names.index(p) for p in PARTS), key=lambda i: means[i])
        gains = 100 * (values[:, best] - values[:, 0]) / abs(means[best])
        drawn = rng.choice(gains, (REPLICATES, len(gains))).mean(axis=1)
        low, high = np.quantile(drawn, [0.025, 0.975])
        page.lines.append(
            f"| {s} | {METHODS[names[best]]} | {gains.mean():+.2f} ({low:+.2f} to {high:+.2f}) |"
        )
        worst = max(worst, -float(gains.mean()))
    return worst
