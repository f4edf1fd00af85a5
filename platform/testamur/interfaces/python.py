"""Testamur in Python: ``testamur.submit`` through the queue, ``testamur.run`` in this process.

``testamur.examine`` takes a model that was trained elsewhere. The first two take the same arguments, and
everything that a job file can say:

    job = testamur.submit("job.toml", wait=True)
    job = testamur.submit(data=frame, target="left", positive="yes", protected=["sex"])
    done = testamur.run(dataset="health.nhefs", model="health.risk", training={"epochs": 20})
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testamur.contracts.errors import ConfigurationError, Problem
from testamur.interfaces.job_handle import JobHandle
from testamur.interfaces.request import FLAGS, put_flags

if TYPE_CHECKING:
    from testamur.contracts.job import JobSpec
    from testamur.contracts.report import Report
    from testamur.interfaces.answering import Prediction
    from testamur.settings import Settings

__all__ = ["JobHandle", "Outcome", "examine", "predict", "run", "submit"]

_SHORT = {flag.argument for flag in FLAGS} - {"dataset", "data"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `run` returns.

    Attributes:
        job_id: Name of the job.
        dossier: Folder with weights, report, evidence and signed manifest.
        report: The audit report as data.
        cleared: True when no ``must`` limit of the policy stands in the way of release.
    """

    job_id: str
    dossier: Path
    report: Report
    cleared: bool

    def _repr_html_(self) -> str:
        from html import escape

        from testamur.interfaces.decision import view_report

        view = view_report(self.report)
        return f"<p><strong>{escape(view.release)}</strong></p><p>{escape(str(self.dossier))}</p>"


def submit(
    job: str | Path | Mapping[str, Any] | JobSpec | None = None,
    *,
    dataset: str | Mapping[str, Any] | None = None,
    data: Any = None,
    target: str | None = None,
    positive: str | None = None,
    protected: Sequence[str] = (),
    model: str | None = None,
    model_options: Mapping[str, Any] | None = None,
    training: Mapping[str, Any] | None = None,
    audit: Mapping[str, Any] | None = None,
    purpose: Mapping[str, Any] | None = None,
    home: str | Path | None = None,
    wait: bool = False,
    **more: Any,
) -> JobHandle:
    """Check a job, store it, and hand it to the workers.

    Args:
        job: A job file, its content as a dictionary, or a `JobSpec`; the arguments below go over it.
        dataset: A registered dataset, or the ``[dataset]`` part as a dictionary.
        data: A file of your own, or anything with the Arrow stream interface (pandas, polars, pyarrow,
            duckdb).
        target: Column that is predicted.
        positive: Label of the event.
        protected: Columns that define groups.
        model: A registered model; the core's tabular model when not given.
        model_options: Options of the model.
        training: The ``[training]`` part.
        audit: The ``[audit]`` part.
        purpose: The ``[purpose]`` part.
        home: Folder for everything; instead of ``TESTAMUR_HOME``.
        wait: Return when the job is done.
        columns: Names in `dataset` -> names in `data`, where data of your own are read as a registered
            dataset declares.
        **more: Any further flag of ``testamur job submit``, with underscores: ``name``, ``seed``,
            ``ignore``, ``epochs``, ``policy``, ``threshold``, and so on.

    Raises:
        ConfigurationError: With every fault; nothing is stored.
        StoreError: The database refused; nothing is stored.
        JobFailed: With `wait`, and the job failed.
    """
    from testamur.interfaces.desk import Desk

    settings = _settings(home)
    spec, base = _request(
        job,
        settings,
        model_options,
        {"training": training, "audit": audit, "purpose": purpose},
        dataset=dataset,
        data=data,
        target=target,
        positive=positive,
        protected=protected,
        model=model,
        **more,
    )
    with Desk(settings) as desk:
        handle = JobHandle(desk.submit(spec, base).id, settings)
    return handle.wait() if wait else handle


def run(
    job: str | Path | Mapping[str, Any] | JobSpec | None = None,
    *,
    dataset: str | Mapping[str, Any] | None = None,
    data: Any = None,
    target: str | None = None,
    positive: str | None = None,
    protected: Sequence[str] = (),
    model: str | None = None,
    model_options: Mapping[str, Any] | None = None,
    training: Mapping[str, Any] | None = None,
    audit: Mapping[str, Any] | None = None,
    purpose: Mapping[str, Any] | None = None,
    home: str | Path | None = None,
    **more: Any,
) -> Outcome:
    """Run a job in this process, without a queue: for a notebook, and for debugging.

    Takes what `submit` takes, except `wait`.

    Raises:
        TestamurError: With the reason; a `ConfigurationError` or `DataError` lists every fault.
    """
    from testamur.interfaces.in_process import ShowingObserver, run_here

    settings = _settings(home)
    spec, base = _request(
        job,
        settings,
        model_options,
        {"training": training, "audit": audit, "purpose": purpose},
        dataset=dataset,
        data=data,
        target=target,
        positive=positive,
        protected=protected,
        model=model,
        **more,
    )
    outcome = run_here(spec, settings=settings, base=base, observer=ShowingObserver())
    return Outcome(
        job_id=outcome.report.provenance.job_id,
        dossier=outcome.dossier,
        report=outcome.report,
        cleared=outcome.cleared,
    )


def examine(
    model: Any,
    *,
    data: Any = None,
    target: str | None = None,
    positive: str | None = None,
    protected: Sequence[str] = (),
    probability: str | None = None,
    predicted: str | None = None,
    probabilities: Mapping[str, str] | None = None,
    train: Any = None,
    trust: Sequence[str] = (),
    audit: Mapping[str, Any] | None = None,
    purpose: Mapping[str, Any] | None = None,
    home: str | Path | None = None,
    **more: Any,
) -> Outcome:
    """Audit a model that was trained elsewhere, in this process and without training it.

    Args:
        model: A file or frame with predictions, an ONNX or skops file, ``module:function``, a job file with
            an ``[examined]`` part, a function of a polars DataFrame of the features, or an estimator with
            ``predict_proba`` or ``predict``.
        data: The rows to examine a model on: a file, or anything with the Arrow stream interface.
        target: Column of what happened.
        positive: Label of the event.
        protected: Columns that define groups.
        probability: Column of the event's probability.
        predicted: Column of the predicted class or value.
        probabilities: Label -> column of its probability.
        train: The rows that the model was trained on; baselines and checks of leakage need them.
        trust: Types that a skops file may build.
        audit: The ``[audit]`` part.
        purpose: The ``[purpose]`` part.
        home: Folder for everything; instead of ``TESTAMUR_HOME``.
        **more: Any further flag of ``testamur audit``, with underscores: ``title``, ``entity``, ``policy``.

    Raises:
        TestamurError: With the reason; a `ConfigurationError` or `DataError` lists every fault.
    """
    from testamur.interfaces.audit_request import AUDIT_FLAGS, build_request, make_request
    from testamur.interfaces.in_process import ShowingObserver, run_here

    settings = _settings(home)
    given = {
        "target": target,
        "positive": positive,
        "protected": protected,
        "probability": probability,
        "predicted": predicted,
        "probabilities": probabilities,
        "train": _path_of(train, settings),
        "trust": trust,
        **more,
    }
    _refuse_unknown(given, {flag.argument for flag in AUDIT_FLAGS})
    if probability or predicted or probabilities:
        model = model if isinstance(model, str | Path) else _path_of(model, settings)
    request = make_request(model, given, data=_path_of(data, settings))
    for name, part in {"audit": audit, "purpose": purpose}.items():
        if part is not None:
            request.tree[name] = {**request.tree.get(name, {}), **part}
    spec = build_request(request, settings.home)
    outcome = run_here(
        spec, settings=settings, base=request.base, observer=ShowingObserver(), call=request.call
    )
    return Outcome(
        job_id=outcome.report.provenance.job_id,
        dossier=outcome.dossier,
        report=outcome.report,
        cleared=outcome.cleared,
    )


def predict(
    dossier: str | Path,
    data: Any,
    *,
    columns: Mapping[str, str] | None = None,
    out: str | Path | None = None,
    report: bool = False,
    key: str | Path | None = None,
    home: str | Path | None = None,
) -> Prediction:
    """What a dossier's model says of new rows; the dossier is verified first.

    Args:
        dossier: Folder of a dossier, or a job id.
        data: A file, or anything with the Arrow stream interface; the target may be absent.
        columns: Names of training -> names in `data`.
        out: Where the predictions go; into the home when not given.
        report: Also draw the plugin's insight pages of these rows.
        key: Public key of the signer, had from elsewhere.
        home: Folder for everything; instead of ``TESTAMUR_HOME``.

    Raises:
        IntegrityError: The dossier is not what was sealed.
        PluginError: The plugin that made it is missing or of another version.
        DataError: The rows cannot be used; every fault is listed.
    """
    from testamur.interfaces.answering import predict_file

    settings = _settings(home)
    path = Path(str(_path_of(data, settings))).expanduser()
    if out is None:
        from testamur.settings import make_home, make_private

        make_home(settings.home)
        make_private(settings.home / "predictions")
        out = settings.home / "predictions" / f"{path.stem}.csv"
    return predict_file(
        str(dossier),
        path,
        Path(out).expanduser(),
        settings=settings,
        columns=columns,
        key=Path(key) if key else None,
        report=report,
    )


def _settings(home: str | Path | None) -> Settings:
    from testamur.interfaces.invocation import Invocation

    return Invocation(home=Path(home).expanduser() if home is not None else None).settings()


def _request(
    job: str | Path | Mapping[str, Any] | JobSpec | None,
    settings: Settings,
    model_options: Mapping[str, Any] | None,
    sections: Mapping[str, Mapping[str, Any] | None],
    **arguments: Any,
) -> tuple[JobSpec, Path]:
    """The request that the arguments of `submit` and `run` make, and where its relative paths start."""
    from testamur.jobs.jobfile import build_spec

    _refuse_unknown(arguments)
    tree, base = _tree_of(job)
    given = dict(arguments)
    if isinstance(given["dataset"], Mapping):
        tree["dataset"] = {**tree.get("dataset", {}), **given["dataset"]}
        given["dataset"] = given["dataset"].get("use")
    given["data"] = _path_of(given["data"], settings)
    for name, values in {
        **sections,
        "model": {"options": dict(model_options)} if model_options else None,
    }.items():
        if values is not None:
            tree[name] = {**tree.get(name, {}), **values}
    return build_spec(put_flags(tree, given)), base


def _refuse_unknown(arguments: Mapping[str, Any], known: Collection[str] = ()) -> None:
    from testamur.hooks.suggest import did_you_mean

    known = known or _SHORT | {"dataset", "data"}
    problems = [
        Problem(name, "unknown argument", did_you_mean(name, known, what="argument"))
        for name in arguments
        if name not in known
    ]
    if problems:
        raise ConfigurationError("The job cannot be used", problems)


def _tree_of(job: str | Path | Mapping[str, Any] | JobSpec | None) -> tuple[dict[str, Any], Path]:
    from testamur.contracts.job import JobSpec
    from testamur.jobs.jobfile import read_job_file

    if job is None:
        return {}, Path.cwd()
    if isinstance(job, JobSpec):
        return job.model_dump(mode="json", exclude_unset=True), Path.cwd()
    if isinstance(job, Mapping):
        return {
            key: dict(value) if isinstance(value, Mapping) else value for key, value in job.items()
        }, Path.cwd()
    path = Path(job).expanduser()
    return read_job_file(path), path.absolute().parent


def _path_of(data: Any, settings: Settings) -> str | None:
    """The path of the data; a frame is written into the home first."""
    from testamur.data.frames import write_frame
    from testamur.settings import make_home

    if data is None:
        return None
    if isinstance(data, str | Path):
        return str(data)
    make_home(settings.home)
    return str(write_frame(data, settings.home / "frames"))
