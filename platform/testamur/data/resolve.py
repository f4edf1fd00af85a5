"""The declaration as it holds after the job's overrides: one for registered data and for one's own."""

from __future__ import annotations

from collections.abc import Sequence

from testamur.contracts.dataset import (
    ColumnSpec,
    DatasetSpec,
    Problem,
    ProblemKind,
    Role,
    Source,
    SplitKind,
    SplitRule,
)
from testamur.contracts.errors import Problem as Fault
from testamur.contracts.job import DatasetRequest
from testamur.data.origin import Origin, is_own
from testamur.data.series import is_windowed
from testamur.data.wording import shown

OWN_KEY = "own.data"
NEEDED = {  # in the order of preference
    SplitKind.ENTITY: Role.ENTITY,
    SplitKind.TIME: Role.TIME,
    SplitKind.LEAVE_LAST: Role.ENTITY,
}
_OF_ROWS = (ProblemKind.BINARY, ProblemKind.MULTICLASS, ProblemKind.REGRESSION)
OF_RANKINGS = (SplitKind.LEAVE_LAST, SplitKind.TIME, SplitKind.ENTITY)


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
    split, notes = _split(request, spec, columns, problem)
    own = _declared(request, spec, origin) if spec else _own_spec(request, origin, columns, problem)
    update: dict[str, object] = {"columns": tuple(columns), "problem": problem, "split": split}
    update |= {key: value for key in ("title", "subjects") if (value := getattr(request, key))}
    if problem.kind is ProblemKind.RANKING:
        update["subjects"] = _choices_of(str(update.get("subjects", own.subjects)))
    if request.windows is not None:
        update["windows"] = request.windows
    if is_windowed(problem.kind, request.windows or own.windows):
        update["subjects"] = f"windows of {update.get('subjects', own.subjects)}"  # a row is a window
    elif problem.kind in _OF_ROWS and own.key == OWN_KEY and not request.subjects and _shared(columns):
        update["subjects"] = "rows"  # several of one person: whom a row is about nobody has said
    if request.licence:
        update["source"] = own.source.model_copy(update={"licence": request.licence})
    faults = [*_split_faults(split, columns, problem), *_horizon_faults(problem)]
    return own.model_copy(update=update), faults, notes


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


def _shared(columns: Sequence[ColumnSpec]) -> bool:
    """Whether rows may share a person."""
    return any(column.role is Role.ENTITY for column in columns)


def _choices_of(subjects: str) -> str:
    """What the rows of a ranking are, in the plural: a row is a choice, not a person."""
    if subjects.startswith("choices"):
        return subjects
    return "choices" if subjects == "people" else f"choices of {subjects}"


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
        datasheet=beside.datasheet,
    )


def _split(
    request: DatasetRequest, spec: DatasetSpec | None, columns: Sequence[ColumnSpec], problem: Problem
) -> tuple[SplitRule, list[str]]:
    """The stated rule; rankings leave the last out, forecasts roll; else by a named entity or time."""
    stated = request.split or (spec.split if spec is not None else None)
    if problem.kind is ProblemKind.FORECAST:
        rule = stated or SplitRule()
        if "kind" in rule.model_fields_set and rule.kind is not SplitKind.TIME:
            return rule, []
        return rule.model_copy(update={"kind": SplitKind.ROLLING}), []
    if request.split is not None:
        return request.split, []
    declared = None if spec is None else spec.split
    if problem.kind is ProblemKind.RANKING and declared in (None, SplitRule()):
        return SplitRule(kind=SplitKind.LEAVE_LAST), []
    if declared is not None:
        return declared, []
    roles = {column.role for column in columns}
    for kind, role in NEEDED.items():
        if role in roles:
            note = f"rows are divided by {role.value}, for such a column is named (split.kind overrules)"
            return SplitRule(kind=kind), [note]
    return SplitRule(), []


def _horizon_faults(problem: Problem) -> list[Fault]:
    if problem.kind is not ProblemKind.FORECAST:
        return []
    faults = []
    if problem.horizon is None:
        message = "a forecast states how many steps it looks ahead, however: no horizon is given"
        faults.append(Fault("dataset.horizon", message, "horizon = 28, say"))
    levels = problem.quantiles
    if any(not 0 < q < 1 for q in levels) or list(levels) != sorted(set(levels)):
        message = "quantiles between 0 and 1 are required, each greater than the one before"
        faults.append(Fault("dataset.quantiles", message))
    return faults


def _split_faults(split: SplitRule, columns: Sequence[ColumnSpec], problem: Problem) -> list[Fault]:
    roles = {column.role for column in columns}
    if problem.kind is ProblemKind.FORECAST and split.kind is not SplitKind.ROLLING:
        message = f"a forecast is divided by rolling origins, however: {split.kind.value}"
        return [Fault("dataset.split.kind", message, "leave it out, or kind = 'rolling'")]
    if problem.kind is ProblemKind.RANKING:
        return _ranking_faults(split, roles)
    if split.kind is SplitKind.LEAVE_LAST:
        message = f"a split by '{split.kind.value}' belongs to rankings, however: {problem.kind.value}"
        return [Fault("dataset.split", message, "split by entity or by time")]
    needed = NEEDED.get(split.kind)
    if needed is None or needed in roles:
        return []
    message = f"a split by {needed.value} needs a column with that role, however: none is named"
    return [Fault("dataset.split", message, f"{needed.value} = '...' names it")]


def _ranking_faults(split: SplitRule, roles: set[Role]) -> list[Fault]:
    """Whose choices they are must be known, and no part may look into the future of another."""
    faults = []
    if Role.ENTITY not in roles:
        message = "a ranking needs the column that says who chose, however: no entity is named"
        faults.append(Fault("dataset.entity", message, "entity = '...' names it"))
    if split.kind not in OF_RANKINGS:
        known = ", ".join(f"'{kind.value}'" for kind in OF_RANKINGS)
        message = f"a ranking is divided by {known}, however: '{split.kind.value}'"
        faults.append(Fault("dataset.split", message, "leave dataset.split out"))
    elif NEEDED[split.kind] not in roles | {Role.ENTITY}:
        message = f"a split by {split.kind.value} needs a column with that role, however: none is named"
        faults.append(Fault("dataset.split", message, f"{NEEDED[split.kind].value} = '...' names it"))
    return faults
