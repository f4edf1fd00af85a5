"""What is stated of the data: a datasheet of seven groups, blanks printed as "not stated"."""

from __future__ import annotations

from typing import Any

from testamur.audit.findings import exact, json_file
from testamur.audit.inputs import all_rows
from testamur.contracts.check import AuditInput, CheckOutcome, CheckSpec, Need
from testamur.contracts.dataset import DatasetSpec, ProblemKind, Role
from testamur.contracts.datasheet import QUESTIONS
from testamur.contracts.finding import Section, Unit
from testamur.contracts.job import Purpose

NOT_STATED = "not stated"
_FILE = "datasheet.json"
_GROUPS = tuple(dict.fromkeys(group for group, _, _ in QUESTIONS))

DATASHEET = CheckSpec(
    key="core.data.datasheet",
    section=Section.DATA,
    title="Datasheet",
    question="Is it stated what the data are, where they come from and what they may be used for?",
    formula="questions answered by the declaration, the data or the job's purpose / questions, per group",
    citation="Gebru et al. 2021, Datasheets for Datasets, CACM 64:12",
    needs=(Need.DATA,),
    problems=tuple(ProblemKind),
    run="testamur.audit.datasheet:run",
    golden="testamur.audit.golden_data:datasheet_cases",
)


def run(given: AuditInput) -> CheckOutcome:
    """Every question with its answer, and the share answered in each group."""
    answers = _answers(given)
    fields = [(group, key, question, answers.get(key, "").strip()) for group, key, question in QUESTIONS]
    found = [_stated("", [answer for *_, answer in fields])]
    trees = []
    for group in _GROUPS:
        mine = [field for field in fields if field[0] == group]
        found.append(_stated(group, [answer for *_, answer in mine]))
        rows = [
            {"key": key, "question": question, "answer": answer or NOT_STATED, "stated": bool(answer)}
            for _, key, question, answer in mine
        ]
        trees.append({"group": group, "fields": rows})
    return CheckOutcome(tuple(found), (json_file(_FILE, {"groups": trees}, "Datasheet of the data"),))


def _stated(group: str, answers: list[str]) -> Any:
    stated, n = sum(bool(answer) for answer in answers), len(answers)
    return exact(
        DATASHEET.key,
        "stated_share",
        "questions of the datasheet that are answered",
        stated / n,
        Unit.SHARE,
        subject=group,
        evidence=_FILE,
        note=f"{stated} of {n} questions",
    )


def _answers(given: AuditInput) -> dict[str, str]:
    """What the declaration says in its own words, else what follows from declaration, data and purpose."""
    spec, purpose = given.table.spec, given.purpose or Purpose()
    found = _of_declaration(spec) | _of_rows(given) | _of_purpose(spec, purpose)
    return found | {key: text for key, text in spec.datasheet.items() if text.strip()}


def _of_declaration(spec: DatasetSpec) -> dict[str, str]:
    source = spec.source
    names = {role: [c.label or c.name for c in spec.columns if c.role is role] for role in Role}
    entity = ", ".join(names[Role.ENTITY])
    event = f": {spec.problem.event}" if spec.problem.event else ""
    return {
        "creator": source.attribution or source.citation,
        "instances": spec.subjects,
        "columns": _listed(names[Role.FEATURE], "features"),
        "target": f"{spec.problem.target} ({spec.problem.kind}){event}",
        "groups": ", ".join(names[Role.PROTECTED]),
        "relations": f"rows with the same {entity} belong together" if entity else "",
        "identifying": ", ".join(spec.quasi_identifiers),
        "errors": " ".join(spec.leaks.values()),
        "acquired": source.citation,
        "fit": spec.fit_for,
        "unfit": spec.not_fit_for,
        "caveats": " ".join(spec.caveats),
        "source": " · ".join(text for text in (source.title, source.url) if text),
        "licence": "" if source.licence == NOT_STATED else source.licence,
    }


def _of_rows(given: AuditInput) -> dict[str, str]:
    table = given.table
    n_train, n_validation, n_test = (part.n_rows for part in all_rows(table))
    n = n_train + n_validation + n_test
    divided = f"{n_train} for training, {n_validation} for validation, {n_test} for the test"
    return {
        "size": f"{n} rows: {divided} ({table.spec.split.kind})",
        "reading": " ".join(f"{note}." for note in table.notes) or "nothing",
        "digest": f"SHA-256 {table.sha256}",
    }


def _of_purpose(spec: DatasetSpec, purpose: Purpose) -> dict[str, str]:
    return {
        "purpose": purpose.intended or spec.summary,
        "instances": purpose.data_subjects or spec.subjects,
        "excluded": purpose.excluded,
        "consent": f"legal basis: {purpose.legal_basis}" if purpose.legal_basis else "",
        "controller": purpose.controller,
        "retention": purpose.retention,
    }


def _listed(names: list[str], words: str, most: int = 30) -> str:
    if not names:
        return ""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{len(names)} {words}: {', '.join(names[:most])}{more}"


CHECKS: tuple[CheckSpec, ...] = (DATASHEET,)
