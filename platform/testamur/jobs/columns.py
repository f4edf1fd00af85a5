"""Contradictions among the columns and groups that a request names, before any row is read."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from testamur.contracts.dataset import DatasetSpec, ProblemKind, Role, SplitKind
from testamur.contracts.errors import Problem
from testamur.contracts.job import JobSpec
from testamur.hooks.suggest import did_you_mean
from testamur.jobs.plain import printable

_SHOWN = 12  # names in one message
_MOST_BANDS = 200  # as many as a protected attribute may have levels


def find_column_faults(
    spec: JobSpec, dataset: DatasetSpec | None, kind: ProblemKind | None, *, beside: bool = False
) -> list[Problem]:
    """Every contradiction in the roles of columns.

    Args:
        spec: The request.
        dataset: The registered dataset, or None for data of one's own.
        kind: What is predicted, where known.
        beside: True where a file beside the data may name further roles; they are not read here.
    """
    return [
        *_mapping_faults(spec, dataset),
        *_role_faults(spec, dataset),
        *_repeated(spec),
        *_kind_faults(spec, kind),
        *_split_faults(spec, dataset),
        *_quasi_faults(spec, dataset),
        *_group_faults(spec, dataset, beside),
    ]


def _mapping_faults(spec: JobSpec, dataset: DatasetSpec | None) -> list[Problem]:
    """Declared names are known, and no column of one's own stands for two of them."""
    columns = spec.dataset.columns
    if dataset is None:
        return []
    known = [column.name for column in dataset.taken]
    problems = [
        Problem(
            f"dataset.columns.{printable(name)}",
            f"a column that {dataset.key} declares is required, however: there is no '{printable(name)}'",
            did_you_mean(name, known, what="column"),
        )
        for name in columns
        if name not in known
    ]
    twice = sorted(own for own, n in Counter(columns.values()).items() if n > 1)
    return problems + [
        Problem(
            "dataset.columns",
            f"each column of one's own once is required, however: '{printable(own)}' stands for "
            f"{', '.join(sorted(printable(name) for name, other in columns.items() if other == own))}",
        )
        for own in twice[:_SHOWN]
    ]


def _role_faults(spec: JobSpec, dataset: DatasetSpec | None) -> list[Problem]:
    """The target has no second role, and an ignored column has none at all."""
    request = spec.dataset
    target = request.target or (dataset.problem.target if dataset else None)
    roles: list[tuple[str, str]] = [
        *(("features", name) for name in request.features),
        *(("protected", name) for name in request.protected),
        *(("ignore", name) for name in request.ignore),
    ]
    roles += [(r, n) for r in ("identifier", "entity", "time", "weight") if (n := getattr(request, r))]
    problems = [
        Problem(
            f"dataset.{role}",
            f"a column other than the target is required, however: {printable(name)} is the target",
            "a model that sees its target learns nothing that is of use",
        )
        for role, name in roles
        if name == target
    ]
    ignored = set(request.ignore)
    return problems + [
        Problem(
            f"dataset.{role}", f"the column {printable(name)} is also in dataset.ignore", "decide for one"
        )
        for role, name in roles
        if role != "ignore" and name in ignored
    ]


def _repeated(spec: JobSpec) -> list[Problem]:
    request = spec.dataset
    problems = []
    for role in ("features", "protected", "ignore", "categorical"):
        names: tuple[str, ...] = getattr(request, role)
        twice = sorted(printable(name) for name, n in Counter(names).items() if n > 1)
        if twice:
            more = f" and {len(twice) - _SHOWN} more" if len(twice) > _SHOWN else ""
            named = f"{', '.join(twice[:_SHOWN])}{more}"
            message = f"each column once is required, however: {named} is named twice"
            problems.append(Problem(f"dataset.{role}", message))
    return problems


def _kind_faults(spec: JobSpec, kind: ProblemKind | None) -> list[Problem]:
    if spec.dataset.positive is None or kind in (None, ProblemKind.BINARY):
        return []
    assert kind is not None
    message = f"a binary problem is required for a positive label, however: {kind.value}"
    return [Problem("dataset.positive", message, 'leave it out, or set problem = "binary"')]


def _split_faults(spec: JobSpec, dataset: DatasetSpec | None) -> list[Problem]:
    """A split by entity or time needs the column it goes by."""
    split, request = spec.dataset.split, spec.dataset
    if split is None:
        return []
    needs = {
        SplitKind.ENTITY: (Role.ENTITY, request.entity),
        SplitKind.LEAVE_LAST: (Role.ENTITY, request.entity),
        SplitKind.TIME: (Role.TIME, request.time),
    }
    role, column = needs.get(split.kind, (None, None))
    declared = dataset is not None and any(known.role is role for known in dataset.columns)
    if role is None or column or declared:
        return []
    message = f"a split by {split.kind.value} needs a column with that role, however: none is named"
    return [Problem("dataset.split.kind", message, f'add {role.value} = "COLUMN" to [dataset]')]


def _quasi_faults(spec: JobSpec, dataset: DatasetSpec | None) -> list[Problem]:
    """Quasi-identifiers of a registered dataset are among its columns; other data are read for it later."""
    if dataset is None:
        return []
    known = [column.name for column in dataset.columns]
    return [
        Problem(
            "audit.quasi_identifiers",
            f"a column of {dataset.key} is required, however: there is no '{printable(name)}'",
            did_you_mean(name, known, what="column"),
        )
        for name in spec.audit.quasi_identifiers
        if name not in known
    ]


def _group_faults(spec: JobSpec, dataset: DatasetSpec | None, beside: bool) -> list[Problem]:
    """Groups are asked for only of protected attributes; bands rise."""
    protected = set(spec.dataset.protected)
    if dataset is not None:
        protected |= {column.name for column in dataset.columns if column.role is Role.PROTECTED}
    problems = []
    for part in ("reference_groups", "bands"):
        for name in getattr(spec.audit, part):
            if name not in protected and not beside:
                known = (
                    f"they are {', '.join(sorted(map(printable, protected)))}"
                    if protected
                    else "none is named"
                )
                message = f"a protected attribute is required, however: {known}"
                problems.append(Problem(f"audit.{part}.{printable(name)}", message))
    for name, edges in spec.audit.bands.items():
        if not edges or any(low >= high for low, high in pairwise(edges)):
            message = "rising edges are required, such as [40, 50, 60]"
            problems.append(Problem(f"audit.bands.{printable(name)}", message))
        elif len(edges) >= _MOST_BANDS:
            message = f"fewer than {_MOST_BANDS} edges are required, however: {len(edges):,}"
            problems.append(Problem(f"audit.bands.{printable(name)}", message))
    return problems
