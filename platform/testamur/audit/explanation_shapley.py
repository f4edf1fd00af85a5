"""Shapley values of drawn people: what each column adds on average, and local reasons for each of them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from testamur.audit.coded_rows import coded
from testamur.audit.explanation import SHAPLEY
from testamur.audit.findings import done, json_file, not_estimable, slug
from testamur.audit.inputs import generator
from testamur.audit.interval import mean_estimate
from testamur.audit.one_class import Answered, stated_classes
from testamur.audit.primary import too_few
from testamur.audit.raw_values import decode_numbers, in_words, level_name
from testamur.audit.reasons import Reasons, Sampling, find_reasons
from testamur.audit.skip import Skip
from testamur.audit.tried_rows import reason_against, take_rows
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, EvidenceFile, Finding, Unit
from testamur.contracts.table import RowsPart

_FILE, _SINGLE = "contributions.json", "reasons.json"
_MOST_PEOPLE, _FEWEST_PEOPLE, _MOST_FINDINGS = 40, 20, 30
_MOST_ASKED = 10_000
_SEEDS = 2
_REFERENCE = 500  # training rows that stand for everyone
_LABEL = "mean absolute contribution to the answer"
_OF_STATED = "mean absolute contribution to the probability of the class that is stated"
_MOST_CLASSES, _MOST_OF_CLASS = 6, 3  # whose contributions are findings; all are in the evidence


def run(given: AuditInput) -> CheckOutcome:
    """Mean |phi| of every column over drawn people; their own reasons go into restricted evidence."""
    own, given = given.predictor is not None, coded(given)
    reason = reason_against(given)
    if reason or given.predictor is None:
        raise Skip(CheckStatus.NOT_APPLICABLE, reason)
    unit = Unit.TARGET if given.table.problem.kind is ProblemKind.REGRESSION else Unit.POINTS
    reason = too_few(given) or _no_reference(given)
    if reason:
        return CheckOutcome((not_estimable(SHAPLEY.key, "contribution", _LABEL, reason, unit),))
    rng = generator(given, SHAPLEY.key)
    people, sampling = _plan(given, rng)
    reference = take_rows(given.table.train, rng.permutation(given.table.train.n_rows)[:_REFERENCE])
    start = "a training row" if own else "an examined row"
    if given.table.problem.kind is ProblemKind.MULTICLASS:
        return _of_classes(given, people, reference, sampling, start)
    reasons = find_reasons(given.predictor, given.table, people, reference, sampling=sampling)
    found, tree = _on_average(given, reasons, unit, start)
    return CheckOutcome(
        tuple(found),
        (json_file(_FILE, tree, "Mean contributions of columns"), _single(given, people, reasons)),
    )


def _of_classes(
    given: AuditInput, people: RowsPart, reference: RowsPart, sampling: Sampling, start: str
) -> CheckOutcome:
    """Of each person the probability of the class that is stated; then the probability of every class.

    The model answers for all classes at once: further classes cost no further question.
    """
    assert given.predictor is not None
    answered = Answered(given.predictor)
    stated = stated_classes(given.predictor.predict(people))
    by_class = {
        k: find_reasons(answered.of_class(k), given.table, people, reference, sampling=sampling)
        for k in range(len(given.table.classes))
    }
    own = [by_class[int(k)][i] for i, k in enumerate(stated)]
    found, tree = _on_average(given, own, Unit.POINTS, start, label=_OF_STATED)
    trees = []
    for k in _most_common(given):
        name = given.table.classes[k]
        label = f"mean absolute contribution to the probability of {name}"
        mine, part = _on_average(given, by_class[k], Unit.POINTS, start, label=label)
        measure = f"contribution_to_{slug(name)}"
        found += [f.model_copy(update={"measure": measure}) for f in mine[:_MOST_OF_CLASS]]
        trees.append({"name": name, "columns": part["columns"]})
    names = tuple(given.table.classes[int(k)] for k in stated)
    return CheckOutcome(
        tuple(found),
        (
            json_file(_FILE, {**tree, "classes": trees}, "Mean contributions of columns"),
            _single(given, people, own, names),
        ),
    )


def _most_common(given: AuditInput) -> list[int]:
    """Codes of the classes that most test rows have."""
    counts = np.bincount(np.asarray(given.table.test.target, np.int64), minlength=len(given.table.classes))
    return np.argsort(-counts, kind="stable")[:_MOST_CLASSES].tolist()


def _no_reference(given: AuditInput) -> str:
    few = given.table.train.n_rows < _FEWEST_PEOPLE
    return "too few training rows that a person could be compared with" if few else ""


def _plan(given: AuditInput, rng: np.random.Generator) -> tuple[RowsPart, Sampling]:
    """Drawn test rows, and walks for each so that the questions to the model stay within the bound."""
    n_features, n = len(given.table.features), given.table.test.n_rows
    per_pair = 2 * (n_features + 1) * _SEEDS
    n_people = int(np.clip(_MOST_ASKED // (2 * per_pair), _FEWEST_PEOPLE, min(_MOST_PEOPLE, n)))
    n_pairs = int(np.clip(_MOST_ASKED // (n_people * per_pair), 1, 24))
    people = take_rows(given.table.test, np.sort(rng.permutation(n)[:n_people]))
    return people, Sampling(n_pairs=n_pairs, n_seeds=_SEEDS, seed=given.seed, n_top=3)


def _on_average(
    given: AuditInput, reasons: list[Reasons], unit: Unit, start: str, *, label: str = _LABEL
) -> tuple[list[Finding], dict[str, Any]]:
    size = np.abs(np.stack([r.contributions for r in reasons]))  # (n_people, p)
    errors = np.sqrt(np.mean(np.stack([r.errors for r in reasons]) ** 2, axis=0))
    names, level = reasons[0].names, given.policy.level
    estimates = [mean_estimate(column, level, len(names)) for column in size.T]
    order = sorted(range(len(names)), key=lambda j: (-estimates[j].value, names[j]))
    note = (
        f"{len(reasons)} test rows drawn at random, {reasons[0].n_walks} walks each from {start}; "
        "sampling error of a single contribution, root mean square: "
    )
    found = [
        done(
            SHAPLEY.key,
            "contribution",
            label,
            estimates[j],
            unit,
            subject=names[j],
            simultaneous=True,
            level=level,
            evidence=_FILE,
            note=f"{note}{errors[j]:.2g}",
        )
        for j in order[:_MOST_FINDINGS]
    ]
    columns = [
        {
            "name": names[j],
            "value": estimates[j].value,
            "low": estimates[j].low,
            "high": estimates[j].high,
            "sampling_error": errors[j],
        }
        for j in order
    ]
    return found, {"n": len(reasons), "n_walks": reasons[0].n_walks, "level": level, "columns": columns}


def _single(
    given: AuditInput, people: RowsPart, reasons: list[Reasons], classes: tuple[str, ...] = ()
) -> EvidenceFile:
    """Each drawn person's answer (the probability of a class, where several are stated) and its reasons."""
    told = [
        {
            "row": int(people.row[i]),
            **({"class": classes[i]} if classes else {}),
            "answer": own.output,
            "usual": own.base,
            "agreement": own.agreement,
            "reasons": [_reason(given, people, i, own, int(j)) for j in own.order()[:6]],
        }
        for i, own in enumerate(reasons)
    ]
    content = json.dumps({"people": told}, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    words = "Local reasons of drawn people: what each column adds to the answer, against other rows"
    return EvidenceFile(_SINGLE, f"{content}\n".encode(), restricted=True, description=words)


def _reason(given: AuditInput, people: RowsPart, i: int, own: Reasons, j: int) -> dict[str, Any]:
    return {
        "column": own.names[j],
        "value": _value(given, people, i, j),
        "adds": float(own.contributions[j]),
        "error": float(own.errors[j]),
    }


def _value(given: AuditInput, people: RowsPart, i: int, j: int) -> str:
    table, k = given.table, people.numeric.shape[1]
    if j >= k:
        return in_words(table, j, level_name(table, j, int(people.categorical[i, j - k])))
    if people.missing[i, j]:
        return "missing"
    number = float(decode_numbers(table, j, people.numeric[i, j : j + 1])[0])
    return in_words(table, j, float(f"{number:.6g}"))
