"""Recognising exercises across people: the plugin's network beside simple statistics, in the same folds.

Five folds over the ten people of ``health.activity`` (two people are the test of a fold, the two of the next
fold are held out for early stopping, six train). Beside it: mean, spread, extremes and quantiles of each
signal over the whole recording, logistic regression on them (training and held-out people together, for it
stops nowhere). A recording counts as right when the class of the largest mean probability is. Settings are
those of the shipped job file, fixed before the first fold was run.

    testamur dataset fetch health.activity
    python benchmarks/activity.py [--write]
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import harness  # first: it sets one thread
import numpy as np

from testamur.contracts.dataset import WindowRule
from testamur.contracts.job import DatasetRequest
from testamur.contracts.model import TrainingOptions
from testamur.contracts.table import RowsPart, RowsTable
from testamur.data.load import load_source
from testamur.data.table import take
from testamur.data.windows import build_windows
from testamur.settings import Settings
from testamur.testing.fakes import RecordingObserver
from testamur.train.fit import fit_model
from testamur_health.activity.dataset import EXERCISE, LENGTH, STRIDE
from testamur_health.activity.recordings import vote
from testamur_health.models import ACTIVITY
from testamur_health.options import ActivityOptions

N_FOLDS, SEED, N_BOOT = 5, 0, 2000
KNOWN = 0.86  # of simple statistics, as scouted before
TRAINING = TrainingOptions(epochs=40, patience=8, threads=1)
EXPLANATION = (
    "140 recordings, ten people, seven exercises; five folds over people, one seed. Share of whole "
    "recordings "
    "named rightly; intervals: people resampled. Both methods see the same people in each fold."
)


def load() -> RowsTable:
    """The windows of all recordings; their division into parts is not used."""
    rule = WindowRule(
        length=LENGTH, stride=STRIDE, channels=EXERCISE.windows.channels, within=EXERCISE.windows.within
    )
    spec = EXERCISE.model_copy(update={"windows": rule})
    datasets = Settings.from_environment().datasets
    source = load_source(DatasetRequest(use=spec.key), spec, base=Path.cwd(), datasets=datasets)
    return build_windows(source, seed=SEED, bands={})


def together(table: RowsTable) -> RowsPart:
    """All windows as one part."""
    parts = [table.train, table.validation, table.test]
    arrays = {}
    for name in RowsPart.__dataclass_fields__:
        values = [getattr(part, name) for part in parts]
        if name == "history":
            starts, stops = (np.concatenate([getattr(h, side) for h in values]) for side in ("start", "stop"))
            arrays[name] = replace(values[0], start=starts, stop=stops)
        elif name == "carried":
            arrays[name] = {k: np.concatenate([v[k] for v in values]) for k in values[0]}
        else:
            arrays[name] = None if values[0] is None else np.concatenate(values)
    return RowsPart(**arrays)


def statistics(part: RowsPart) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(140, 54) statistics of each recording, its class and its person, in the order of its name."""
    names, first = np.unique(part.carried["recording"], return_index=True)
    rows = []
    for name in names:
        mine = part.carried["recording"] == name
        signal = part.history.values[part.history.start[mine].min() : part.history.stop[mine].max()]
        quantiles = np.quantile(signal, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
        edges = [signal.mean(axis=0), signal.std(axis=0), signal.min(axis=0), signal.max(axis=0)]
        rows.append(np.concatenate([*edges, *quantiles]))
    return np.array(rows), part.target[first], part.entity[first]


def simple(rows: np.ndarray, target: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Classes that logistic regression on the statistics names."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    return model.fit(rows[train], target[train]).predict(rows)


def network(
    table: RowsTable, part: RowsPart, train: np.ndarray, held: np.ndarray, test: np.ndarray
) -> np.ndarray:
    """Classes that the network names for the recordings of the test people."""
    parts = {
        name: take(part, np.flatnonzero(np.isin(part.entity, people)))
        for name, people in (("train", train), ("validation", held), ("test", test))
    }
    divided = replace(table, **parts)
    with tempfile.TemporaryDirectory() as folder:
        model = fit_model(
            ACTIVITY,
            ActivityOptions(),
            TRAINING,
            divided,
            seed=SEED,
            device="cpu",
            folder=Path(folder),
            observer=RecordingObserver(),
        )
    said = model.predictor.predict(divided.test).probabilities
    names, place = np.unique(divided.test.carried["recording"], return_inverse=True)
    return vote(said, place, names.size)


def interval(right: np.ndarray, person: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean; people are resampled."""
    rng = np.random.default_rng(SEED)
    shares = np.array([right[person == p].mean() for p in np.unique(person)])
    draws = rng.integers(0, shares.size, (N_BOOT, shares.size))
    low, high = np.quantile(shares[draws].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def main() -> int:
    """Run the folds, print, and write when asked."""
    table = load()
    part = together(table)
    rows, target, person = statistics(part)
    people = np.random.default_rng(SEED).permutation(np.unique(person)).reshape(N_FOLDS, -1)
    right = {"network": np.zeros(target.size, bool), "statistics": np.zeros(target.size, bool)}
    seconds = dict.fromkeys(right, 0.0)
    for fold in range(N_FOLDS):
        test, held = people[fold], people[(fold + 1) % N_FOLDS]
        train = np.setdiff1d(people.ravel(), [*test, *held])
        mine = np.isin(person, test)
        start = time.process_time()
        right["statistics"][mine] = (simple(rows, target, ~mine) == target)[mine]
        middle = time.process_time()
        right["network"][mine] = network(table, part, train, held, test) == target[mine]
        seconds["statistics"] += middle - start
        seconds["network"] += time.process_time() - middle
        print(
            f"fold {fold + 1}: network {right['network'][mine].mean():.3f}, statistics "
            f"{right['statistics'][mine].mean():.3f}"
        )
    page = harness.Page(
        "activity", "Exercises recognised across people", EXPLANATION, ("numpy", "torch", "scikit-learn")
    )
    page.lines += [
        "",
        "| method | recordings right | 95 % interval | fewest, of one person | CPU s |",
        "|---|---:|---|---:|---:|",
    ]
    for name, hits in right.items():
        low, high = interval(hits, person)
        worst = min(hits[person == p].mean() for p in np.unique(person))
        page.lines.append(
            f"| {name} | {hits.mean():.3f} | {low:.3f} to {high:.3f} | {worst:.2f} | {seconds[name]:.0f} |"
        )
    gain = right["network"].astype(float) - right["statistics"]
    low, high = interval(gain, person)
    page.note(
        f"Network less statistics: {gain.mean():+.3f} ({low:+.3f} to {high:+.3f}), {target.size} recordings."
    )
    page.goal(
        harness.Goal("recordings right, network", float(right["network"].mean()), at_least=KNOWN, unit="")
    )
    page.goal(
        harness.Goal("better than statistics in the same folds", float(gain.mean()), at_least=0.0, unit="")
    )
    return page.finish(write=harness.wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
