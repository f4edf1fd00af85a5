"""An example job of a plugin, fitted with several seeds on one split, beside its classical baselines."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from testamur.contracts.protocols import Predictor
from testamur.contracts.table import PartName, Predictions, RowsTable
from testamur.hooks.registry import Registry
from testamur.jobs.jobfile import build_spec, read_job_file
from testamur.jobs.validate import ResolvedJob, resolve_job
from testamur.pipeline.prepare import load_rows, make_table
from testamur.settings import Settings
from testamur.testing.fakes import RecordingObserver
from testamur.train.baseline_set import fit_baselines
from testamur.train.baselines import fit_further
from testamur.train.fit import fit_model

SEEDS = (0, 1, 2, 3, 4)
Said = dict[PartName, Predictions]


@dataclass(frozen=True, eq=False)
class Runs:
    """What a model said under each seed, and its baselines once, on validation and test rows.

    Attributes:
        job: The example job; its own seed divides the rows.
        table: The rows, divided once.
        predictors: The fitted models, by seed.
        model: By seed.
        seconds: CPU seconds of each fit, with its predictions.
        beside: By baseline; they are the same under every seed.
        beside_seconds: CPU seconds of each.
    """

    job: ResolvedJob
    table: RowsTable
    predictors: tuple[Predictor, ...]
    model: tuple[Said, ...]
    seconds: tuple[float, ...]
    beside: dict[str, Said]
    beside_seconds: dict[str, float]


def load_example(reference: str, registry: Registry) -> tuple[ResolvedJob, RowsTable]:
    """The example ``domain:file`` of a plugin, and its rows, divided and encoded as its own seed says."""
    domain, _, name = reference.partition(":")
    package = Path(str(import_module(f"testamur_{domain}").__file__)).parent
    path = package / "examples" / f"{name}.toml"
    job = resolve_job(build_spec(read_job_file(path)), registry, base=path.parent)
    settings = Settings.from_environment()
    source = load_rows(job, base=path.parent, environ=None, datasets=settings.datasets)
    return job, make_table(job, source, base=path.parent)


def fit_seeds(
    job: ResolvedJob, table: RowsTable, beside: Sequence[str], seeds: Sequence[int] = SEEDS
) -> Runs:
    """Fit the model once per seed and the named baselines once."""
    fitted, model, seconds = [], [], []
    for seed in seeds:
        begin = time.process_time()
        fitted.append(fit_once(job, table, seed))
        model.append(_say(fitted[-1], table))
        seconds.append(time.process_time() - begin)
    said, spent = {}, {}
    for name, (predictor, took) in _fit_beside(job, table, beside).items():
        begin = time.process_time()
        said[name] = _say(predictor, table)
        spent[name] = took + time.process_time() - begin
    return Runs(job, table, tuple(fitted), tuple(model), tuple(seconds), said, spent)


def fit_once(job: ResolvedJob, table: RowsTable, seed: int) -> Predictor:
    """The job's model with the settings of its file, on one thread."""
    training = job.spec.training.model_copy(update={"threads": 1})
    with tempfile.TemporaryDirectory() as folder:
        return fit_model(
            job.model, job.options, training, table, seed=seed, device="cpu", folder=Path(folder),
            observer=RecordingObserver(),
        ).predictor  # fmt: skip


def _fit_beside(
    job: ResolvedJob, table: RowsTable, wanted: Sequence[str]
) -> dict[str, tuple[Predictor, float]]:
    """The wanted baselines with the CPU seconds of their fit; the core's own are fitted in one go."""
    begin = time.process_time()
    core = fit_baselines(
        table, job.model.input_shape, seed=0, threads=1, class_weights=job.spec.training.class_weights,
        bag=False, made={}, stop=lambda: None,
    )  # fmt: skip
    spent = time.process_time() - begin
    found = {name: (core[name], spent) for name in wanted if name in core}
    for name in wanted:
        if name in job.model.baselines:
            begin = time.process_time()
            fitted = fit_further(name, job.model.baselines[name], table, seed=0, threads=1)
            found[name] = (fitted, time.process_time() - begin)
    return found


def _say(predictor: Predictor, table: RowsTable) -> Said:
    return {"validation": predictor.predict(table.validation), "test": predictor.predict(table.test)}
