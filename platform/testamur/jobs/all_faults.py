"""Finds every fault of a job file at once: of form, and of the names and options in what is left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from testamur.contracts.errors import ConfigurationError, Problem
from testamur.contracts.job import JobSpec
from testamur.jobs.explain import MAX_LISTED
from testamur.jobs.jobfile import build_spec
from testamur.jobs.validate import Registered, resolve_job

_ORIGINS = {"dataset.use": "use", "dataset.path": "path"}
_UNKNOWN = "unknown.unknown"


def build_or_explain(tree: dict[str, Any], load_registry: Callable[[], Registered], *, base: Path) -> JobSpec:
    """Turn a tree into a request; where that fails, look for faults in what is left of it, too.

    Args:
        tree: From `jobfile.read_job_file`.
        load_registry: Loads what is installed; called only when there is something to explain.
        base: Folder that relative paths start from.

    Raises:
        ConfigurationError: With every fault of form, and with every unknown name and wrong option of
            the rest, so that nobody has to mend a file twice.
    """
    try:
        return build_spec(tree)
    except ConfigurationError as error:
        if len(error.problems) > MAX_LISTED:
            raise
        rest = _faults_of_the_rest(tree, error, load_registry(), base)
        raise ConfigurationError(error.summary, [*error.problems, *rest]) from error


def _faults_of_the_rest(
    tree: dict[str, Any], error: ConfigurationError, registry: Registered, base: Path
) -> list[Problem]:
    rest = tree
    for problem in error.problems:
        rest = _without(rest, problem.where.split("."))
        if problem.where in _ORIGINS:  # an unknown one in its place, so that the rest can be looked at
            rest = {**rest, "dataset": {**rest["dataset"], _ORIGINS[problem.where]: _UNKNOWN}}
    try:
        resolve_job(build_spec(rest), registry, base=base)
    except ConfigurationError as further:
        known = {problem.where for problem in error.problems}
        return [problem for problem in further.problems if problem.where not in known]
    return []


def _without(tree: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    """The tree without the value at the end of `keys`; as it was where there is none."""
    if keys[0] not in tree:
        return tree
    rest = {name: value for name, value in tree.items() if name != keys[0]}
    below = tree[keys[0]]
    if len(keys) > 1 and isinstance(below, dict):
        rest[keys[0]] = _without(below, keys[1:])
    return rest
