"""What every column is for, out of the declaration and the job's own words."""

from __future__ import annotations

from collections.abc import Sequence

from testamur.contracts.dataset import ColumnKind, ColumnSpec, DatasetSpec, Role
from testamur.contracts.errors import Problem
from testamur.contracts.job import DatasetRequest
from testamur.data.sidecar import Sidecar
from testamur.data.wording import column
from testamur.hooks.suggest import did_you_mean

SINGLE = {
    "target": Role.TARGET,
    "identifier": Role.IDENTIFIER,
    "entity": Role.ENTITY,
    "time": Role.TIME,
    "weight": Role.WEIGHT,
}


def assign_roles(
    names: Sequence[str], request: DatasetRequest, spec: DatasetSpec | None, beside: Sidecar
) -> tuple[list[ColumnSpec], list[Problem], list[str]]:
    """One `ColumnSpec` per column of the source, in its order.

    The job's words win over the declaration. A column that loses its role as target or protected
    attribute to another is ignored, never turned into a feature behind the user's back.

    Returns:
        The columns, the problems (unknown names, contradictions), and notes.
    """
    asked, problems = _asked(names, request)
    declared = {c.name: c for c in spec.columns} if spec else {}
    problems += _absent(names, spec, request)
    columns, notes = [], []
    for name in names:
        start = declared.get(name) or ColumnSpec(name=name)
        role = asked.get(name, start.role)
        if name not in asked and (displaced := replaced_role(start.role, request)):
            role = Role.IGNORED
            notes.append(f"{column(name)} is no longer {displaced}; it is left out of the features")
        if request.features and role is Role.FEATURE and name not in request.features:
            role = Role.IGNORED
        columns.append(_described(start, role, request, beside))
    problems += _forgotten_notes(names, beside)
    return columns, problems + _leaks(columns, spec, beside), notes


def _asked(names: Sequence[str], request: DatasetRequest) -> tuple[dict[str, Role], list[Problem]]:
    """Roles by column as the job states them; unknown names and double roles are problems."""
    asked: dict[str, Role] = {}
    problems: list[Problem] = []
    wishes = [(key, role, getattr(request, key)) for key, role in SINGLE.items() if getattr(request, key)]
    wishes += [("protected", Role.PROTECTED, name) for name in request.protected]
    wishes += [("features", Role.FEATURE, name) for name in request.features]
    wishes += [("ignore", Role.IGNORED, name) for name in request.ignore]
    for key, role, name in wishes:
        if name not in names:
            problems.append(_unknown(f"dataset.{key}", name, names))
        elif asked.setdefault(name, role) is not role:
            first = asked[name].value
            remedy = (
                "protected_as_features = true lets the model see protected attributes"
                if {first, role.value} == {"protected", "feature"}
                else "name it once"
            )
            problems.append(
                Problem(column(name), f"one role is required, however: {first} and {role.value}", remedy)
            )
    problems += [_unknown("dataset.categorical", n, names) for n in request.categorical if n not in names]
    return asked, problems


def _unknown(where: str, name: str, names: Sequence[str]) -> Problem:
    from testamur.data.wording import shown

    near = did_you_mean(name, [shown(n) for n in names], what="column")
    return Problem(where, f"a column of the data is required, however: there is no '{shown(name)}'", near)


def _absent(names: Sequence[str], spec: DatasetSpec | None, request: DatasetRequest) -> list[Problem]:
    """Columns that the declaration promises and the source lacks."""
    if spec is None:
        return []
    missing = [c.name for c in spec.columns if c.name not in names and c.role is not Role.IGNORED]
    return [
        Problem(
            f"{spec.key}: {column(name)}", "the declared column is required, however: the source lacks it"
        )
        for name in missing
        if not replaced_role(spec.column(name).role, request)
    ]


def replaced_role(role: Role, request: DatasetRequest) -> str:
    """In which role a declared column was replaced by the job's own choice, or empty."""
    if role is Role.PROTECTED and request.protected:
        return "a protected attribute"
    replaced = next((key for key, single in SINGLE.items() if single is role and getattr(request, key)), "")
    return f"the {replaced}" if replaced else ""


def _described(start: ColumnSpec, role: Role, request: DatasetRequest, beside: Sidecar) -> ColumnSpec:
    update: dict[str, object] = {"role": role}
    if note := beside.columns.get(start.name):
        update |= {key: value for key, value in note if value not in (None, "", (), {})}
    if start.name in request.categorical:
        update["kind"] = ColumnKind.CATEGORICAL
    return start.model_copy(update=update)


def _forgotten_notes(names: Sequence[str], beside: Sidecar) -> list[Problem]:
    stated = [("columns", name) for name in beside.columns]
    stated += [("quasi_identifiers", name) for name in beside.quasi_identifiers]
    return [_unknown(f"beside the data: {key}", name, names) for key, name in stated if name not in names]


def _leaks(columns: Sequence[ColumnSpec], spec: DatasetSpec | None, beside: Sidecar) -> list[Problem]:
    leaks = {**(spec.leaks if spec else {}), **beside.leaks}
    return [
        Problem(column(c.name), f"it must not be a feature: {leaks[c.name]}", "name it in ignore")
        for c in columns
        if c.name in leaks and c.role is Role.FEATURE
    ]
