"""The declaration as it holds after the job's overrides: one for registered data and for one's own."""

from __future__ import annotations

from collections.abc import Sequence

from testamur.contracts.dataset import ColumnSpec, DatasetSpec, Problem, Role, Source, SplitKind, SplitRule
from testamur.contracts.errors import Problem as Fault
from testamur.contracts.job import DatasetRequest
from testamur.data.origin import Origin, is_own
from testamur.data.wording import shown

OWN_KEY = "own.data"
NEEDED = {SplitKind.ENTITY: Role.ENTITY, SplitKind.TIME: Role.TIME}


def resolved_spec(
    request: DatasetRequest,
    spec: DatasetSpec | None,
    origin: Origin,
    columns: Sequence[ColumnSpec],
    problem: Problem,
) -> tuple[DatasetSpec, list[Fault], list[str]]:
    """Merge declaration, job and what the values showed.

    Returns:
        The declaration with every column, faults of the split rule, and notes.
    """
    split, notes = _split(request, spec, columns)
    own = _declared(request, spec, origin) if spec else _own_spec(request, origin, columns, problem)
    update: dict[str, object] = {"columns": tuple(columns), "problem": problem, "split": split}
    update |= {key: value for key in ("title", "subjects") if (value := getattr(request, key))}
    if request.licence:
        update["source"] = own.source.model_copy(update={"licence": request.licence})
    return own.model_copy(update=update), _split_faults(split, columns), notes


def _declared(request: DatasetRequest, spec: DatasetSpec, origin: Origin) -> DatasetSpec:
    """The declaration; of data of one's own it says the columns, and nothing of where they are from."""
    if not is_own(request):
        return spec
    title = request.title or f"{shown(origin.name)}, read as {spec.title}"
    return spec.model_copy(
        update={
            "title": title,
            "summary": f"Data of one's own, in the form that {spec.key} declares.",
            "source": Source(title=shown(origin.name), sha256=origin.sha256),
            "caveats": (),
            "fit_for": "",
        }
    )


def _own_spec(
    request: DatasetRequest, origin: Origin, columns: Sequence[ColumnSpec], problem: Problem
) -> DatasetSpec:
    beside = origin.beside
    title = request.title or origin.name
    return DatasetSpec(
        key=OWN_KEY,
        title=title,
        summary=beside.summary,
        problem=problem,
        columns=tuple(columns),
        source=Source(title=title, sha256=origin.sha256),
        resource=f"own:{shown(origin.name)}",
        subjects=request.subjects or "people",
        quasi_identifiers=beside.quasi_identifiers,
        leaks=beside.leaks,
        caveats=beside.caveats,
        fit_for=beside.fit_for,
        not_fit_for=beside.not_fit_for,
    )


def _split(
    request: DatasetRequest, spec: DatasetSpec | None, columns: Sequence[ColumnSpec]
) -> tuple[SplitRule, list[str]]:
    """The stated rule; else by entity or by time where such a column is named."""
    if request.split is not None:
        return request.split, []
    if spec is not None:
        return spec.split, []
    roles = {column.role for column in columns}
    for kind, role in NEEDED.items():
        if role in roles:
            note = f"rows are divided by {role.value}, for such a column is named (split.kind overrules)"
            return SplitRule(kind=kind), [note]
    return SplitRule(), []


def _split_faults(split: SplitRule, columns: Sequence[ColumnSpec]) -> list[Fault]:
    needed = NEEDED.get(split.kind)
    if needed is None or any(column.role is needed for column in columns):
        return []
    message = f"a split by {needed.value} needs a column with that role, however: none is named"
    return [Fault("dataset.split", message, f"{needed.value} = '...' names it")]
