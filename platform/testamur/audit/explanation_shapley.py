"""Shapley values of drawn people: what each column adds on average, and local reasons for each of them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from testamur.audit.explanation import ONE_OUTPUT, SHAPLEY
from testamur.audit.findings import done, json_file, not_estimable
from testamur.audit.inputs import generator
from testamur.audit.interval import mean_estimate
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


def run(given: AuditInput) -> CheckOutcome:
    """Mean |phi| of every column over drawn people; their own reasons go into restricted evidence."""
    reason = reason_against(given)
    if not reason and given.table.problem.kind not in ONE_OUTPUT:
        reason = "several classes have no single answer to divide; the importance of columns is measured"
    if reason or given.predictor is None:
        raise Skip(CheckStatus.NOT_APPLICABLE, reason)
    unit = Unit.POINTS if given.table.problem.kind is ProblemKind.BINARY else Unit.TARGET
    reason = too_few(given) or _no_reference(given)
    if reason:
        return CheckOutcome((not_estimable(SHAPLEY.key, "contribution", _LABEL, reason, unit),))
    rng = generator(given, SHAPLEY.key)
    people, sampling = _plan(given, rng)
    reference = take_rows(given.table.train, rng.permutation(given.table.train.n_rows)[:_REFERENCE])
    reasons = find_reasons(given.predictor, given.table, people, reference, sampling=sampling)
    found, tree = _on_average(given, reasons, unit)
    return CheckOutcome(
        tuple(found),
        (json_file(_FILE, tree, "Mean contributions of columns"), _single(given, people, reasons)),
    )


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
    given: AuditInput, reasons: list[Reasons], unit: Unit
) -> tuple[list[Finding], dict[str, Any]]:
    size = np.abs(np.stack([r.contributions for r in reasons]))  # (n_people, p)
    errors = np.sqrt(np.mean(np.stack([r.errors for r in reasons]) ** 2, axis=0))
    names, level = reasons[0].names, given.policy.level
    estimates = [mean_estimate(column, level, len(names)) for column in size.T]
    order = sorted(range(len(names)), key=lambda j: (-estimates[j].value, names[j]))
    note = (
        f"{len(reasons)} test rows drawn at random, {reasons[0].n_walks} walks each from a training row; "
        "sampling error of a single contribution, root mean square: "
    )
    found = [
        done(
            SHAPLEY.key,
            "contribution",
            _LABEL,
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


def _single(given: AuditInput, people: RowsPart, reasons: list[Reasons]) -> EvidenceFile:
    """Each drawn person's answer and the columns that move it most, with the error of each."""
    told = [
        {
            "row": int(people.row[i]),
            "answer": own.output,
            "usual": own.base,
            "agreement": own.agreement,
            "reasons": [_reason(given, people, i, own, int(j)) for j in own.order()[:6]],
        }
        for i, own in enumerate(reasons)
    ]
    content = json.dumps({"people": told}, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    words = "Local reasons of drawn people: what each column adds to the answer, against training rows"
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
