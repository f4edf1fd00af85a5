"""How far back the model looks: what is lost when a stretch of the past is another row's, or is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.audit.explanation import PAST
from testamur.audit.findings import done, json_file, not_estimable
from testamur.audit.inputs import generator
from testamur.audit.interval import Estimate, Ints
from testamur.audit.past_blocks import LATEST, blocks_of, words_of
from testamur.audit.past_budget import plan_past
from testamur.audit.past_exchange import exchange_steps
from testamur.audit.past_lost import with_latest_left_out, with_latest_only
from testamur.audit.past_shape import Shape, shape_of
from testamur.audit.primary import Scored, primary_of, too_few
from testamur.audit.shown_again import without_known
from testamur.audit.shuffle_influence import over_shuffles
from testamur.audit.skip import Skip
from testamur.audit.tried_past import TriedPast
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus
from testamur.contracts.table import RowsPart

_FILE = "past.json"
_MOST_SHUFFLES = 3
MEASURE = "past_importance"
Made = Callable[[Ints], RowsPart]  # from whose steps come to each row


@dataclass(frozen=True, slots=True)
class _Stretch:
    """One change of the past.

    Attributes:
        name: In words.
        first: Nearest step before the row, from 1.
        last: Farthest; None: to the beginning.
        made: Makes the rows.
        drawn: True where it is made at random.
    """

    name: str
    first: int
    last: int | None
    made: Made
    drawn: bool


def run(given: AuditInput) -> CheckOutcome:
    """The loss by each stretch of the past, with joint intervals.

    Raises:
        Skip: The rows do not look back.
    """
    shape = shape_of(given.table)
    if shape is None:
        raise Skip(CheckStatus.NOT_APPLICABLE, "the model sees plain rows, which have no past")
    label = label_of(given, shape)
    reason = too_few(given)
    if reason:
        n = given.table.test.n_rows
        return CheckOutcome((not_estimable(PAST.key, MEASURE, label, reason, primary_of(given).unit, n=n),))
    rng = generator(given, PAST.key)
    planned = len(_blocks(given)) if shape is Shape.WINDOWS else 2 * len(LATEST) + 1
    rows, n_shuffles = plan_past(given, rng, planned, _MOST_SHUFFLES)
    stretches = _exchanged(given, rows) if shape is Shape.WINDOWS else _left_out(rows)
    if not stretches:
        raise Skip(CheckStatus.NOT_APPLICABLE, "no test row has a past")
    before = _score(given, rows, rows.part)
    found = [_loss(given, rows, before, s, rng, n_shuffles) for s in stretches]
    estimates = [rows.estimate(loss, given.policy.level, len(found)) for loss in found]
    return _told(given, rows, label, stretches, estimates, n_shuffles)


def label_of(given: AuditInput, shape: Shape) -> str:
    """What a finding tells."""
    primary = primary_of(given)
    how = "these steps come from another window" if shape is Shape.WINDOWS else "this part is left out"
    return f"{primary.way} of the {primary.label} when {how}"


def _blocks(given: AuditInput) -> list[tuple[int, int]]:
    log, problem = given.table.test.history, given.table.problem
    assert log is not None
    return blocks_of(int((log.stop - log.start)[0]), problem.season or 1)


def _exchanged(given: AuditInput, rows: TriedPast) -> list[_Stretch]:
    forecast = given.table.problem.kind is ProblemKind.FORECAST

    def make(first: int, last: int) -> Made:
        return lambda order: exchange_steps(rows, first, last, order, forecast=forecast)

    return [
        _Stretch(words_of(first, last), first, last, make(first, last), True)
        for first, last in _blocks(given)
    ]


def _left_out(rows: TriedPast) -> list[_Stretch]:
    """The latest steps left out, then all but the latest; what changes no row is not tried."""
    longest = int((rows.log.stop - rows.log.start).max(initial=0))
    if not longest:
        return []

    def latest(k: int) -> Made:
        return lambda _: with_latest_left_out(rows, k)

    def only(k: int) -> Made:
        return lambda _: with_latest_only(rows, k)

    named = [(k, "the latest" if k == 1 else f"the latest {k}") for k in LATEST if k < longest]
    found = [_Stretch(f"without {words}", 1, k, latest(k), False) for k, words in named]
    found += [_Stretch(f"with {words} alone", k + 1, None, only(k), False) for k, words in named[::-1]]
    return [*found, _Stretch("without any past", 1, None, only(0), False)]


def _score(given: AuditInput, rows: TriedPast, part: RowsPart) -> Scored:
    """The primary measure; of lists, what was really chosen before is taken out of them in any case."""
    said = rows.ask(part)
    if rows.shape is Shape.CHOICES and not given.table.problem.repeats:
        said = without_known(said, rows.log)
    return rows.primary.score(said, rows.target)


def _loss(
    given: AuditInput,
    rows: TriedPast,
    before: Scored,
    stretch: _Stretch,
    rng: np.random.Generator,
    n_shuffles: int,
) -> Scored:
    orders = [rng.permutation(rows.n) for _ in range(n_shuffles if stretch.drawn else 1)]
    losses = [rows.primary.loss(before, _score(given, rows, stretch.made(order))) for order in orders]
    return over_shuffles(losses, orders) if stretch.drawn else losses[0]


def _told(
    given: AuditInput,
    rows: TriedPast,
    label: str,
    stretches: Sequence[_Stretch],
    estimates: Sequence[Estimate],
    n_shuffles: int,
) -> CheckOutcome:
    times = "dealt out once" if n_shuffles == 1 else f"dealt out {n_shuffles} times"
    note = "; ".join(part for part in (times if stretches[0].drawn else "", rows.note) if part)
    common: dict[str, Any] = {"level": given.policy.level, "evidence": _FILE, "note": note}
    common["simultaneous"] = True
    findings = tuple(
        done(PAST.key, MEASURE, label, e, rows.primary.unit, subject=s.name, **common)
        for s, e in zip(stretches, estimates, strict=True)
    )
    tree = {
        "measure": rows.primary.measure,
        "label": label,
        "shape": rows.shape.value,
        "step": given.table.problem.step,
        "n": rows.n,
        "n_test": rows.n_test,
        "level": given.policy.level,
        "stretches": [
            {"name": s.name, "first": s.first, "last": s.last, "value": e.value, "low": e.low, "high": e.high}
            for s, e in zip(stretches, estimates, strict=True)
        ],
    }
    return CheckOutcome(findings, (json_file(_FILE, tree, "Loss by stretches of the past"),))
