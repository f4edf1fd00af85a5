"""Accuracy of forecasts: the core's model beside statsforecast and the last cycle repeated, on four sets.

    python benchmarks/forecast_accuracy.py [--write]

Splits, seeds and settings are those of `forecast_sets` and of this file, frozen before the first test figure.
The peers are refitted at every test origin on the latest steps; our model is trained once, on what lies
before validation, and never again: the peers see up to two fifths more of the series. The length of the
window was chosen on validation origins (CDNOW of 28, 56, 84; traffic and occupancy of 168, 336, 504), nothing
else. Of hourly sets every third training window is taken and the peers see four weeks, to keep the run short.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from forecast_sets import CASES, Case, cut_case
from harness import Goal, Page, cpu_clock, wants_writing

from testamur.audit.forecast_scores import score_windows, series_scales
from testamur.contracts.model import TrainingOptions
from testamur.contracts.table import Predictions, RowsTable
from testamur.testing.fakes import RecordingObserver
from testamur.train.baselines import fit_boosting, fit_naive
from testamur.train.fit import fit_model
from testamur.train.models import FORECAST
from testamur.train.window_layout import filled

SEEDS = (0, 1, 2, 3, 4)
TRAINING = {"epochs": 40, "patience": 6, "learning_rate": 2e-3, "threads": 1}
N_BOOT = 2000
PACKAGES = ("numpy", "torch", "scikit-learn", "statsforecast")
Scores = dict[str, np.ndarray]  # name -> (n, 2) scaled error and scaled pinball loss of each test window


def train(table: RowsTable, seed: int) -> Predictions:
    """The core's forecast of the test windows."""
    with tempfile.TemporaryDirectory() as folder:
        model = fit_model(
            FORECAST,
            FORECAST.options(),
            TrainingOptions.parse(TRAINING),
            table,
            seed=seed,
            device="cpu",
            folder=Path(folder),
            observer=RecordingObserver(),
        )
    return model.predictor.predict(table.test)


def refit(table: RowsTable, case: Case, make: Callable[[], object]) -> Predictions:
    """A model of statsforecast, fitted anew at every test origin; its intervals give the quantiles."""
    log = filled(table.test.history, case.season)[:, 0].astype(np.float64)
    levels = table.problem.quantiles
    stated = np.empty((table.test.n_rows, case.horizon, len(levels)))
    percent = [round(100 * abs(1 - 2 * q)) for q in levels]
    for i, stop in enumerate(table.test.history.stop.tolist()):
        past = log[max(0, stop - case.ets_steps) : stop]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = make().forecast(past, h=case.horizon, level=sorted({p for p in percent if p}))
        for j, (q, p) in enumerate(zip(levels, percent, strict=True)):
            key = "mean" if not p else f"{'lo' if q < 0.5 else 'hi'}-{p}"
            stated[i, :, j] = np.asarray(found[key])
    return Predictions(quantiles=np.sort(stated, axis=2))


def peers(case: Case) -> dict[str, Callable[[], object]]:
    """AutoETS, and AutoETS on what several cycles leave over (MSTL), where there are several."""
    from statsforecast.models import MSTL, AutoETS

    made: dict[str, Callable[[], object]] = {"AutoETS": lambda: AutoETS(season_length=case.ets_seasons[0])}
    if len(case.ets_seasons) > 1:
        made["MSTL + AutoETS"] = lambda: MSTL(
            season_length=list(case.ets_seasons), trend_forecaster=AutoETS(model="ZZN")
        )
    return made


def score_case(case: Case, folder: Path) -> tuple[RowsTable, Scores, dict[str, float]]:
    """Scores of everyone on the test windows of a set, and CPU seconds."""
    table = cut_case(case, folder)
    scales = series_scales(table)
    seconds: dict[str, float] = {}

    def scored(name: str, predict: Callable[[], Predictions]) -> np.ndarray:
        begin = cpu_clock()
        predictions = predict()
        seconds[name] = cpu_clock() - begin
        of = score_windows(table, predictions, scales)
        return np.stack([of.scaled_error, of.scaled_pinball], axis=1)

    scores = {"last cycle": scored("last cycle", lambda: fit_naive(table).predict(table.test))}
    if case.ets_seasons[0] != case.season:
        daily = replace(table, problem=table.problem.model_copy(update={"season": case.ets_seasons[0]}))
        scores["last day"] = scored("last day", lambda: fit_naive(daily).predict(table.test))
    scores["boosting on lags"] = scored(
        "boosting on lags", lambda: fit_boosting(table, seed=0).predict(table.test)
    )
    for name, make in peers(case).items():
        kept = folder / f"{case.fetch.package}-{name}-{case.ets_steps}-{case.test_stride}.npz"
        if not kept.exists():  # peers take longest: a run that was broken off goes on from here
            found = scored(name, lambda make=make: refit(table, case, make))
            np.savez(kept, scores=found, seconds=seconds[name])
        with np.load(kept) as before:
            scores[name], seconds[name] = before["scores"], float(before["seconds"])
    for seed in SEEDS:
        scores[f"seed {seed}"] = scored(f"seed {seed}", lambda seed=seed: train(table, seed))
    return table, scores, seconds


def blocks(n: int) -> np.ndarray:
    """(n,) number of the block of each origin: the cube root of their number lie together."""
    return np.arange(n) // max(round(n ** (1 / 3)), 1)


def ratio(ours: np.ndarray, theirs: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(2,) ratios of the means, and (2, 2) 95 % intervals from drawing blocks of origins."""
    block = blocks(len(ours))
    sums = [np.stack([np.bincount(block, weights=c) for c in of.T], axis=1) for of in (ours, theirs)]
    pick = rng.integers(0, len(sums[0]), (N_BOOT, len(sums[0])))
    drawn = sums[0][pick].sum(axis=1) / sums[1][pick].sum(axis=1)
    return ours.mean(axis=0) / theirs.mean(axis=0), np.quantile(drawn, (0.025, 0.975), axis=0)


def words(value: float, low: float, high: float) -> str:
    """A ratio with its interval."""
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def main() -> int:
    """Run everything and print the page."""
    page = Page("forecast_accuracy", "Accuracy of forecasts", __doc__ or "", packages=PACKAGES)
    ours_all, gains = [], []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[sys.argv.index("--data") + 1]) if "--data" in sys.argv else Path(scratch)
        for case in CASES:
            table, scores, seconds = score_case(case, folder)
            ours_all.append(_tell(page, case, table, scores, seconds))
            gains.append((case.name, _worst(scores)))
    geometric = np.exp(np.log(np.stack(ours_all)).mean(axis=0))
    page.note(
        f"Geometric mean over the sets, relative to the last cycle repeated, mean of {len(SEEDS)} seeds: "
        f"MASE {geometric[0]:.3f}, scaled CRPS {geometric[1]:.3f}."
    )
    page.goal(Goal("geometric-mean MASE over the last cycle", geometric[0], at_most=0.78, unit=""))
    page.goal(Goal("geometric-mean scaled CRPS over the last cycle", geometric[1], at_most=0.77, unit=""))
    for name, (mase, crps) in gains:
        page.goal(Goal(f"{name}: MASE over AutoETS", mase, at_most=1.0, unit=""))
        page.goal(Goal(f"{name}: scaled CRPS over AutoETS", crps, at_most=1.0, unit=""))
    return page.finish(write=wants_writing())


def of_seeds(scores: Scores) -> np.ndarray:
    """(n, 2) mean over the seeds."""
    return np.mean([scores[f"seed {seed}"] for seed in SEEDS], axis=0)


def _worst(scores: Scores) -> tuple[float, float]:
    found = of_seeds(scores).mean(axis=0) / scores["AutoETS"].mean(axis=0)
    return float(found[0]), float(found[1])


def _tell(page: Page, case: Case, table: RowsTable, scores: Scores, seconds: dict[str, float]) -> np.ndarray:
    """A table of the set; returns our two ratios to the last cycle."""
    rng = np.random.default_rng(0)
    naive, n = scores["last cycle"], table.test.n_rows
    page.note(
        f"## {case.name}\n\n{n} test origins, {case.horizon} steps ahead, cycle {case.season}; trained on "
        f"{table.train.n_rows:,} windows of {case.length} steps. MASE of the last cycle "
        f"{naive[:, 0].mean():.3f}."
    )
    value, rows = rows_of(scores, seconds, naive, rng)
    page.note("\n".join(rows))
    print("\n".join(page.lines[-2:]), flush=True)
    return value


def rows_of(
    scores: Scores, seconds: dict[str, float], naive: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, list[str]]:
    """(2,) scores of the core's model over the last cycle's, and the lines of the table of one set."""
    rows = ["| | MASE over the last cycle | scaled CRPS over the last cycle | CPU s |", "|---|---|---|---:|"]
    for name in [k for k in scores if not k.startswith("seed") and k != "last cycle"]:
        value, (low, high) = ratio(scores[name], naive, rng)
        told = [words(value[i], low[i], high[i]) for i in range(2)]
        rows.append(f"| {name} | {told[0]} | {told[1]} | {seconds[name]:.1f} |")
    value, (low, high) = ratio(of_seeds(scores), naive, rng)
    seeds = np.stack([scores[f"seed {s}"].mean(axis=0) / naive.mean(axis=0) for s in SEEDS])
    told = [
        f"{words(value[i], low[i], high[i])}; seeds {seeds[:, i].min():.3f} to {seeds[:, i].max():.3f}"
        for i in range(2)
    ]
    spent = np.mean([seconds[f"seed {s}"] for s in SEEDS])
    rows.append(f"| core.forecast, mean of {len(SEEDS)} seeds | {told[0]} | {told[1]} | {spent:.1f} |")
    return value, rows


if __name__ == "__main__":
    raise SystemExit(main())
