"""Quantiles of the next day's return beside historical simulation, EWMA and GARCH: three sets, five seeds.

python benchmarks/market_forecast.py [--write]

Brings the prices through `testamur.data.fetch`, as `testamur dataset fetch` does. Splits, seeds and settings
were frozen before the first test figure was looked at; they are those of the plugin's example jobs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import harness  # before the others: it sets one thread
import numpy as np
from numpy.typing import NDArray

from testamur.contracts.dataset import DatasetSpec
from testamur.contracts.event import EventKind
from testamur.contracts.job import DatasetRequest
from testamur.contracts.model import TrainingOptions
from testamur.contracts.table import RowsPart, RowsTable
from testamur.data.fetch import bring
from testamur.data.load import load_source
from testamur.data.windows import build_windows
from testamur.settings import shared_datasets
from testamur.train.fit import fit_model
from testamur_finance.datasets.markets import NASDAQ, SP500, STOCKS
from testamur_finance.intervals import block_bootstrap
from testamur_finance.market.baselines import fit_ewma, fit_garch, fit_historical
from testamur_finance.market.rules import rule_forecasts
from testamur_finance.market.scores import by_day, pinball
from testamur_finance.market.series import day_of, next_return, series_of
from testamur_finance.market.tests import christoffersen, diebold_mariano, holm, kupiec
from testamur_finance.models import RETURNS
from testamur_finance.options import ReturnsOptions

Floats = NDArray[np.float64]

SEEDS = (0, 1, 2, 3, 4)
INDEX = TrainingOptions(epochs=60, batch_size=256, patience=10, threads=1)
MANY = TrainingOptions(epochs=8, batch_size=512, patience=4, threads=1)
SETS = ((SP500, INDEX), (NASDAQ, INDEX), (STOCKS, MANY))
DRAWS = 1000
TARGET = 0.95

EXPLANATION = """\
Log returns in per cent, rolling origins, the latest days are the test; windows of 250 days, one step ahead,
quantiles 1, 5, 10, 25, 50, 75, 90, 95, 99 %. `finance.returns` with its defaults (LSTM, zero median), trained
anew under five seeds; early stopping and the stretch of the quantiles look at validation days only. GARCH is
GJR-GARCH(1,1) with Student's t (package arch), its parameters from all days before the test; EWMA has decay
0.94; both with empirical quantiles of scaled returns. Historical simulation: the last 500 days. Loss: mean
pinball loss per day; intervals of ratios: circular block bootstrap over days, 95 %. Kupiec's and
Christoffersen's tests are made within a series; over twenty stocks the smallest p-value
after Holm is told."""


class Silent:
    """An observer that listens and says nothing."""

    def emit(self, kind: EventKind, data: Mapping[str, Any]) -> None:
        """Do nothing."""

    def check_stop(self) -> None:
        """Go on."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What one forecast was worth on the test days."""

    loss: Floats  # (n_days,)
    coverage: float
    kupiec: float
    christoffersen: float


def make_table(spec: DatasetSpec) -> RowsTable:
    """Windows of a fetched dataset."""
    datasets = shared_datasets()
    bring(spec, datasets)
    source = load_source(DatasetRequest(use=spec.key), spec, base=Path.cwd(), datasets=datasets)
    return build_windows(source, seed=0, bands={})


def score(part: RowsPart, quantiles: Floats, levels: tuple[float, ...]) -> Scored:
    """Loss per day, share below the 1 % quantile, and the tests of it."""
    actual, day = next_return(part), day_of(part)
    known = np.flatnonzero(~np.isnan(actual))
    loss, _ = by_day(pinball(actual[known], quantiles[known], levels).mean(axis=1), day[known])
    hits, number = (actual < quantiles[:, 0])[known], series_of(part)[known]
    tests = [
        (kupiec(mine, levels[0]).p_value, christoffersen(mine, levels[0]).p_value)
        for mine in (hits[number == series] for series in np.unique(number))
    ]
    adjusted = [float(holm(np.array(p)).min()) for p in zip(*tests, strict=True)]
    return Scored(loss, float(hits.mean()), adjusted[0], adjusted[1])


def fitted(
    table: RowsTable, training: TrainingOptions, seed: int, options: ReturnsOptions | None = None
) -> Floats:
    """Quantiles (n, Q) of `finance.returns` on the test part, or means (n,) where it states them."""
    with tempfile.TemporaryDirectory() as folder:
        model = fit_model(
            RETURNS, options or ReturnsOptions(), training, table, seed=seed, device="cpu",
            folder=Path(folder), observer=Silent(),
        )  # fmt: skip
        said = model.predictor.predict(table.test)
    if said.values is not None:
        return said.values.reshape(table.test.n_rows, -1)[:, 0]
    assert said.quantiles is not None
    return said.quantiles[:, 0]


def ratio_words(own: Floats, other: Floats) -> str:
    """A ratio of mean losses with its interval."""
    found = block_bootstrap(
        lambda days: float(own[days].sum() / other[days].sum()),
        len(own),
        level=0.95,
        n_draws=DRAWS,
        rng=np.random.default_rng(0),
    )
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def row(name: str, scored: Scored, base: Floats) -> str:
    """A line of the table."""
    test = diebold_mariano(base - scored.loss)
    return (
        f"| {name} | {scored.loss.mean():.4f} | {ratio_words(scored.loss, base)} | {test.statistic:.1f} | "
        f"{scored.coverage:.2%} | {scored.kupiec:.3f} | {scored.christoffersen:.3f} |"
    )


def direction_lines(table: RowsTable, training: TrainingOptions) -> list[str]:
    """How forecasts of the mean did against the random walk: the network on squared error, simple rules."""
    part = table.test
    actual, day = next_return(part), day_of(part)
    known = np.flatnonzero(~np.isnan(actual))
    rows = []
    network = fitted(table, training, SEEDS[0], ReturnsOptions(loss="squared"))
    for name, said in {"finance.returns, squared error": network, **rule_forecasts(table)}.items():
        gain, _ = by_day(actual[known] ** 2 - (actual[known] - said[known]) ** 2, day[known])
        hit = float(np.mean(np.sign(said[known]) == np.sign(actual[known])))
        rows.append((name, diebold_mariano(gain), hit))
    lines = [
        f"| {name} | {test.statistic:.2f} | {test.p_value:.2f} | {hit:.1%} |" for name, test, hit in rows
    ]
    up = float((actual[known] > 0).mean())
    return [*lines, f"| always up | | | {up:.1%} |"]


def run_set(page: harness.Page, spec: DatasetSpec, training: TrainingOptions) -> None:
    """One set: table, seeds, goals."""
    table = make_table(spec)
    levels = table.problem.quantiles
    peers = {
        "historical simulation": fit_historical(table, seed=0, threads=1),
        "EWMA": fit_ewma(table, seed=0, threads=1),
        "GJR-GARCH": fit_garch(table, seed=0, threads=1),
    }
    scored = {}
    for name, predictor in peers.items():
        quantiles = predictor.predict(table.test).quantiles
        assert quantiles is not None
        scored[name] = score(table.test, quantiles[:, 0], levels)
    runs = [score(table.test, fitted(table, training, seed), levels) for seed in SEEDS]
    base = scored["historical simulation"].loss
    ratios = [float(run.loss.mean() / base.mean()) for run in runs]
    page.lines += ["", f"## {spec.title}", "", f"{len(base):,} test days, {table.test.n_rows:,} rows.", ""]
    page.lines.append("| forecast | loss | relative to historical simulation | DM t | below 1 % | Kupiec p | "
                      "Christoffersen p |")  # fmt: skip
    page.lines.append("|---|---:|---:|---:|---:|---:|---:|")
    page.lines += [row(name, one, base) for name, one in scored.items()]
    page.lines += [
        row(f"finance.returns, seed {seed}", run, base) for seed, run in zip(SEEDS, runs, strict=True)
    ]
    spread = f"mean {np.mean(ratios):.3f}, from {min(ratios):.3f} to {max(ratios):.3f}"
    page.note(f"Ratio over the five seeds: {spread}.")
    page.lines += ["", "| forecast of the mean | DM t against the random walk | p | right on the sign |"]
    page.lines += ["|---|---:|---:|---:|", *direction_lines(table, training)]
    page.goal(
        harness.Goal(f"{spec.key}: pinball loss, mean of seeds", float(np.mean(ratios)), at_most=TARGET)
    )
    page.goal(
        harness.Goal(
            f"{spec.key}: Kupiec's p at 1 %, median of seeds",
            float(np.median([run.kupiec for run in runs])),
            at_least=0.05,
            unit="",
        )
    )


def main() -> int:
    """Run all sets and print the page."""
    page = harness.Page(
        "market_forecast", "Quantiles of daily returns", EXPLANATION, ("numpy", "torch", "arch", "scipy")
    )
    for spec, training in SETS:
        run_set(page, spec, training)
    return page.finish(write=harness.wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
