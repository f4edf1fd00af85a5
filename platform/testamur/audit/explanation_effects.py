"""Accumulated local effects of the numbers that matter most, and what they depend on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from testamur.audit.coded_rows import coded
from testamur.audit.explanation import EFFECTS
from testamur.audit.findings import done, json_file, not_estimable
from testamur.audit.inputs import generator
from testamur.audit.interval import Floats, critical_value
from testamur.audit.local_effects import LocalEffects, local_effects
from testamur.audit.made_rows import Cells, make_part, output_of
from testamur.audit.one_class import Answered
from testamur.audit.primary import too_few
from testamur.audit.rank_correlation import spearman
from testamur.audit.raw_values import decode_numbers, described
from testamur.audit.skip import Skip
from testamur.audit.tried_rows import TriedRows, reason_against, tried_rows
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding, Unit
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import RowsTable

_FILE = "effects.json"
_MOST_ROWS, _MOST_CURVES, _SCREENED_ROWS = 700, 6, 60
_FEWEST_NEAR = 5  # rows whose mean stands for a place
_TIED = 0.5  # absolute rank correlation beyond which a curve alone tells half the story
Curve = tuple[int, int | None, LocalEffects]  # feature, class where there are several, its effects
_LABEL = "span of the answer while the column goes through its values"


def run(given: AuditInput) -> CheckOutcome:
    """The curves with the largest spans, with intervals of the spans from the errors of their steps."""
    own, given = given.predictor is not None, coded(given)
    reason = reason_against(given) or _other_reason(given)
    if reason:
        raise Skip(CheckStatus.NOT_APPLICABLE, reason)
    reason = too_few(given)
    unit = Unit.TARGET if given.table.problem.kind is ProblemKind.REGRESSION else Unit.POINTS
    if reason:
        return CheckOutcome((not_estimable(EFFECTS.key, "effect_span", _LABEL, reason, unit),))
    rng = generator(given, EFFECTS.key)
    rows = tried_rows(given, rng, most=_MOST_ROWS)
    curves = _curves(given.table, rows, rng)
    if not curves:
        raise Skip(CheckStatus.NOT_APPLICABLE, "no number takes two values in the test rows")
    found, trees = [], []
    for curve in curves:
        finding, tree = _told(given, rows, curve, unit, rng)
        found.append(finding)
        trees.append(tree if own else {**tree, "places": _among_others(given, rows.cells, curve)})
    tree = {"n": rows.n, "n_test": rows.n_test, "level": given.policy.level, "curves": trees}
    return CheckOutcome(tuple(found), (json_file(_FILE, tree, "Accumulated local effects"),))


def _other_reason(given: AuditInput) -> str:
    return "" if given.table.n_numeric else "an order of values is needed, and the model sees categories only"


def _curves(table: RowsTable, rows: TriedRows, rng: np.random.Generator) -> list[Curve]:
    """The numbers with the largest spans: a small screen first, then the chosen ones on all tried rows.

    Of several classes, the class whose probability moves most.
    """
    few = rows.cells.taken(rng.permutation(rows.n)[:_SCREENED_ROWS])
    n_classes = len(table.classes) if table.n_outputs > 1 else 0
    screened = [(j, found) for j in range(table.n_numeric) if (found := _largest(rows, few, j, n_classes))]
    chosen = sorted(screened, key=lambda pair: (-pair[1][1].span, pair[0]))[:_MOST_CURVES]
    made = [(j, _largest(rows, rows.cells, j, n_classes)) for j, _ in chosen]
    kept = [(j, *found) for j, found in made if found is not None]
    return sorted(kept, key=lambda curve: -curve[2].span)


def _largest(
    rows: TriedRows, cells: Cells, feature: int, n_classes: int
) -> tuple[int | None, LocalEffects] | None:
    """The effects of a number on the answer, or on the class that it moves most (with its code)."""
    if not n_classes:
        effects = local_effects(_asker(rows.predictor), cells, feature)
        return None if effects is None else (None, effects)
    answered = Answered(rows.predictor)
    found = [(k, local_effects(_asker(answered.of_class(k)), cells, feature)) for k in range(n_classes)]
    known = [(k, effects) for k, effects in found if effects is not None]
    return max(known, key=lambda pair: (pair[1].span, -pair[0])) if known else None


def _asker(predictor: Predictor) -> Callable[[Cells], Floats]:
    def ask(cells: Cells) -> Floats:
        return output_of(predictor.predict(make_part(cells)))

    return ask


def _told(
    given: AuditInput,
    rows: TriedRows,
    curve: Curve,
    unit: Unit,
    rng: np.random.Generator,
) -> tuple[Finding, dict[str, Any]]:
    table, level = given.table, given.policy.level
    feature, number, effects = curve
    of_class = None if number is None else table.classes[number]
    partner, rho = _tied_to(rows.cells, feature)
    tied = abs(rho) > _TIED
    other = table.features[partner].label if tied else ""
    estimate = effects.span_estimate(level, rng)
    notes = [f"rank correlation with {other}: {rho:.2f}; the two move together in the data" if tied else ""]
    notes += [rows.note, "" if of_class is None else f"probability of {of_class}, which moves most"]
    finding = done(
        EFFECTS.key,
        "effect_span",
        _LABEL,
        estimate,
        unit,
        subject=table.features[feature].name,
        level=level,
        evidence=_FILE,
        note="; ".join(part for part in notes if part),
    )
    z = critical_value(level)
    return finding, {
        "name": table.features[feature].name,
        "class": of_class,
        "places": list(decode_numbers(table, feature, effects.edges)),
        "is_time": described(table, feature).get("source") == "datetime",
        "effect": list(effects.curve),
        "low": list(effects.curve - z * effects.errors),
        "high": list(effects.curve + z * effects.errors),
        "n": effects.n_known,
        "tied_to": table.features[partner].name if tied else None,
        "correlation": rho if tied else None,
    }


def _among_others(given: AuditInput, cells: Cells, curve: Curve) -> list[float]:
    """The edges of a curve whose codes stand for single cells: means of the rows nearest to each.

    An encoder of ours has learnt its knots as means of many rows; codes of raw cells lead back to the cell.
    """
    feature, _, effects = curve
    codes = np.sort(cells.values[~cells.missing[:, feature], feature])
    values = decode_numbers(given.table, feature, codes)
    some = min(max(given.policy.minimum_cell, _FEWEST_NEAR), len(codes))
    nearest = [np.argsort(np.abs(codes - edge), kind="stable")[:some] for edge in effects.edges]
    return list(np.maximum.accumulate([float(np.mean(values[rows])) for rows in nearest]))


def _tied_to(cells: Cells, feature: int) -> tuple[int, float]:
    """The number whose rank correlation with this one is largest in absolute value; (feature, 0) if alone."""
    numbers = cells.values[:, : cells.n_numeric]
    rho = np.array([spearman(column, numbers[:, feature]) for column in numbers.T])
    rho[feature] = 0.0
    partner = int(np.argmax(np.abs(rho)))
    return partner, float(rho[partner])
