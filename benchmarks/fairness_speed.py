"""Fairness of 20 intersections at 100,000 rows: points and bootstrap intervals, against fairlearn.

Goals: at least 200 x for the points (equal to 1e-12), at least 1,000 x for the intervals (statistically
equal: the median width of an interval differs by at most 7 %, no interval is shifted by more than 20 % of
its width; an end of a percentile interval from 200 replicates has a standard error of about 10 % of the
width). Both sides get integer group codes. CPU time of one thread, runs interleaved, medians. fairlearn's
cost is linear in the replicates, so it is measured with few and extrapolated to 100; ours is run with 100,
and with the 2,000 that an audit uses. The functions are those that the audit itself calls.

    python benchmarks/fairness_speed.py [--write]
"""

from __future__ import annotations

import functools
import time
import warnings
from collections.abc import Callable
from statistics import median

import harness  # first: it sets one thread
import numpy as np

from testamur.audit.cells import (
    RATES,
    Strata,
    count_strata,
    pair_divisions,
    rates,
    single_divisions,
    sum_groups,
)
from testamur.audit.simultaneous import critical_values, percentile_rates
from testamur.contracts.table import Attribute

ATTRIBUTES = (Attribute("a", "A", tuple("vwxyz")), Attribute("b", "B", tuple("klmn")))
SIZES = [5, 4]
N_BOOT_PEER = 2
N_ROWS = 100_000
WIDTHS_DIFFER, MOST_SHIFT = 0.07, 0.2  # "statistically equal": see above
EXPLANATION = (
    "Rates of 20 intersections of two attributes at 100,000 rows, against fairlearn's MetricFrame, "
    "with the functions that the audit itself calls. CPU time of one thread, runs interleaved, "
    "medians; the row bootstrap in numpy and ours beside it in 15 rounds. "
    f"fairlearn's bootstrap: {N_BOOT_PEER} replicates measured, extrapolated linearly; most "
    "of its time goes into stacking each group's columns row by row, for any input. Intervals are "
    "compared at 10,000 rows in groups of 200 and more: 200 replicates of fairlearn against 2,000 of "
    "ours. An end of a percentile interval from 200 replicates has a standard error of about a tenth "
    "of the width, which sets the bounds."
)


def rows(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcomes, decisions, and level codes of two attributes."""
    r = np.random.default_rng(seed)
    a, b = r.choice(5, n, p=[0.4, 0.25, 0.2, 0.1, 0.05]), r.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    z = r.normal(size=n) + 0.2 * a - 0.1 * b
    event = (z + r.normal(size=n) > 0.3).astype(np.int64)
    selected = (1 / (1 + np.exp(-(z + 0.3 * r.normal(size=n)))) > 0.55).astype(np.int64)
    return event, selected, np.stack([a, b], axis=1).astype(np.int16)


def our_points(event: np.ndarray, selected: np.ndarray, groups: np.ndarray) -> tuple[Strata, np.ndarray]:
    """What the audit does: one count, then the rates of every intersection."""
    strata = count_strata(event, selected, groups, SIZES)
    return strata, rates(sum_groups(strata.counts, pair_divisions(strata, ATTRIBUTES)[0]))[0]


def our_intervals(
    event: np.ndarray, selected: np.ndarray, groups: np.ndarray, n_boot: int
) -> tuple[np.ndarray, np.ndarray]:
    """Counting included: percentile intervals of every rate of every intersection."""
    strata = count_strata(event, selected, groups, SIZES)
    division = pair_divisions(strata, ATTRIBUTES)[0]
    return percentile_rates(strata, division, n_boot, 0.95, np.random.default_rng(0))


def our_joint(event: np.ndarray, selected: np.ndarray, groups: np.ndarray) -> None:
    """Counting included: the joint critical values over all groups and pairs, 2,000 replicates."""
    strata = count_strata(event, selected, groups, SIZES)
    divisions = [*single_divisions(strata, ATTRIBUTES), *pair_divisions(strata, ATTRIBUTES)]
    critical_values(strata, divisions, level=0.95, minimum=20, n_boot=2000, rng=np.random.default_rng(0))


def numpy_intervals(event: np.ndarray, selected: np.ndarray, groups: np.ndarray, n_boot: int) -> np.ndarray:
    """The bootstrap that one would write by hand: draw rows, count the cells of the drawn rows."""
    r, n = np.random.default_rng(0), len(event)
    key = ((groups[:, 0].astype(np.int64) * 4 + groups[:, 1]) << 2) | (event << 1) | selected
    drawn = [np.bincount(key[r.integers(0, n, n)], minlength=80).reshape(20, 4) for _ in range(n_boot)]
    return np.quantile(rates(np.array(drawn, np.float64))[0], [0.025, 0.975], axis=0)


def fairlearn_frame(
    event: np.ndarray, selected: np.ndarray, groups: np.ndarray, n_boot: int | None = None
) -> object:
    """fairlearn's MetricFrame over the same two columns of codes."""
    import pandas as pd
    from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
    from sklearn.metrics import accuracy_score, precision_score

    precision = functools.partial(precision_score, zero_division=0)
    precision.__name__ = "precision"  # type: ignore[attr-defined]  # fairlearn asks for a name
    metrics = {
        "selection_rate": selection_rate,
        "true_positive_rate": true_positive_rate,
        "false_positive_rate": false_positive_rate,
        "positive_predictive_value": precision,
        "accuracy": accuracy_score,
    }
    boot = {"n_boot": n_boot, "ci_quantiles": [0.025, 0.5, 0.975], "random_state": 0} if n_boot else {}
    frame = MetricFrame(
        metrics=metrics,
        y_true=event,
        y_pred=selected,
        sensitive_features=pd.DataFrame({"a": groups[:, 0], "b": groups[:, 1]}),
        **boot,
    )
    frame.overall, frame.by_group  # noqa: B018  # both are computed on demand
    return frame


def interleave(
    functions: dict[str, Callable[[], object]], repeats: int, inner: dict[str, int]
) -> dict[str, float]:
    """Median CPU seconds per call; A B A B, so that drift meets both alike."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(repeats + 1):
        for name, function in functions.items():
            times = inner.get(name, 1)
            start = time.process_time()
            for _ in range(times):
                function()
            seconds[name].append((time.process_time() - start) / times)
    return {name: median(values[1:]) for name, values in seconds.items()}  # the first warms up


def agreement(n: int = 10_000, n_boot: int = 200) -> tuple[float, float]:
    """Largest relative difference in width, and shift in widths, between both bootstraps; where n >= 200."""
    event, selected, groups = rows(n)
    frame = fairlearn_frame(event, selected, groups, n_boot)
    peer_low, _, peer_high = frame.by_group_ci  # type: ignore[attr-defined]
    low, high = our_intervals(event, selected, groups, 2000)
    sizes = np.bincount(groups[:, 0].astype(int) * 4 + groups[:, 1], minlength=20)
    large = sizes >= 200
    widths, shifts = [], []
    for i, rate in enumerate(RATES):
        width = (peer_high[rate.name] - peer_low[rate.name]).to_numpy()[large]
        widths.append((high[large, i] - low[large, i]) / width - 1)
        centre = (
            high[large, i] + low[large, i] - (peer_high[rate.name] + peer_low[rate.name]).to_numpy()[large]
        ) / 2
        shifts.append(centre / width)
    return float(np.median(np.concatenate(widths))), float(np.abs(np.concatenate(shifts)).max())


def main() -> int:
    """Measure, print, and write when asked."""
    warnings.simplefilter("ignore")
    data = rows(N_ROWS)
    _, mine = our_points(*data)
    frame = fairlearn_frame(*data).by_group  # type: ignore[attr-defined]
    error = max(float(np.abs(frame[r.name].to_numpy() - mine[:, i]).max()) for i, r in enumerate(RATES))
    points = interleave(
        {"peer": lambda: fairlearn_frame(*data), "ours": lambda: our_points(*data)}, 5, {"ours": 20}
    )
    boots = interleave(
        {
            "peer": lambda: fairlearn_frame(*data, N_BOOT_PEER),
            "ours 2000": lambda: our_intervals(*data, 2000),
            "joint": lambda: our_joint(*data),
        },
        2,
        {"ours 2000": 2},
    )
    boots |= interleave(
        {"numpy": lambda: numpy_intervals(*data, 100), "ours 100": lambda: our_intervals(*data, 100)},
        15,
        {"ours 100": 10},
    )
    per_replicate = (boots["peer"] - points["peer"]) / N_BOOT_PEER
    peer_100, peer_2000 = (points["peer"] + per_replicate * b for b in (100, 2000))
    width, shift = agreement()
    table = [
        ("points", points["peer"], points["ours"]),
        ("bootstrap intervals, 100 replicates", peer_100, boots["ours 100"]),
        ("bootstrap intervals, 2,000 replicates", peer_2000, boots["ours 2000"]),
        ("100 replicates against a row bootstrap in numpy", boots["numpy"], boots["ours 100"]),
    ]
    page = harness.Page(
        "fairness_speed", "Fairness with intervals: speed", EXPLANATION, packages=("numpy", "fairlearn")
    )
    page.lines += ["", "| task | peer, CPU s | testamur, CPU s | ratio |", "|---|---:|---:|---:|"]
    page.lines += [f"| {name} | {a:.4g} | {b:.4g} | {a / b:,.0f} x |" for name, a, b in table]
    page.note(
        "Joint critical values of all groups and pairs, 2,000 replicates, counting included: "
        f"{boots['joint']:.3f} s."
    )
    bounds = (200.0, 1000.0, None, 50.0)
    for (name, a, b), bound in zip(table, bounds, strict=True):
        if bound is not None:
            page.goal(harness.Goal(name, a / b, at_least=bound))
    page.goal(harness.Goal("largest difference of a rate from fairlearn's", error, at_most=1e-12, unit=""))
    page.goal(
        harness.Goal(
            "median difference in width from fairlearn's intervals",
            abs(width),
            at_most=WIDTHS_DIFFER,
            unit="",
        )
    )
    page.goal(
        harness.Goal(
            "largest shift of an interval, in widths of fairlearn's", shift, at_most=MOST_SHIFT, unit=""
        )
    )
    return page.finish(write=harness.wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
