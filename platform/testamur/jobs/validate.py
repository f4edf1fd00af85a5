"""Holds a request against what is installed here, and says every fault at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import ValidationError

from testamur.contracts.cache import lies_there, not_fetched
from testamur.contracts.check import CheckSpec
from testamur.contracts.dataset import DatasetSpec, ProblemKind
from testamur.contracts.errors import ConfigurationError, NotFound, PluginError, Problem
from testamur.contracts.job import DatasetRequest, JobSpec
from testamur.contracts.model import ModelOptions, ModelSpec
from testamur.contracts.objects import find_url_faults, is_object
from testamur.contracts.plugin import PluginInfo
from testamur.contracts.policy import Policy
from testamur.contracts.threshold_rule import parse_threshold
from testamur.hooks.suggest import did_you_mean
from testamur.jobs.columns import find_column_faults
from testamur.jobs.explain import explain_faults
from testamur.jobs.paths import check_path, has_companion
from testamur.jobs.policyfile import policy_faults, read_policy_file
from testamur.jobs.training_faults import find_training_faults
from testamur.store.clock import Clock, read_clock

CORE = "core"
DEFAULT_MODELS = {  # where a job names none; else core.tabular
    ProblemKind.FORECAST: "core.forecast",
    ProblemKind.RANKING: "core.recommender",
}
T = TypeVar("T")


class Registered(Protocol):
    """What submission asks of the registry (`testamur.hooks.registry.Registry`)."""

    def dataset(self, key: str) -> DatasetSpec:
        """The dataset, or `NotFound`, or `PluginError` with the stored reason."""
        ...

    def model(self, key: str) -> ModelSpec:
        """The model, likewise."""
        ...

    def policy(self, key: str) -> Policy:
        """The policy, likewise."""
        ...

    def policies(self) -> Mapping[str, Policy]:
        """All policies by key."""
        ...

    def checks(self) -> Mapping[str, CheckSpec]:
        """All checks by key."""
        ...

    def plugins(self) -> list[PluginInfo]:
        """What is installed."""
        ...


@dataclass(frozen=True, slots=True)
class ResolvedJob:
    """A request of which every name is known and every option valid.

    Attributes:
        spec: The request, its data path absolute.
        dataset: The registered dataset, or None for data of one's own.
        model: The model.
        options: Its options, defaults filled in.
        policy: Key of the policy that the job is held against.
        domain: Domain of the job: the dataset's, else the model's, else ``core``.
        kind: What is predicted, where the request or the dataset says so; else found from the target.
    """

    spec: JobSpec
    dataset: DatasetSpec | None
    model: ModelSpec
    options: ModelOptions
    policy: str
    domain: str
    kind: ProblemKind | None


def resolve_job(
    spec: JobSpec,
    registry: Registered,
    *,
    base: Path,
    clock: Clock = read_clock,
    datasets: Path | None = None,
) -> ResolvedJob:
    """Look up every name, check every option, make the data path absolute; a URL of an object stays one.

    Args:
        spec: The request.
        registry: What is installed.
        base: Folder that relative paths start from.
        clock: Returns the present moment with its zone; a deadline must lie ahead of it.
        datasets: Folder of fetched data sets, which the dataset must be in; None: not looked into.

    Raises:
        ConfigurationError: With every fault.
    """
    problems = [*_deadline_faults(spec, clock()), *_threshold_faults(spec)]
    request = spec.dataset
    dataset = _look_up(registry.dataset, request.use, "dataset.use", problems) if request.use else None
    kind = request.problem or (dataset.problem.kind if dataset else None)
    spec = _with_default_model(spec, kind)
    model = _look_up(registry.model, spec.model.use, "model.use", problems)
    options = _check_options(spec, model, problems) if model else None
    if model and kind and kind not in model.problems:
        problems.append(_kind_fault(model, kind))
    problems += _fetch_faults(request, dataset, datasets)
    beside = False
    if request.path is not None and is_object(request.path):
        problems += find_url_faults(request.path)
    elif request.path is not None:
        path, faults = check_path(
            request.path, base, folders=dataset is not None and dataset.reader is not None
        )
        problems += faults
        spec = spec.model_copy(update={"dataset": request.model_copy(update={"path": str(path)})})
        beside = has_companion(path)
    if request.use is None and request.target is None and not beside:
        problems.append(
            Problem("dataset.target", "the column to predict is required, however: none was given")
        )
    domain = _domain(spec)
    spec = _with_own_policy(spec, base, problems)
    spec = _with_reference(spec, base, problems)
    policy = _policy(spec, dataset, domain, registry, problems)
    problems += _policy_faults(spec, policy, registry, clock())
    unread = beside and request.use is None
    problems += find_column_faults(spec, dataset, kind, beside=unread)
    problems += find_training_faults(spec, model, dataset, beside=unread)
    if problems or model is None or options is None:
        raise ConfigurationError("The job cannot be used", problems)
    return ResolvedJob(spec, dataset, model, options, policy, domain, kind)


def _with_default_model(spec: JobSpec, kind: ProblemKind | None) -> JobSpec:
    """The job with the core's model for its kind of problem, where it names none."""
    if kind not in DEFAULT_MODELS or "use" in spec.model.model_fields_set:
        return spec
    return spec.model_copy(update={"model": spec.model.model_copy(update={"use": DEFAULT_MODELS[kind]})})


def named_plugins(spec: JobSpec) -> frozenset[str]:
    """Names of the plugins that a request names keys of: no other need be loaded for it."""
    own = spec.audit.own_policy
    limits = own.limits if own else ()
    keys = (spec.dataset.use, spec.model.use, spec.audit.policy, *(limit.check for limit in limits))
    return frozenset(key.partition(".")[0] for key in keys if key) - {CORE}


def _deadline_faults(spec: JobSpec, now: datetime) -> list[Problem]:
    deadline = spec.job.deadline
    if deadline is None:
        return []
    if deadline.tzinfo is None:
        message, remedy = "a zone is required in a deadline", "write it like 2030-01-31T18:00:00+01:00"
    elif deadline <= now:
        message, remedy = f"a moment ahead is required, however: {deadline.isoformat()} has passed", ""
    else:
        return []
    return [Problem("job.deadline", message, remedy)]


def _fetch_faults(
    request: DatasetRequest, dataset: DatasetSpec | None, datasets: Path | None
) -> list[Problem]:
    """Nothing is fetched while a job runs: what it needs must be there before."""
    own = request.path is not None or request.query is not None
    if dataset is None or datasets is None or own or lies_there(dataset, datasets):
        return []
    return [not_fetched(dataset, datasets)]


def _threshold_faults(spec: JobSpec) -> list[Problem]:
    try:
        parse_threshold(spec.audit.threshold)
    except ConfigurationError as error:
        return list(error.problems)
    return []


def _look_up(find: Callable[[str], T], key: str, where: str, problems: list[Problem]) -> T | None:
    try:
        return find(key)
    except (NotFound, PluginError) as error:
        problems.append(Problem(where, error.message, error.remedy))
        return None


def _check_options(spec: JobSpec, model: ModelSpec, problems: list[Problem]) -> ModelOptions | None:
    try:
        return model.options.model_validate_json(json.dumps(spec.model.options, default=str))
    except ValidationError as error:
        problems.extend(explain_faults(error, model.options, prefix="model.options"))
        return None


def _kind_fault(model: ModelSpec, kind: ProblemKind) -> Problem:
    accepted = ", ".join(sorted(accepted.value for accepted in model.problems))
    message = f"{model.key} predicts {accepted}, however: the job asks for {kind.value}"
    of_core = DEFAULT_MODELS.get(kind)
    remedy = f"{of_core} does; others stand in: testamur model list" if of_core else ""
    return Problem("model.use", message, remedy or "choose a model from: testamur model list")


def _domain(spec: JobSpec) -> str:
    return (spec.dataset.use or spec.model.use).partition(".")[0]


def _with_own_policy(spec: JobSpec, base: Path, problems: list[Problem]) -> JobSpec:
    """The request with the policy of its file inside, so that the file is not needed any more."""
    name = spec.audit.policy_file
    if name is None:
        return spec
    try:
        own = read_policy_file(base / Path(name).expanduser())
    except (ConfigurationError, RuntimeError) as error:
        found = error.problems if isinstance(error, ConfigurationError) else [Problem(name, str(error))]
        problems += [replace(fault, where=f"audit.policy_file: {fault.where}") for fault in found]
        return spec
    return spec.model_copy(
        update={"audit": spec.audit.model_copy(update={"policy_file": None, "own_policy": own})}
    )


def _with_reference(spec: JobSpec, base: Path, problems: list[Problem]) -> JobSpec:
    """The request with the absolute path of its reference file, which must be there."""
    if spec.audit.reference is None:
        return spec
    path, faults = check_path(spec.audit.reference, base)
    problems += [replace(fault, where="audit.reference") for fault in faults]
    return spec.model_copy(update={"audit": spec.audit.model_copy(update={"reference": str(path)})})


def _policy_faults(spec: JobSpec, key: str, registry: Registered, now: datetime) -> list[Problem]:
    """Limits on checks that nobody has registered, and a policy that has ended."""
    policy = spec.audit.own_policy or registry.policies().get(key)
    if policy is None:
        return []
    faults = policy_faults(policy, now.date())
    if spec.audit.own_policy is None:
        return faults
    checks = registry.checks()
    return faults + [
        Problem(
            f"audit.policy_file: limit {limit.id}",
            f"a registered check is required, however: {limit.check}",
            did_you_mean(limit.check, checks, what="check"),
        )
        for limit in policy.limits
        if limit.check not in checks
    ]


def _policy(
    spec: JobSpec, dataset: DatasetSpec | None, domain: str, registry: Registered, problems: list[Problem]
) -> str:
    """The policy asked for, else the dataset's, else the domain's default, else the core's."""
    if spec.audit.own_policy is not None:
        return spec.audit.own_policy.key
    key = spec.audit.policy or (dataset.policy if dataset else None)
    if key is None:
        own = f"{domain}.default"
        return own if own in registry.policies() else f"{CORE}.default"
    where = "audit.policy" if spec.audit.policy else f"policy of dataset {spec.dataset.use}"
    _look_up(registry.policy, key, where, problems)
    return key
