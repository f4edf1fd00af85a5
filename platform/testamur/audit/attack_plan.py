"""How many shadow models an attack may train, and on how many rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isinf

from testamur.audit.attack_budget import attack_seconds
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus
from testamur.contracts.job import PrivacyAttacks

ENOUGH_ROWS = 2_000  # drawn from; with them, fewer models are not worth more rows
FEWEST_ROWS = 200
FEWEST_MODELS = 4
_SMALLER = 0.8  # each try with so many times the rows of the one before

NO_LOSS = {
    ProblemKind.RANKING: (
        "a list of items holds no probability of the item that was chosen; the attack needs one"
    ),
    ProblemKind.FORECAST: (
        "windows of a series share their steps, and test windows are later: who was in and who was out "
        "differs by more than membership"
    ),
}


@dataclass(frozen=True, slots=True)
class AttackPlan:
    """What is trained again.

    Attributes:
        n_models: Shadow models.
        n_rows: Rows that they draw from; each takes about half of them.
        n_all: Rows that there are, of training and test part together.
        seconds: About how long it takes.
        budget: Seconds that it may take.
    """

    n_models: int
    n_rows: int
    n_all: int
    seconds: float
    budget: float


def plan_attack(given: AuditInput) -> AttackPlan:
    """The most models on the most rows that fit into the budget.

    Raises:
        Skip: Not applicable to this problem, turned off, too few rows, or too dear.
    """
    kind, options = given.table.problem.kind, given.options
    if kind in NO_LOSS:
        raise Skip(CheckStatus.NOT_APPLICABLE, NO_LOSS[kind])
    if options.privacy_attacks is PrivacyAttacks.NONE:
        raise Skip(CheckStatus.NOT_RUN, "the job turned attacks off (audit.privacy_attacks = none)")
    if given.trainer is None:
        raise Skip(CheckStatus.NOT_RUN, "the training recipe was not given")
    n_all = given.table.train.n_rows + given.table.test.n_rows
    if n_all < FEWEST_ROWS:
        raise Skip(
            CheckStatus.NOT_ESTIMABLE, f"too few rows; an attack draws from at least {FEWEST_ROWS} of them"
        )
    budget = attack_seconds(given)
    if isinf(budget):
        seconds = given.trainer.estimate_seconds(n_all // 2, options.shadow_models)
        return AttackPlan(options.shadow_models, n_all, n_all, seconds, budget)
    return _fit(given, n_all, budget)


def _fit(given: AuditInput, n_all: int, budget: float) -> AttackPlan:
    assert given.trainer is not None
    most = given.options.shadow_models
    counts = [k for k in (most, 32, 16, 12, 8, 6, FEWEST_MODELS) if k <= most]
    counts = sorted(set(counts), reverse=True)
    for n_models in counts:
        wanted = min(n_all, ENOUGH_ROWS) if n_models > FEWEST_MODELS else FEWEST_ROWS
        for n_rows in _sizes(n_all, wanted):
            seconds = given.trainer.estimate_seconds(n_rows // 2, n_models)
            if seconds <= budget:
                return AttackPlan(n_models, n_rows, n_all, seconds, budget)
    least = given.trainer.estimate_seconds(FEWEST_ROWS // 2, FEWEST_MODELS)
    raise Skip(
        CheckStatus.NOT_RUN,
        f"training the recipe again {FEWEST_MODELS} times on few rows takes about {least:.0f} s, and the "
        f"attacks may take {budget:.0f} s (audit.privacy_seconds, or audit.privacy_attacks = all)",
    )


def _sizes(n_all: int, least: int) -> Iterator[int]:
    """All rows, then ever fewer of them, down to exactly `least`."""
    n_rows = n_all
    while n_rows > least:
        yield n_rows
        n_rows = int(n_rows * _SMALLER)
    yield least
