"""What a private, a constrained or a repeated training asks of model and data, held against the request."""

from __future__ import annotations

from importlib.util import find_spec

from testamur.contracts.constraint import FairMethod, FairnessOptions
from testamur.contracts.dataset import DatasetSpec, ProblemKind, Role
from testamur.contracts.errors import Problem
from testamur.contracts.job import JobSpec
from testamur.contracts.model import ClassWeights, InputShape, ModelSpec, Precision
from testamur.contracts.privacy import PrivacyUnit
from testamur.hooks.suggest import did_you_mean
from testamur.jobs.plain import printable

PRIVACY, FAIRNESS, REFIT = "training.privacy", "training.fairness", "training.refit"


def find_training_faults(
    spec: JobSpec, model: ModelSpec | None, dataset: DatasetSpec | None, *, beside: bool = False
) -> list[Problem]:
    """Faults of ``[training]``: privacy, fairness and refit, as far as they are seen before a row is read.

    Args:
        spec: The request.
        model: The model it names, or None where that is not known.
        dataset: The registered dataset, or None for data of one's own.
        beside: True where a file beside the data may name further roles; they are not read here.
    """
    problems = _privacy_faults(spec, model, dataset, beside) if spec.training.privacy else []
    if spec.training.fairness is not None:
        problems += _fairness_faults(spec, spec.training.fairness, model, dataset, beside)
    if spec.training.refit:
        problems += _refit_faults(spec, model, dataset)
    if spec.job.devices > 1 and spec.training.privacy is not None:
        message = "one device is required for private training: noise is drawn once for each batch, however"
        problems.append(Problem("job.devices", f"{message}: {spec.job.devices}"))
    if spec.job.devices > 1 and spec.examined is not None:
        message = f"one device is required where nothing is trained, however: {spec.job.devices}"
        problems.append(Problem("job.devices", message))
    if spec.job.devices > 1 and spec.training.fairness is not None:
        message = "one device is required under a constraint: its multipliers belong to one process, however"
        problems.append(Problem("job.devices", f"{message}: {spec.job.devices}"))
    return problems


def _privacy_faults(
    spec: JobSpec, model: ModelSpec | None, dataset: DatasetSpec | None, beside: bool
) -> list[Problem]:
    training = spec.training
    assert training.privacy is not None
    problems = []
    if model is not None and not model.private:
        message = f"a model that can be trained privately is required, however: {model.key} cannot"
        remedy = "core.tabular can, for rows of a table, and core.recurrent, for windows"
        problems.append(Problem(PRIVACY, message, remedy))
    if find_spec("opacus") is None:
        message = "the extra privacy is required, however: Opacus is not installed"
        problems.append(Problem(PRIVACY, message, 'pip install "testamur[privacy]"'))
    if training.privacy.unit is PrivacyUnit.ENTITY and not (_has_entity(spec, dataset) or beside):
        message = "a column that names the entity is required, however: none is named"
        problems.append(Problem(f"{PRIVACY}.unit", message, 'add entity = "COLUMN" to [dataset]'))
    if training.class_weights is not ClassWeights.NONE:
        message = "class_weights = 'none' is required beside privacy, however: they count training rows"
        problems.append(Problem("training.class_weights", message, "move audit.threshold instead"))
    if training.precision not in (Precision.AUTO, Precision.FP32):
        message = f"fp32 is required beside privacy, however: {training.precision.value}"
        problems.append(Problem("training.precision", message, "norms must be what they seem"))
    if training.fairness is not None:
        message = "privacy or fairness is required, however: both"
        remedy = "a constraint counts groups of the training rows, which no noise covers: decide for one"
        problems.append(Problem(FAIRNESS, message, remedy))
    return problems


def _refit_faults(spec: JobSpec, model: ModelSpec | None, dataset: DatasetSpec | None) -> list[Problem]:
    problems = []
    kind = spec.dataset.problem or (dataset.problem.kind if dataset else None)
    if kind is not None and kind is not ProblemKind.FORECAST:
        message = f"a forecast is required, however: {kind.value}"
        problems.append(Problem(REFIT, message, "core.ensemble learns from validation rows too"))
    if model is not None and model.after is not None:
        message = f"a model that settles nothing on validation rows is required, however: {model.key} does"
        problems.append(Problem(REFIT, message, "core.forecast is one"))
    if spec.training.privacy is not None:
        message = "one training is required beside privacy, however: refit asks for a second"
        problems.append(Problem(REFIT, message, "a private training spends its budget once: leave refit out"))
    if spec.job.devices > 1:
        message = f"one device is required to refit, however: {spec.job.devices}"
        problems.append(Problem("job.devices", message))
    return problems


def _fairness_faults(
    spec: JobSpec, asked: FairnessOptions, model: ModelSpec | None, dataset: DatasetSpec | None, beside: bool
) -> list[Problem]:
    problems = []
    kind = spec.dataset.problem or (dataset.problem.kind if dataset else None)
    if kind not in (None, ProblemKind.BINARY):
        assert kind is not None
        message = f"a binary problem is required, however: {kind.value}"
        problems.append(Problem(FAIRNESS, message, "rates of decisions are what a constraint holds together"))
    if model is not None and (
        model.input_shape is not InputShape.ROWS or "folds" in model.options.model_fields
    ):
        message = f"a model of rows with validation rows of its own is required, however: {model.key}"
        problems.append(Problem(FAIRNESS, message, "core.tabular is one"))
    if beside:
        return problems
    known = set(spec.dataset.protected) | _declared(dataset)
    if not known:
        message = "a protected attribute is required, however: none is named"
        problems.append(Problem(FAIRNESS, message, 'add protected = ["COLUMN"] to [dataset]'))
    problems += [
        Problem(
            f"{FAIRNESS}.attributes",
            f"a protected attribute is required, however: {printable(name)}",
            did_you_mean(name, known, what="attribute"),
        )
        for name in asked.attributes
        if known and name not in known
    ]
    held = asked.attributes or tuple(sorted(known))
    if asked.method is FairMethod.THRESHOLDS and len(held) > 1:
        message = (
            f"one attribute is required for thresholds by group, however: {', '.join(map(printable, held))}"
        )
        remedy = "name one in attributes, or state method = 'in_training'"
        problems.append(Problem(f"{FAIRNESS}.attributes", message, remedy))
    return problems


def _declared(dataset: DatasetSpec | None) -> set[str]:
    columns = dataset.columns if dataset else ()
    return {column.name for column in columns if column.role is Role.PROTECTED}


def _has_entity(spec: JobSpec, dataset: DatasetSpec | None) -> bool:
    declared = dataset is not None and any(column.role is Role.ENTITY for column in dataset.columns)
    return spec.dataset.entity is not None or declared
