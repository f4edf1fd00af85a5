"""The primary measure of a model from elsewhere when its rows are not quite as they were."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from testamur.audit.findings import not_estimable
from testamur.audit.inputs import generator
from testamur.audit.past_budget import draws_of
from testamur.audit.primary import primary_of, too_few
from testamur.audit.robustness import MISSING, NOISE, TYPOS
from testamur.audit.robustness_past import losses_of, measure_name, told_ways
from testamur.audit.skip import Skip
from testamur.audit.tried_raw import TriedRaw, spread_of, tried_raw, with_missing, with_noise, with_typos
from testamur.contracts.check import AuditInput, CheckOutcome, CheckSpec
from testamur.contracts.finding import CheckStatus
from testamur.contracts.raw_cells import RawChanges, RawColumn

MOST_ROWS = 1500
LEVELS = (0.05, 0.1, 0.2)
Change = Callable[[TriedRaw, float, np.random.Generator], RawChanges]


def run_noise(given: AuditInput) -> CheckOutcome:
    """Normal noise on every number, in standard deviations of the examined rows."""
    words = "the model sees no number that varies among the examined rows"
    return _outcome(given, NOISE, "noise.json", with_noise, "noise of {level:g} sd", spread_of, words)


def run_missing(given: AuditInput) -> CheckOutcome:
    """Cells missing at random."""
    words = "the model has no columns"
    named = "{percent:g} % of cells missing"
    return _outcome(given, MISSING, "missing_values.json", with_missing, named, lambda column: 1.0, words)


def run_typos(given: AuditInput) -> CheckOutcome:
    """Texts written in a way that occurs nowhere."""
    words = "the model sees no category that could be misspelt"
    named = "{percent:g} % of categories misspelt"
    return _outcome(
        given, TYPOS, "typos.json", with_typos, named, lambda column: float(column.kind == "text"), words
    )


def _outcome(
    given: AuditInput,
    check: CheckSpec,
    file: str,
    change: Change,
    named: str,
    concerns: Callable[[RawColumn], float],
    otherwise: str,
) -> CheckOutcome:
    measure, label = measure_name(given)
    reason, n = too_few(given), given.table.test.n_rows
    if reason:
        finding = not_estimable(check.key, measure, label, reason, primary_of(given).unit, n=n)
        return CheckOutcome((finding,))
    rng = generator(given, check.key)
    rows = tried_raw(given, rng, most=MOST_ROWS)
    if not any(concerns(column) for column in rows.columns):
        raise Skip(CheckStatus.NOT_APPLICABLE, otherwise)

    def way(level: float) -> tuple[str, Callable[[TriedRaw, np.random.Generator], RawChanges]]:
        words = named.format(level=level, percent=100 * level)
        return words, lambda tried, source: change(tried, level, source)

    losses = losses_of(rows, [way(level) for level in LEVELS], rng, draws_of(rows.n))
    return told_ways(given, check, file, rows, losses)
