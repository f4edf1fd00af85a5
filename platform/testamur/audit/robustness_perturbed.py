"""The primary measure under noise, missing values and misspelt categories, against the rows as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from testamur.audit import robustness_past, robustness_raw
from testamur.audit.findings import done, json_file, not_estimable
from testamur.audit.inputs import generator
from testamur.audit.interval import critical_value
from testamur.audit.made_rows import Cells
from testamur.audit.past_budget import draws_of
from testamur.audit.past_shape import shape_of
from testamur.audit.perturb import spreads, with_missing, with_noise, with_typos
from testamur.audit.primary import Scored, average, estimate_of, primary_of, too_few
from testamur.audit.robustness import MISSING, NOISE, TYPOS
from testamur.audit.robustness_past import measure_name
from testamur.audit.skip import Skip
from testamur.audit.tried_rows import TriedRows, reason_against, tried_rows
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import CheckStatus, Finding

MOST_ROWS = 1500
_NOISE = (0.05, 0.1, 0.2)
_SHARES = (0.05, 0.1, 0.2)
Perturb = Callable[[Cells, float, np.random.Generator], Cells]


def run_noise(given: AuditInput) -> CheckOutcome:
    """Normal noise on every number, in standard deviations of the column or channel."""
    if given.predictor is None:
        return robustness_raw.run_noise(given)
    if shape_of(given.table) is not None:
        return robustness_past.run_noise(given)
    _refuse(given, "the model sees no number that could be slightly off", given.table.n_numeric)
    scale = spreads(given.table)
    if not scale.any():
        raise Skip(CheckStatus.NOT_APPLICABLE, "the model sees no number that varies in training")

    def perturb(cells: Cells, level: float, rng: np.random.Generator) -> Cells:
        return with_noise(given.table, cells, level * scale, rng)

    return _outcome(given, NOISE.key, "noise.json", _NOISE, perturb, "noise of {:g} sd")


def run_missing(given: AuditInput) -> CheckOutcome:
    """Cells lost at random, or values of windows."""
    if given.predictor is None:
        return robustness_raw.run_missing(given)
    if shape_of(given.table) is not None:
        return robustness_past.run_missing(given)
    _refuse(given, "the model has no features", len(given.table.features))

    def perturb(cells: Cells, level: float, rng: np.random.Generator) -> Cells:
        return with_missing(given.table, cells, level, rng)

    return _outcome(
        given, MISSING.key, "missing_values.json", _SHARES, perturb, "{percent:g} % of cells missing"
    )


def run_typos(given: AuditInput) -> CheckOutcome:
    """Categories that training never saw."""
    if given.predictor is None:
        return robustness_raw.run_typos(given)
    n_categorical = len(given.table.features) - given.table.n_numeric
    _refuse(given, "the model sees no category that could be misspelt", n_categorical)

    def perturb(cells: Cells, level: float, rng: np.random.Generator) -> Cells:
        return with_typos(cells, level, rng)

    return _outcome(given, TYPOS.key, "typos.json", _SHARES, perturb, "{percent:g} % of categories misspelt")


def _refuse(given: AuditInput, words: str, n_columns: int) -> None:
    reason = reason_against(given) or ("" if n_columns else words)
    if reason:
        raise Skip(CheckStatus.NOT_APPLICABLE, reason)


def losses(
    rows: TriedRows, levels: Sequence[float], perturb: Perturb, rng: np.random.Generator
) -> list[Scored]:
    """How much worse the primary measure is at each level, averaged over a few draws."""
    before, n_draws = rows.score(rows.cells), draws_of(rows.n)

    def at(level: float) -> Scored:
        said = [rows.score(perturb(rows.cells, level, rng)) for _ in range(n_draws)]
        return average([rows.primary.loss(before, each) for each in said])

    return [at(level) for level in levels]


def _outcome(
    given: AuditInput, check: str, file: str, levels: Sequence[float], perturb: Perturb, words: str
) -> CheckOutcome:
    measure, label = measure_name(given)
    reason = too_few(given)
    unit = primary_of(given).unit
    if reason:
        return CheckOutcome((not_estimable(check, measure, label, reason, unit, n=given.table.test.n_rows),))
    rng = generator(given, check)
    rows = tried_rows(given, rng, most=MOST_ROWS)
    found = losses(rows, levels, perturb, rng)
    named = [(words.format(x, percent=100 * x), s) for x, s in zip(levels, found, strict=True)]
    return told(given, check, file, rows, named)


def told(
    given: AuditInput, check: str, file: str, rows: TriedRows, named: Sequence[tuple[str, Scored]]
) -> CheckOutcome:
    """Findings and evidence of losses by what was done to the rows, with joint intervals."""
    measure, label = measure_name(given)
    z = critical_value(given.policy.level, len(named))
    common: dict[str, Any] = {"level": given.policy.level, "evidence": file, "simultaneous": True}
    findings: list[Finding] = []
    for subject, scored in named:
        estimate = estimate_of(scored, z, rows.cluster)
        findings.append(
            done(
                check, measure, label, estimate, rows.primary.unit, subject=subject, note=rows.note, **common
            )
        )
    tree = {
        "measure": rows.primary.measure,
        "label": label,
        "before": rows.score(rows.cells).value,
        "n": rows.n,
        "n_test": rows.n_test,
        "level": given.policy.level,
        "changes": [{"name": f.subject, "value": f.value, "low": f.low, "high": f.high} for f in findings],
    }
    return CheckOutcome(tuple(findings), (json_file(file, tree, "Loss of the primary measure"),))
