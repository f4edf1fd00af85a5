"""AUC and ECE with intervals at a million rows, AUC per group, and classes of like rows, against peers.

Goals: an AUC interval (DeLong) at least 200 x as fast as 200 resamples of scikit-learn's AUC; the ECE with
its interval at least 200 x as fast as 200 resamples of a numpy loop over its bins; AUC per group at least
30 x fairlearn's MetricFrame; k and l of five quasi-identifiers at least 4 x pandas, polars and duckdb.
Points agree to 1e-12. Peers' resamples are measured few and extrapolated.

    python benchmarks/audit_intervals_speed.py [--write]
"""

from __future__ import annotations

import warnings
from functools import partial
from itertools import pairwise

import duckdb
import harness  # first: it sets one thread
import numpy as np
import pandas as pd
import polars as pl

from testamur.audit.auc import auc_of_sorted, auc_only, auc_only_estimate
from testamur.audit.calibration_curve import ECE_BINS, equal_mass
from testamur.audit.calibration_error import ece_estimate
from testamur.audit.equivalence import diversity, find_classes

N, N_GROUPED, N_PEER = 1_000_000, 100_000, 2
QUASI, SENSITIVE = ["c0", "c1", "c2", "c3", "c4"], "c5"
SIZES = {"c0": 2, "c1": 5, "c2": 12, "c3": 90, "c4": 50, "c5": 9}
EXPLANATION = (
    f"{N:,} rows, CPU time of one thread, runs interleaved, medians of ratios. Resamples of the peers: "
    f"{N_PEER} measured, extrapolated to 200. The functions are those that the audit calls."
)


def scored(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and risks."""
    r = np.random.default_rng(0)
    z = r.normal(size=n)
    event = (z + 1.2 * r.normal(size=n) > 0.5).astype(np.int64)
    return event, 1 / (1 + np.exp(-z))


def our_auc(event: np.ndarray, risk: np.ndarray) -> object:
    """Value and DeLong interval."""
    return auc_only_estimate(auc_only(event, risk), 1.96)


def our_ece(event: np.ndarray, risk: np.ndarray) -> object:
    """Debiased ECE over 15 bins of equal mass with its interval, as `core.calibration.overall` makes it."""
    bins = equal_mass(event, risk, ECE_BINS)
    return ece_estimate(bins.counts, bins.risk, 0.95)


def loop_ece(event: np.ndarray, risk: np.ndarray) -> float:
    """The plain ECE over 15 bins of equal mass that one would write by hand."""
    first = -(-np.arange(ECE_BINS) * len(risk) // ECE_BINS)  # of each bin, in the order of the risks
    edges = np.r_[np.sort(risk)[first], np.inf]
    total = 0.0
    for low, high in pairwise(edges):
        rows = (risk >= low) & (risk < high)
        total += rows.mean() * abs(event[rows].mean() - risk[rows].mean())
    return total


def plain_ece(event: np.ndarray, risk: np.ndarray) -> float:
    """The same from our bins, not debiased, to hold both against each other."""
    bins = equal_mass(event, risk, ECE_BINS)
    rows = bins.counts.sum(axis=1)
    gap = np.abs(bins.counts[:, 1] - (bins.counts * bins.risk).sum(axis=1)) / rows
    return float((rows * gap).sum() / rows.sum())


def resampled(measure, event: np.ndarray, risk: np.ndarray) -> None:
    """A few resamples of a peer's measure."""
    r = np.random.default_rng(0)
    for _ in range(N_PEER):
        rows = r.integers(0, len(event), len(event))
        measure(event[rows], risk[rows])


def our_groups(event: np.ndarray, risk: np.ndarray, code: np.ndarray) -> list[float]:
    """AUC of 20 groups: rows ordered by risk once, then by group with a stable sort of small numbers."""
    order = np.argsort(risk)
    order = order[np.argsort(code[order], kind="stable")]
    ends = np.cumsum(np.bincount(code, minlength=20))
    event, risk = event[order], risk[order]
    return [auc_of_sorted(event[a:b], risk[a:b]).auc for a, b in zip(np.r_[0, ends[:-1]], ends, strict=True)]


def fairlearn_groups(event: np.ndarray, risk: np.ndarray, code: np.ndarray) -> list[float]:
    """The same by fairlearn's MetricFrame."""
    from fairlearn.metrics import MetricFrame
    from sklearn.metrics import roc_auc_score

    frame = MetricFrame(metrics=roc_auc_score, y_true=event, y_pred=risk, sensitive_features=code)
    return frame.by_group.tolist()


def like_rows(columns: dict[str, np.ndarray]) -> tuple[int, int]:
    """k and l by the audit's counting."""
    codes = [columns[name] for name in QUASI]
    sizes = [SIZES[name] for name in QUASI]
    found = find_classes(codes, sizes)
    return int(found.rows.min()), int(diversity(found, columns[SENSITIVE], SIZES[SENSITIVE]).min())


def like_pandas(frame: pd.DataFrame) -> tuple[int, int]:
    found = frame.groupby(QUASI)[SENSITIVE].agg(["size", "nunique"])
    return int(found["size"].min()), int(found["nunique"].min())


def like_polars(frame: pl.DataFrame) -> tuple[int, int]:
    found = frame.group_by(QUASI).agg(pl.len().alias("n"), pl.col(SENSITIVE).n_unique().alias("l"))
    return int(found["n"].min()), int(found["l"].min())


def like_duckdb(frame: pd.DataFrame) -> tuple[int, int]:
    keys = ", ".join(QUASI)
    counted = f"select count(*) n, count(distinct {SENSITIVE}) l from frame group by {keys}"
    k, least = duckdb.sql(f"select min(n), min(l) from ({counted})").fetchall()[0]
    return int(k), int(least)


def main() -> int:
    """Measure, print, and write when asked."""
    from sklearn.metrics import roc_auc_score

    warnings.simplefilter("ignore")
    duckdb.sql("set threads = 1")
    event, risk = scored(N)
    page = harness.Page(
        "audit_intervals_speed",
        "Intervals and like rows: speed",
        EXPLANATION,
        packages=("numpy", "scikit-learn", "fairlearn", "pandas", "polars", "duckdb"),
    )
    times = harness.measure(
        {
            "testamur, AUC": partial(our_auc, event, risk),
            f"scikit-learn, {N_PEER} resamples": partial(resampled, roc_auc_score, event, risk),
            "testamur, ECE": partial(our_ece, event, risk),
            f"numpy loop, {N_PEER} resamples": partial(resampled, loop_ece, event, risk),
        },
        repeats=3,
    )
    page.compare("AUC and ECE with intervals", times, base="testamur, AUC", n_items=N, item="row")
    scale = 200 / N_PEER
    auc = scale * times[f"scikit-learn, {N_PEER} resamples"].ratio_to(times["testamur, AUC"])
    loop = scale * times[f"numpy loop, {N_PEER} resamples"].ratio_to(times["testamur, ECE"])
    page.goal(harness.Goal("AUC interval against 200 resamples of scikit-learn's", auc, at_least=200))
    page.goal(harness.Goal("ECE interval against 200 resamples of a numpy loop", loop, at_least=200))
    error = abs(auc_only(event, risk).auc - roc_auc_score(event, risk))
    error = max(error, abs(plain_ece(event, risk) - loop_ece(event, risk)))
    small, code = scored(N_GROUPED), np.random.default_rng(1).integers(0, 20, N_GROUPED).astype(np.uint8)
    times = harness.measure(
        {
            "testamur": partial(our_groups, *small, code),
            "fairlearn": partial(fairlearn_groups, *small, code),
        },
        repeats=5,
    )
    page.compare(f"AUC of 20 groups, {N_GROUPED:,} rows", times, base="testamur")
    page.goal(
        harness.Goal(
            "AUC per group against fairlearn", times["fairlearn"].ratio_to(times["testamur"]), at_least=30
        )
    )
    ours, theirs = our_groups(*small, code), fairlearn_groups(*small, code)
    error = max(error, float(np.abs(np.array(ours) - theirs).max()))
    page.goal(harness.Goal("largest difference of a point from a peer's", error, at_most=1e-12, unit=""))
    _like_rows(page)
    return page.finish(write=harness.wants_writing())


def _like_rows(page: harness.Page) -> None:
    r = np.random.default_rng(0)
    columns = {name: r.integers(0, size, N) for name, size in SIZES.items()}
    frame = pd.DataFrame(columns)
    lazy = pl.from_pandas(frame)
    cases = {
        "testamur": partial(like_rows, columns),
        "pandas": partial(like_pandas, frame),
        "polars": partial(like_polars, lazy),
        "duckdb": partial(like_duckdb, frame),
    }
    assert len({case() for case in cases.values()}) == 1, "k and l must agree"
    times = harness.measure(cases, repeats=3, warm=0)
    page.compare("k and l over five quasi-identifiers", times, base="testamur", n_items=N, item="row")
    for name in ("pandas", "polars", "duckdb"):
        ratio = times[name].ratio_to(times["testamur"])
        page.goal(harness.Goal(f"k and l against {name}", ratio, at_least=4))


if __name__ == "__main__":
    raise SystemExit(main())
