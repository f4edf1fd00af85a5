"""Quality on rows of tables: core.ensemble beside CatBoost, LightGBM, boosting, TabM and a linear model.

Goals: a mean rank ahead of CatBoost and of LightGBM as they come, and on every set within 1 % of the better
of the networks alone and bagged gradient boosting (scikit-learn's or LightGBM's).

Frozen before the first figure of a test part was looked at: the sets, seeds 0 to 4, the splits (each set's
declared rule under that seed; 20 % validation and 25 % test where none is declared), every setting below,
and the measures: AUC (several classes: mean over classes against the rest) or RMSE for ranks and goals, log
loss beside it. Every method learns from the same training and validation rows and is measured on the same
test rows; what needs to stop early holds rows of these out. CatBoost and LightGBM see the columns as they are
in the file, with categories declared; the others see the platform's encoding. One thread each.

    python benchmarks/rows_quality.py [--write] [--keep FILE] [--sets a,b]

``--keep`` writes each finished pair of set and seed as a line of JSON, and does not repeat what is there.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import harness  # noqa: F401 - first: it sets one thread
import numpy as np
import pandas as pd
import polars as pl
from parts.rows_summary import summarise
from sklearn import datasets as classics
from sklearn.metrics import log_loss, roc_auc_score

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import TestamurError
from testamur.contracts.job import DatasetRequest
from testamur.contracts.model import TrainingOptions
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import Predictions, RowsTable
from testamur.data.load import LoadedSource, load_source
from testamur.data.split import assign_parts
from testamur.data.table import build_table
from testamur.hooks.registry import Registry
from testamur.testing.fakes import RecordingObserver
from testamur.train.baselines import fit_boosting
from testamur.train.fit import fit_model
from testamur.train.folds import assign_folds, join_parts
from testamur.train.linear import fit_linear
from testamur.train.models import ENSEMBLE, TABULAR

SEEDS = (0, 1, 2, 3, 4)
OF_PLUGINS = (
    "health.nhefs", "health.cleveland", "finance.german", "finance.loanapp", "education.gpa2",
    "retail.churn", "retail.value",
)  # fmt: skip
OF_SCIKIT_LEARN = ("breast_cancer", "wine", "iris", "digits", "diabetes")
ENSEMBLE_TRAINING = TrainingOptions(
    learning_rate=1.5e-3, weight_decay=1e-2, patience=8, warmup_epochs=0, gradient_clip=0, threads=1
)
TABULAR_TRAINING = TrainingOptions(threads=1)
LIGHTGBM_BAG: dict[str, Any] = {
    "n_estimators": 2000, "learning_rate": 0.03, "num_leaves": 15, "subsample": 0.8, "subsample_freq": 1,
    "colsample_bytree": 0.7, "min_child_samples": 10, "reg_lambda": 1.0,
}  # fmt: skip
LIGHTGBM_PATIENCE = 60
MOST_ROWS = 4137  # all of gpa2; of a larger set, as many are drawn once, so that this stays half an hour


@dataclass(frozen=True)
class Case:
    """One set divided under one seed.

    Attributes:
        table: As the platform encodes it.
        learn: Columns as in the file, of training rows followed by validation rows.
        test: The same of the test rows.
    """

    table: RowsTable
    learn: pd.DataFrame
    test: pd.DataFrame
    seed: int

    @property
    def target(self) -> np.ndarray:
        """Target of `learn`."""
        return join_parts(self.table).target

    @property
    def regression(self) -> bool:
        """Whether a value is predicted."""
        return self.table.problem.kind is ProblemKind.REGRESSION


def load_set(name: str, registry: Registry, folder: Path) -> LoadedSource | None:
    """A set of a plugin, or of scikit-learn; None, and a printed line, where it is not at hand."""
    try:
        if name in OF_PLUGINS:
            request, spec = DatasetRequest(use=name), registry.dataset(name)
            return at_most(load_source(request, spec, base=folder, environ=None), MOST_ROWS)
        bunch = getattr(classics, f"load_{name}")()
        frame = pl.DataFrame({f"x{i}": column for i, column in enumerate(bunch.data.T)})
        labels = bunch.target if name == "diabetes" else [f"c{code}" for code in bunch.target]
        frame.with_columns(y=pl.Series(labels)).write_csv(folder / f"{name}.csv")
        positive = "c0" if name == "breast_cancer" else None  # malignant
        return load_source(
            DatasetRequest(path=f"{name}.csv", target="y", positive=positive), None, base=folder, environ=None
        )
    except TestamurError as error:
        print(f"{name}: left out: {str(error).splitlines()[0]}", flush=True)
        return None


def at_most(source: LoadedSource, n: int) -> LoadedSource:
    """The source, or n of its rows drawn at random, in their order."""
    if source.frame.height <= n:
        return source
    drawn = np.sort(np.random.default_rng(0).choice(source.frame.height, n, replace=False))
    return replace(source, frame=source.frame[drawn], row=source.row[drawn])


def make_case(source: LoadedSource, seed: int) -> Case:
    """Divide and encode a set."""
    parts = assign_parts(source, seed=seed)
    table = build_table(source, parts, bands={})
    frame = plain_columns(source, table)
    rows = np.concatenate([parts.train, parts.validation])
    return Case(table, frame.iloc[rows], frame.iloc[parts.test], seed)


def plain_columns(source: LoadedSource, table: RowsTable) -> pd.DataFrame:
    """Features as they are in the file: numbers as float64, everything else as categories."""
    columns = {}
    for feature in table.features:
        column = source.frame.get_column(feature.name)
        if feature.kind == "categorical":
            columns[feature.name] = pd.Categorical(column.cast(pl.String).to_list())
        elif isinstance(column.dtype, pl.Datetime):
            columns[feature.name] = column.dt.epoch("s").cast(pl.Float64).to_numpy()
        else:
            columns[feature.name] = column.cast(pl.Float64).to_numpy()
    return pd.DataFrame(columns)


def by_ensemble(case: Case) -> dict[str, Predictions]:
    """core.ensemble, and its two parts alone."""
    model = fitted(case, ENSEMBLE, ENSEMBLE_TRAINING)
    predictors: dict[str, Predictor] = {"ensemble": model.predictor, **model.beside}
    return {name: predictor.predict(case.table.test) for name, predictor in predictors.items()}


def fitted(case: Case, spec: Any, training: TrainingOptions) -> Any:
    """A model of the core, trained."""
    with tempfile.TemporaryDirectory() as folder:
        return fit_model(
            spec, spec.options(), training, case.table, seed=case.seed, device="cpu",
            folder=Path(folder), observer=RecordingObserver(),
        )  # fmt: skip


def by_lightgbm(case: Case) -> Predictions:
    """LightGBM as it comes, on all rows."""
    import lightgbm

    kind = lightgbm.LGBMRegressor if case.regression else lightgbm.LGBMClassifier
    model = kind(n_jobs=1, verbose=-1, random_state=case.seed).fit(case.learn, case.target)
    return as_predictions(case, model)


def by_lightgbm_bag(case: Case) -> Predictions:
    """LightGBM on the same eight folds as ours, each stopped early on its own fold."""
    import lightgbm

    kind = lightgbm.LGBMRegressor if case.regression else lightgbm.LGBMClassifier
    fold = assign_folds(case.table, 8, seed=case.seed)
    said = []
    for own in range(8):
        model = kind(n_jobs=1, verbose=-1, random_state=case.seed + own, **LIGHTGBM_BAG)
        model.fit(
            case.learn[fold != own],
            case.target[fold != own],
            eval_set=[(case.learn[fold == own], case.target[fold == own])],
            callbacks=[lightgbm.early_stopping(LIGHTGBM_PATIENCE, verbose=False)],
        )
        said.append(as_predictions(case, model))
    return mean_of(said)


def by_catboost(case: Case) -> Predictions:
    """CatBoost as it comes, on all rows, its categories declared."""
    import catboost

    kind = catboost.CatBoostRegressor if case.regression else catboost.CatBoostClassifier
    codes = [name for name in case.learn if isinstance(case.learn[name].dtype, pd.CategoricalDtype)]
    learn, test = case.learn.copy(), case.test.copy()
    for name in codes:
        for rows in (learn, test):
            rows[name] = rows[name].astype(object).where(rows[name].notna(), "missing")
    model = kind(
        thread_count=1, verbose=0, random_seed=case.seed, cat_features=codes, allow_writing_files=False
    )
    model.fit(learn, case.target)
    return as_predictions(case, model, test)


def as_predictions(case: Case, model: Any, test: pd.DataFrame | None = None) -> Predictions:
    """What a scikit-learn-like model says of the test rows."""
    rows = case.test if test is None else test
    if case.regression:
        return Predictions(values=np.asarray(model.predict(rows), dtype=np.float64))
    said = np.zeros((len(rows), len(case.table.classes)))
    said[:, np.asarray(model.classes_, dtype=np.int64)] = model.predict_proba(rows)
    return Predictions(probabilities=said)


def mean_of(said: list[Predictions]) -> Predictions:
    """Average of predictions."""
    if said[0].values is not None:
        return Predictions(values=np.mean([s.values for s in said], axis=0))
    return Predictions(probabilities=np.mean([s.probabilities for s in said], axis=0))


SINGLE: dict[str, Callable[[Case], Predictions]] = {
    "tabular": lambda case: fitted(case, TABULAR, TABULAR_TRAINING).predictor.predict(case.table.test),
    "boosting": lambda case: fit_boosting(case.table, seed=case.seed).predict(case.table.test),
    "linear": lambda case: fit_linear(case.table).predict(case.table.test),
    "lightgbm": by_lightgbm,
    "lightgbm bag": by_lightgbm_bag,
    "catboost": by_catboost,
}


def measure_case(case: Case) -> dict[str, dict[str, float]]:
    """Measures and CPU seconds of every method; the parts of the ensemble carry its seconds."""
    begin = time.process_time()
    found = {name: scores(case, said) for name, said in by_ensemble(case).items()}
    spent = time.process_time() - begin
    for name in found:
        found[name]["seconds"] = spent if name == "ensemble" else float("nan")
    for name, method in SINGLE.items():
        begin = time.process_time()
        said = method(case)
        found[name] = {**scores(case, said), "seconds": time.process_time() - begin}
    return found


def scores(case: Case, said: Predictions) -> dict[str, float]:
    """AUC and log loss, or RMSE."""
    target = case.table.test.target
    if said.values is not None:
        return {"rmse": float(np.sqrt(np.mean((said.values - target) ** 2)))}
    assert said.probabilities is not None
    known = np.clip(said.probabilities, 1e-7, 1)
    known /= known.sum(axis=1, keepdims=True)
    labels = np.arange(known.shape[1])
    binary = known.shape[1] == 2
    auc = roc_auc_score(target, known[:, 1]) if binary else roc_auc_score(target, known, multi_class="ovr")
    return {"auc": float(auc), "log_loss": float(log_loss(target, known, labels=labels))}


def run(names: list[str], keep: Path | None) -> list[dict[str, Any]]:
    """All pairs of set and seed, those kept before left as they are."""
    done = [json.loads(line) for line in keep.read_text().splitlines()] if keep and keep.exists() else []
    have = {(line["set"], line["seed"]) for line in done}
    with tempfile.TemporaryDirectory() as folder:
        registry = Registry.load(Path(folder))
        for name in names:
            if all((name, seed) in have for seed in SEEDS):
                continue
            source = load_set(name, registry, Path(folder))
            for seed in SEEDS if source is not None else ():
                if (name, seed) in have:
                    continue
                case = make_case(source, seed)
                line = {
                    "set": name, "seed": seed, "kind": case.table.problem.kind.value,
                    "n": len(case.learn) + len(case.test), "features": len(case.table.features),
                    "methods": measure_case(case),
                }  # fmt: skip
                done.append(line)
                print(f"{name} {seed}: measured", flush=True)
                if keep:
                    with keep.open("a") as file:
                        file.write(json.dumps(line) + "\n")
    return [line for line in done if line["set"] in names and _is_whole(line["set"], done)]


def count_splits(names: list[str]) -> dict[str, int]:
    """Different test parts over the seeds: one where a declaration fixes its seed, or cuts in time."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        registry = Registry.load(Path(folder))
        for name in names:
            source = load_set(name, registry, Path(folder))
            if source is not None:
                found[name] = len({assign_parts(source, seed=seed).test.tobytes() for seed in SEEDS})
    return found


def _is_whole(name: str, done: list[dict[str, Any]]) -> bool:
    return {line["seed"] for line in done if line["set"] == name} >= set(SEEDS)


def main() -> int:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--sets", default=",".join((*OF_PLUGINS, *OF_SCIKIT_LEARN)))
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = run(asked.sets.split(","), asked.keep)
    if not lines:
        print("no set is at hand")
        return 1
    measured = list(dict.fromkeys(line["set"] for line in lines))
    left_out = [name for name in asked.sets.split(",") if name not in measured]
    page = summarise(lines, left_out, count_splits(measured))
    return page.finish(write=asked.write)


if __name__ == "__main__":
    sys.exit(main())
