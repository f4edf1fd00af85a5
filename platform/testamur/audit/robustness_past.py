"""The primary measure when the past of a row is not quite as it was: noise, gaps, lost or mistaken steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from testamur.audit.findings import done, json_file, not_estimable
from testamur.audit.inputs import generator
from testamur.audit.past_budget import draws_of, plan_past
from testamur.audit.past_lost import (
    channel_spreads,
    with_answers_mistaken,
    with_gap,
    with_gaps,
    with_items_mistaken,
    with_noise,
    with_steps_lost,
    without_latest,
)
from testamur.audit.past_shape import Shape, shape_of
from testamur.audit.primary import Scored, average, primary_of, too_few
from testamur.audit.robustness import MISSING, NOISE, PAST
from testamur.audit.skip import Skip
from testamur.audit.tried_past import TriedPast
from testamur.audit.tried_raw import TriedRaw
from testamur.contracts.check import AuditInput, CheckOutcome, CheckSpec
from testamur.contracts.finding import CheckStatus
from testamur.contracts.table import RowsPart

NOISE_LEVELS, GAP_SHARES = (0.05, 0.1, 0.2), (0.05, 0.1, 0.2)
_BLOCKS, _LATEST = (0.1, 0.25, 0.5), 0.1
_LOST, _MISTAKEN = (0.1, 0.25, 0.5), (0.05, 0.1, 0.2)
Tried = TriedPast | TriedRaw
Way = tuple[str, Callable[[TriedPast, np.random.Generator], RowsPart]]


def run(given: AuditInput) -> CheckOutcome:
    """Stretches missing in windows; steps lost, items and answers mistaken in sequences.

    Raises:
        Skip: The rows do not look back.
    """
    shape = shape_of(given.table)
    if shape is None:
        raise Skip(CheckStatus.NOT_APPLICABLE, "the model sees plain rows, which have no past")
    return _outcome(given, PAST, "past_lost.json", _ways(shape))


def run_noise(given: AuditInput) -> CheckOutcome:
    """Normal noise on every step of every channel of a window.

    Raises:
        Skip: The past holds no numbers.
    """
    if shape_of(given.table) is not Shape.WINDOWS:
        raise Skip(CheckStatus.NOT_APPLICABLE, "the model sees which items came before, and no numbers")

    def at(level: float) -> Way:
        return (
            f"noise of {level:g} sd",
            lambda rows, rng: with_noise(rows, level * channel_spreads(given.table, rows), rng),
        )

    return _outcome(given, NOISE, "noise.json", [at(level) for level in NOISE_LEVELS])


def run_missing(given: AuditInput) -> CheckOutcome:
    """Single values of windows unknown.

    Raises:
        Skip: The past holds no numbers.
    """
    if shape_of(given.table) is not Shape.WINDOWS:
        reason = "the past is a list of items: steps of it are left out where the past is lost"
        raise Skip(CheckStatus.NOT_APPLICABLE, reason)
    return _outcome(given, MISSING, "missing_values.json", [_gaps(share) for share in GAP_SHARES])


def measure_name(given: AuditInput) -> tuple[str, str]:
    """Slug and words of a loss of the primary measure."""
    primary = primary_of(given)
    return f"{primary.measure}_{primary.way}", f"{primary.way} of the {primary.label}"


def losses_of(
    rows: Tried, ways: Sequence[tuple[str, Any]], rng: np.random.Generator, n_draws: int
) -> list[tuple[str, Scored]]:
    """How much worse the primary measure is each way, averaged over a few draws."""
    before = rows.score(rows.part)
    return [
        (name, average([rows.primary.loss(before, rows.score(made(rows, rng))) for _ in range(n_draws)]))
        for name, made in ways
    ]


def _gaps(share: float) -> Way:
    return f"{100 * share:g} % of values missing", lambda rows, rng: with_gaps(rows, share, rng)


def _ways(shape: Shape) -> list[Way]:
    if shape is Shape.WINDOWS:
        blocks = [_block(share) for share in _BLOCKS]
        latest = f"latest {100 * _LATEST:g} % of steps not yet known"
        return [*blocks, (latest, lambda rows, rng: without_latest(rows, _LATEST))]
    of = "choices" if shape is Shape.CHOICES else "answers"
    ways = [_lost(share, of) for share in _LOST] + [_mistaken(share) for share in _MISTAKEN]
    return ways + ([_marked(share) for share in _MISTAKEN] if shape is Shape.ANSWERS else [])


def _block(share: float) -> Way:
    return f"{100 * share:g} % of steps missing in a row", lambda rows, rng: with_gap(rows, share, rng)


def _lost(share: float, of: str) -> Way:
    return f"{100 * share:g} % of {of} lost", lambda rows, rng: with_steps_lost(rows, share, rng)


def _mistaken(share: float) -> Way:
    words = f"{100 * share:g} % of items taken for others"
    return words, lambda rows, rng: with_items_mistaken(rows, share, rng)


def _marked(share: float) -> Way:
    words = f"{100 * share:g} % of answers marked wrongly"
    return words, lambda rows, rng: with_answers_mistaken(rows, share, rng)


def _outcome(given: AuditInput, check: CheckSpec, file: str, ways: Sequence[Way]) -> CheckOutcome:
    measure, label = measure_name(given)
    unit, reason = primary_of(given).unit, too_few(given)
    if reason:
        n = given.table.test.n_rows
        return CheckOutcome((not_estimable(check.key, measure, label, reason, unit, n=n),))
    rng = generator(given, check.key)
    rows, n_draws = plan_past(given, rng, len(ways), draws_of(given.table.test.n_rows))
    return told_ways(given, check, file, rows, losses_of(rows, ways, rng, n_draws))


def told_ways(
    given: AuditInput, check: CheckSpec, file: str, rows: Tried, losses: Sequence[tuple[str, Scored]]
) -> CheckOutcome:
    """Findings and evidence of losses by what was done to the rows, with joint intervals.

    Args:
        given: What is audited.
        check: The check that tells.
        file: Its evidence.
        rows: The rows that were tried.
        losses: What was done, in words, and how much worse the primary measure became.
    """
    measure, label = measure_name(given)
    level, unit = given.policy.level, rows.primary.unit
    estimates = [rows.estimate(loss, level, len(losses)) for _, loss in losses]
    common: dict[str, Any] = {"level": level, "evidence": file, "simultaneous": True}
    findings = tuple(
        done(check.key, measure, label, e, unit, subject=name, note=rows.note, **common)
        for (name, _), e in zip(losses, estimates, strict=True)
    )
    tree = {
        "measure": rows.primary.measure,
        "label": label,
        "before": rows.score(rows.part).value,
        "n": rows.n,
        "n_test": rows.n_test,
        "level": level,
        "changes": [{"name": f.subject, "value": f.value, "low": f.low, "high": f.high} for f in findings],
    }
    return CheckOutcome(findings, (json_file(file, tree, "Loss of the primary measure"),))
