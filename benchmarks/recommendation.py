"""Recommenders on real choices: the last choice of each user is looked for in lists of ten.

python benchmarks/recommendation.py [--only retail.movielens] [--keep FOLDER [--kept]] [--write]

With a folder to keep runs in, a benchmark that was broken off goes on where it was; with --kept the networks
that are not there yet are left out (the column of seeds says so). Needs the plugins that declare the data
sets, and the extra ``bench`` (implicit). Settings of every method are settled on validation choices (the one
before the last); test choices are looked at once, at the end.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import harness  # first: it sets one thread
import numpy as np

from testamur.audit.ranks import discounted, ranks_of
from testamur.audit.resample import bootstrap_means
from testamur.contracts.job import DatasetRequest
from testamur.contracts.model import TrainingOptions
from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur.data.fetch import bring
from testamur.data.load import load_source
from testamur.data.split import assign_parts
from testamur.data.table import build_table
from testamur.hooks.registry import Registry
from testamur.settings import Settings
from testamur.testing.fakes import RecordingObserver
from testamur.train.baselines_ranking import fit_classical, fit_neighbours, fit_popularity
from testamur.train.choices import choice_matrix, past_items
from testamur.train.ease import count_history
from testamur.train.fit import fit_model
from testamur.train.models import RECOMMENDER
from testamur.train.options import RecommenderOptions
from testamur.train.ranked import rank_part, reciprocal_gain, stretches

SETS = ("retail.movielens", "education.insteval")
SEEDS = (0, 1, 2, 3, 4)
TRAINING = TrainingOptions(epochs=60, patience=6, learning_rate=3e-3, threads=1)  # settled on validation
ALS_GRID = tuple(product((32, 64, 128), (0.01, 0.1, 1.0), (1.0, 5.0, 20.0)))  # factors, ridge, confidence
BPR_GRID = tuple(product((32, 64, 128), (0.001, 0.01, 0.1), (100, 300)))  # factors, ridge, passes
Score = Callable[[np.ndarray, slice], np.ndarray]


@dataclass(frozen=True, slots=True)
class Run:
    """One method with one seed.

    Attributes:
        gain: (n,) NDCG@10 of every test user.
        hit: (n,) whether the list of ten holds the choice.
        seconds: CPU seconds of the fit, settling included.
        settled: What was settled on validation.
    """

    gain: np.ndarray
    hit: np.ndarray
    seconds: float
    settled: str = ""


@dataclass(slots=True)
class Bench:
    """One data set and the runs on it, kept in a folder so that a broken-off benchmark goes on."""

    key: str
    table: RowsTable
    folder: Path
    runs: dict[str, list[Run]] = field(default_factory=dict)

    def known(self, name: str, *seeds: int) -> bool:
        """Take the runs that an earlier call kept; False where one is missing."""
        paths = [self._path(name, seed) for seed in seeds]
        if not all(path.is_file() for path in paths):
            return False
        for path in paths:
            with np.load(path) as kept:
                run = Run(kept["gain"], kept["hit"], float(kept["seconds"]), str(kept["settled"]))
            self.runs.setdefault(name, []).append(run)
        return True

    def note(self, name: str, seed: int, lists: Predictions, seconds: float, settled: str = "") -> None:
        """Keep what the lists of one run are worth."""
        rank = ranks_of(self.table.test.target, lists)
        run = Run(discounted(rank), (rank <= 10).astype(np.float64), seconds, settled)
        self.runs.setdefault(name, []).append(run)
        self.folder.mkdir(parents=True, exist_ok=True)
        arrays = {"gain": run.gain, "hit": run.hit, "seconds": seconds, "settled": settled}
        np.savez(self._path(name, seed), **arrays)
        print(
            f"{self.key}: {name}, seed {seed}: {run.gain.mean():.4f} ({seconds:.1f} s) {settled}", flush=True
        )

    def _path(self, name: str, seed: int) -> Path:
        return self.folder / f"{self.key}.{name.replace(' ', '_')}.{seed}.npz"

    def gain(self, name: str) -> np.ndarray:
        """(n,) NDCG@10 of every user, averaged over seeds."""
        return np.mean([run.gain for run in self.runs[name]], axis=0)

    def hit(self, name: str) -> np.ndarray:
        """(n,) share of seeds whose list of ten holds the choice."""
        return np.mean([run.hit for run in self.runs[name]], axis=0)

    def settled(self, name: str) -> str:
        """What was settled, seed by seed where it differs."""
        return "; ".join(dict.fromkeys(run.settled for run in self.runs[name] if run.settled))


def load_table(key: str) -> RowsTable:
    """A registered data set, fetched where it is not there yet, with its own split."""
    settings = Settings.from_environment()
    spec = Registry.load(settings.home).dataset(key)
    if spec.fetch is not None:
        bring(spec, settings.datasets)
    source = load_source(DatasetRequest(use=key), spec, base=Path.cwd())
    return build_table(source, assign_parts(source, seed=0), bands={})


def run_closed_forms(bench: Bench) -> None:
    """Methods without chance."""
    table = bench.table
    for name, fit in (
        ("popularity", fit_popularity),
        ("item neighbours", fit_neighbours),
        ("EASE", lambda table: fit_classical(table)[1]),
    ):
        if not bench.known(name, 0):
            begin = harness.cpu_clock()
            fitted = fit(table)
            bench.note(name, 0, fitted.predict(table.test), harness.cpu_clock() - begin)
    if not bench.known("EASE with recency", 0):
        begin = harness.cpu_clock()
        model = _fit(table, seed=0, architecture="ease")
        seconds = harness.cpu_clock() - begin
        settled = f"half-life {float(model.predictor._module.half_life):g} choices"
        bench.note("EASE with recency", 0, model.predictor.predict(table.test), seconds, settled)


def run_networks(bench: Bench) -> None:
    """The transformer alone and in the blend: one training serves both."""
    for seed in SEEDS:
        if bench.known("SASRec", seed) and bench.known("blend", seed):  # the blend is kept first
            continue
        if "--kept" in sys.argv:
            continue
        begin = harness.cpu_clock()
        model = _fit(bench.table, seed=seed, architecture="blend")
        seconds = harness.cpu_clock() - begin
        module = model.predictor._module
        settled = f"{float(module.share):.2f} SASRec"
        bench.note("blend", seed, model.predictor.predict(bench.table.test), seconds, settled)
        module.share.fill_(1.0)
        bench.note("SASRec", seed, model.predictor.predict(bench.table.test), seconds)


def _fit(table: RowsTable, *, seed: int, architecture: str):
    with tempfile.TemporaryDirectory() as folder:
        return fit_model(
            RECOMMENDER,
            RecommenderOptions(architecture=architecture),
            TRAINING,
            table,
            seed=seed,
            device="cpu",
            folder=Path(folder),
            observer=RecordingObserver(),
            resume=False,
        )


def run_peers(bench: Bench) -> None:
    """ALS and BPR of the library implicit, each at its best setting on validation."""
    for name, make, grid in (("implicit ALS", make_als, ALS_GRID), ("implicit BPR", make_bpr, BPR_GRID)):
        if not bench.known(name, *SEEDS):
            best = max(grid, key=lambda setting: _validation_gain(bench.table, make(setting, 0)))
            run_peer(bench, name, make, best)


def run_peer(bench: Bench, name: str, make: Callable, setting: tuple) -> None:
    """One peer with a setting that is settled, with every seed."""
    for seed in SEEDS:
        begin = harness.cpu_clock()
        score = _fit_peer(bench.table, bench.table.test, make(setting, seed))
        seconds = harness.cpu_clock() - begin
        settled = f"factors, ridge, {'confidence' if make is make_als else 'passes'}: {setting}"
        bench.note(name, seed, _lists(bench.table, bench.table.test, score), seconds, settled)


def make_als(setting: tuple, seed: int):
    """Weighted alternating least squares (Hu, Koren and Volinsky 2008)."""
    from implicit.als import AlternatingLeastSquares

    factors, ridge, alpha = setting
    return AlternatingLeastSquares(
        factors=factors, regularization=ridge, alpha=alpha, iterations=15, num_threads=1, random_state=seed
    )


def make_bpr(setting: tuple, seed: int):
    """Bayesian personalised ranking (Rendle et al. 2009)."""
    from implicit.bpr import BayesianPersonalizedRanking

    factors, ridge, passes = setting
    return BayesianPersonalizedRanking(
        factors=factors, regularization=ridge, iterations=passes, num_threads=1, random_state=seed
    )


def _fit_peer(table: RowsTable, part: RowsPart, model) -> Score:
    """Fit on the training choices; ALS takes the whole history of a user into account, as ours do."""
    from implicit.cpu.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix

    n_items = len(table.items)
    matrix = csr_matrix(choice_matrix(table.train, n_items).astype(np.float32))
    users = {entity: row for row, entity in enumerate(np.unique(table.train.entity[table.train.target > 0]))}
    row = np.array([users.get(entity, -1) for entity in part.entity])
    model.fit(matrix, show_progress=False)
    items = np.asarray(model.item_factors)

    def score(history: np.ndarray, rows: slice) -> np.ndarray:
        if isinstance(model, AlternatingLeastSquares):
            seen = csr_matrix(count_history(history, n_items).astype(np.float32))
            own = np.asarray(model.recalculate_user(np.arange(len(history)), seen))
        else:
            known = row[rows]
            own = np.asarray(model.user_factors)[np.maximum(known, 0)] * (known >= 0)[:, None]
        return own @ items.T

    return score


def _validation_gain(table: RowsTable, model) -> float:
    """Mean 1 / log2(1 + rank) on validation choices: what our own settings are judged by."""
    from testamur.train.ranked import hide_seen

    part, total = table.validation, 0.0
    score = _fit_peer(table, part, model)
    for rows in stretches(part.n_rows, len(table.items)):
        history = past_items(part, rows, 1000)
        found = np.array(score(history, rows), dtype=np.float64)
        hide_seen(found, history)
        total += float(reciprocal_gain(found, part.target[rows]).sum())
    return total / part.n_rows


def _lists(table: RowsTable, part: RowsPart, score: Score) -> Predictions:
    rows: Iterator[slice] = stretches(part.n_rows, len(table.items))
    return rank_part(part, len(table.items), lambda items: score(items, next(rows)), repeats=False)


def write_set(page: harness.Page, bench: Bench) -> None:
    """A table of all methods, and the goals."""
    table, ease = bench.table, bench.gain("EASE")
    n_users = len(np.unique(table.train.entity))
    page.lines += [
        "",
        f"## {bench.key}: {len(table.items):,} items, {table.train.n_rows:,} training choices of "
        f"{n_users:,} users, {table.test.n_rows:,} lists",
        "",
        "| method | seeds | NDCG@10 | hit rate at ten | NDCG@10 above EASE | CPU s a fit | settled |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    rng = np.random.default_rng(0)
    for name, runs in bench.runs.items():
        gain, hit = bench.gain(name), bench.hit(name)
        columns = np.stack([gain, hit, gain - ease], axis=1)
        low, high = np.quantile(bootstrap_means(columns, 4000, rng), [0.025, 0.975], axis=0)
        cells = zip(columns.mean(axis=0), low, high, strict=True)
        words = [f"{m:.4f} ({a:.4f} to {b:.4f})" for m, a, b in cells]
        words[2] = "–" if name == "EASE" else words[2]
        seconds = float(np.mean([run.seconds for run in runs]))
        page.lines.append(
            f"| {name} | {len(runs)} | {' | '.join(words)} | {seconds:.1f} | {bench.settled(name)} |"
        )
    lead = bench.gain("blend") - bench.gain("EASE with recency")
    low, high = np.quantile(bootstrap_means(lead[:, None], 4000, rng)[:, 0], [0.025, 0.975])
    page.note(
        f"Recency alone tells much: the blend lies {lead.mean():.4f} ({low:.4f} to {high:.4f}) above EASE "
        "with recency, which takes seconds. ALS and BPR are not told the order of the choices."
    )
    blend = bench.gain("blend").mean()
    for other, bound in (("EASE", 1.05), ("implicit ALS", 1.0), ("implicit BPR", 1.0)):
        ratio = float(blend / bench.gain(other).mean())
        page.goal(harness.Goal(f"{bench.key}: NDCG@10 of the blend against {other}", ratio, at_least=bound))


def main() -> int:
    """Run every data set and print (or write) the page."""
    keep = sys.argv[sys.argv.index("--keep") + 1] if "--keep" in sys.argv else tempfile.mkdtemp()
    chosen = [key for key in SETS if "--only" not in sys.argv or key in sys.argv]
    page = harness.Page(
        "recommendation",
        "Recommendation: the next choice in a list of ten",
        "The last choice of each user is the test, the one before it validation, all earlier ones training; "
        "all items that the user has not chosen yet are ranked, none is sampled. Methods with chance are "
        "fitted with five seeds and averaged user by user; intervals are 95 % percentile intervals over "
        "users (bootstrap), those of differences paired. Every method's settings are settled on validation "
        "choices by the mean of 1 / log2(1 + rank); CPU seconds of implicit are those of one fit, without "
        "the search for its setting. Figures of EASE with recency on test choices were seen once in a trial "
        "of the walk before the benchmark ran; no setting was changed afterwards.",
        packages=("numpy", "scipy", "torch", "implicit"),
    )
    for key in chosen:
        bench = Bench(key, load_table(key), Path(keep))
        run_closed_forms(bench)
        run_peers(bench)
        run_networks(bench)
        write_set(page, bench)
    return page.finish(write=harness.wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
