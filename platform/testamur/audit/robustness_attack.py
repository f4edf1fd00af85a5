"""Numbers moved against the model by the sign of the loss's gradient, within bounds in their spread."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from testamur.audit.findings import not_estimable
from testamur.audit.inputs import generator
from testamur.audit.interval import Floats
from testamur.audit.made_rows import Cells
from testamur.audit.perturb import moved, spreads
from testamur.audit.primary import primary_of, too_few
from testamur.audit.robustness import ATTACK
from testamur.audit.robustness_perturbed import measure_name, told
from testamur.audit.skip import Skip
from testamur.audit.tried_rows import TriedRows, reason_against, tried_rows
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import CheckStatus
from testamur.contracts.protocols import Gradients
from testamur.contracts.table import RowsTable

_FILE = "attack.json"
_MOST_ROWS = 400
_STEPS = 5
_STEP = 0.4  # of the bound: five steps reach twice as far as the bound allows


def run(given: AuditInput) -> CheckOutcome:
    """FGSM and PGD at each of the job's bounds."""
    reason = reason_against(given)
    if reason or given.gradients is None:
        raise Skip(CheckStatus.NOT_APPLICABLE, reason or "the model gives no gradients")
    scale = movable(given.table)
    if not scale.any():
        raise Skip(CheckStatus.NOT_APPLICABLE, "no number may change: all are immutable or constant")
    measure, label = measure_name(given)
    reason = too_few(given)
    if reason:
        finding = not_estimable(ATTACK.key, measure, label, reason, primary_of(given).unit)
        return CheckOutcome((finding,))
    rows = tried_rows(given, generator(given, ATTACK.key), most=_MOST_ROWS)
    before = rows.score(rows.cells)
    first = _signs(given.gradients, rows, rows.cells)
    named = []
    for bound in given.options.attack_bounds:
        one = moved(given.table, rows.cells, bound * scale * first)
        several = _projected(given, rows, bound * scale, first)
        for way, cells in (("FGSM", one), (f"PGD, {_STEPS} steps", several)):
            scored = rows.primary.loss(before, rows.score(cells))
            named.append((f"{way}, within {bound:g} sd", scored))
    outcome = told(given, ATTACK.key, _FILE, rows, named)
    note = _note(given.table, scale)
    return replace(
        outcome,
        findings=tuple(
            f.model_copy(update={"note": "; ".join(n for n in (note, f.note) if n)}) for f in outcome.findings
        ),
    )


def movable(table: RowsTable) -> Floats:
    """(n_numeric,) standard deviations of the numbers that somebody could change; 0 where one stays."""
    scale = spreads(table)
    still = {column.name for column in table.spec.columns if column.immutable}
    scale[np.array([feature.name in still for feature in table.features[: len(scale)]], dtype=bool)] = 0.0
    return scale


def _note(table: RowsTable, scale: Floats) -> str:
    n_still = int((scale == 0).sum())
    return f"{int((scale > 0).sum())} numbers were moved, {n_still} stay, categories too" if n_still else ""


def _signs(gradients: Gradients, rows: TriedRows, cells: Cells) -> Floats:
    """(n, n_numeric) direction in which each number raises the loss of its row.

    The encoding of numbers grows with them, so the sign is the same in the unit of the source.
    """
    found = gradients.input_gradient(rows.part_with(cells))
    return np.sign(found)


def _projected(given: AuditInput, rows: TriedRows, bound: Floats, first: Floats) -> Cells:
    """Several small steps, each row held within the bound (Madry et al. 2018), the worst visited kept.

    The worst by the row's own loss, so that a step too far does not help the model.
    """
    assert given.gradients is not None
    steps = _STEP * bound * first
    best = moved(given.table, rows.cells, steps)
    worst = _losses(rows, best)
    current = best
    for _ in range(_STEPS - 1):
        steps = np.clip(steps + _STEP * bound * _signs(given.gradients, rows, current), -bound, bound)
        current = moved(given.table, rows.cells, steps)
        now = _losses(rows, current)
        higher = now > worst
        worst = np.where(higher, now, worst)
        best = Cells(np.where(higher[:, None], current.values, best.values), best.missing, best.n_numeric)
    return best


def _losses(rows: TriedRows, cells: Cells) -> Floats:
    """(n,) loss of each row: squared error, or how improbable the true class is."""
    said = rows.predictor.predict(rows.part_with(cells))
    if said.probabilities is None:
        return np.asarray((np.asarray(said.values) - rows.target) ** 2, dtype=np.float64)
    return np.asarray(1.0 - said.probabilities[np.arange(rows.n), rows.target], dtype=np.float64)
