"""Importance of what rows that look back are shown: channels and columns of windows, items and answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.audit.explanation import IMPORTANCE
from testamur.audit.findings import done, json_file
from testamur.audit.inputs import generator
from testamur.audit.interval import Estimate, Ints
from testamur.audit.past_budget import plan_past
from testamur.audit.past_exchange import (
    exchange_answers,
    exchange_asked,
    exchange_channel,
    exchange_feature,
    exchange_items,
    varies,
)
from testamur.audit.past_shape import Shape, channels_of, shape_of
from testamur.audit.primary import Scored, average, primary_of
from testamur.audit.shuffle_influence import over_shuffles
from testamur.audit.tried_past import TriedPast
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.table import RowsPart

_FILE = "importance.json"
_MOST_SHUFFLES, _MOST_FINDINGS = 3, 30
ASKED, ITEMS, ANSWERS = "item that is asked", "items of the past", "answers of the past"
Made = Callable[[Ints], RowsPart]  # from whose channel comes to each row


@dataclass(frozen=True, slots=True)
class _Found:
    name: str
    loss: Scored
    by_shuffle: tuple[float, ...]
    estimate: Estimate


def label_of(given: AuditInput) -> str:
    """What a finding of importance tells."""
    primary = primary_of(given)
    windows = shape_of(given.table) is Shape.WINDOWS
    how = "it comes from another window" if windows else "they are dealt out anew among the rows"
    return f"{primary.way} of the {primary.label} when {how}"


def run_past(given: AuditInput, shape: Shape) -> CheckOutcome:
    """Importance of each channel and column of a window, or of items and answers, with joint intervals."""
    rng = generator(given, IMPORTANCE.key)
    n_variants = _count(given, shape)
    rows, n_shuffles = plan_past(given, rng, n_variants, _MOST_SHUFFLES)
    forecast = given.table.problem.kind is ProblemKind.FORECAST
    before = rows.score(rows.part)
    named = _windows(given, rows, forecast) if shape is Shape.WINDOWS else _answers(rows, rng)
    found = []
    for name, made in named:
        orders = [rng.permutation(rows.n) for _ in range(n_shuffles)]
        losses = [rows.primary.loss(before, rows.score(made(order))) for order in orders]
        loss = over_shuffles(losses, orders) if shape is Shape.WINDOWS else average(losses)
        estimate = rows.estimate(loss, given.policy.level, len(named))
        found.append(_Found(name, loss, tuple(each.value for each in losses), estimate))
    found.sort(key=lambda f: (-f.loss.value, f.name))
    tree = _tree(given, rows, found, n_shuffles)
    file = json_file(_FILE, tree, "Importance of what is shown")
    return CheckOutcome(tuple(_findings(given, rows, found, n_shuffles)), (file,))


def _count(given: AuditInput, shape: Shape) -> int:
    log = given.table.test.history
    assert log is not None
    return log.values.shape[1] + len(given.table.features) if shape is Shape.WINDOWS else 3


def _windows(given: AuditInput, rows: TriedPast, forecast: bool) -> list[tuple[str, Made]]:
    """Channels, then the columns of the last row that differ between the rows."""

    def channel(place: int) -> Made:
        return lambda order: exchange_channel(rows, place, order, forecast=forecast)

    def feature(place: int) -> Made:
        return lambda order: exchange_feature(rows, place, order)

    named = [(name, channel(place)) for place, name in enumerate(channels_of(given.table))]
    named += [(f.name, feature(i)) for i, f in enumerate(given.table.features) if varies(rows, i)]
    return named


def _answers(rows: TriedPast, rng: np.random.Generator) -> list[tuple[str, Made]]:
    """What is dealt out anew among the steps of all rows; whose row a step comes from is not followed."""
    return [
        (ASKED, lambda _: exchange_asked(rows, rng)),
        (ITEMS, lambda _: exchange_items(rows, rng)),
        (ANSWERS, lambda _: exchange_answers(rows, rng)),
    ]


def _findings(given: AuditInput, rows: TriedPast, found: Sequence[_Found], n_shuffles: int) -> list[Any]:
    times = "dealt out once" if n_shuffles == 1 else f"dealt out {n_shuffles} times"
    note = "; ".join(part for part in (times, rows.note) if part)
    return [
        done(
            IMPORTANCE.key, "importance", label_of(given), f.estimate, rows.primary.unit, subject=f.name,
            simultaneous=True, note=note, level=given.policy.level, evidence=_FILE,
        )
        for f in found[:_MOST_FINDINGS]
    ]  # fmt: skip


def _tree(given: AuditInput, rows: TriedPast, found: Sequence[_Found], n_shuffles: int) -> dict[str, Any]:
    return {
        "measure": rows.primary.measure,
        "label": rows.primary.label,
        "way": rows.primary.way,
        "shape": rows.shape.value,
        "n": rows.n,
        "n_test": rows.n_test,
        "n_shuffles": n_shuffles,
        "level": given.policy.level,
        "columns": [
            {
                "name": f.name,
                "value": f.estimate.value,
                "low": f.estimate.low,
                "high": f.estimate.high,
                "by_shuffle": list(f.by_shuffle),
            }
            for f in found
        ],
        "stability": None,
    }
