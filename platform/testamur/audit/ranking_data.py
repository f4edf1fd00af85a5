"""What is known of users and items, and whether the choice that is tested was known before."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.disclosure import small
from testamur.audit.findings import exact, json_file
from testamur.audit.ranking import DATA, LEAKAGE
from testamur.audit.ranks import gini, history_lengths, item_counts
from testamur.audit.rounding import step_of_mean
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import CheckStatus, Finding, Unit

_FILE, _LEAK_FILE = "interactions.json", "leakage_ranking.json"


def run(given: AuditInput) -> CheckOutcome:
    """Users, items, choices, density, length of the histories, inequality of the items."""
    table = given.table
    train = table.train
    n_users = len(np.unique(train.entity)) if train.entity is not None else 0
    n_items, chosen = len(table.items), item_counts(table)
    lengths = history_lengths(table)
    median = float(np.median(lengths)) if len(lengths) else 0.0
    counted = (
        ("n_users", "users with a training choice", float(n_users), Unit.COUNT),
        ("n_items", "items that training shows", float(n_items), Unit.COUNT),
        (
            "density",
            "pairs of user and item that are known",
            chosen.sum() / max(n_users * n_items, 1),
            Unit.SHARE,
        ),
        ("median_history", "earlier choices of a tested user, median", median, Unit.NUMBER),
        ("choice_gini", "inequality of the choices per item (Gini)", gini(chosen), Unit.NUMBER),
    )
    found = [
        exact(DATA.key, measure, label, float(value), unit, n=train.n_rows, evidence=_FILE)
        for measure, label, value, unit in counted
    ]
    tree: dict[str, Any] = {f.measure: f.value for f in found} | {"n_choices": train.n_rows}
    label = "test choices of items that training never showed"
    unseen = _share(given, DATA.key, "unseen_item_share", label, table.test.target == 0, _FILE)
    tree["unseen_item_share"] = None if unseen.step else unseen.value
    return CheckOutcome((*found, unseen), (json_file(_FILE, tree, "Users, items and choices"),))


def run_leakage(given: AuditInput) -> CheckOutcome:
    """Test choices that lie in the history that the model is shown."""
    table, n = given.table, given.table.test.n_rows
    log, target = table.test.history, table.test.target
    if log is None:
        raise Skip(CheckStatus.NOT_RUN, "the rows have no history")
    if table.problem.repeats:
        raise Skip(CheckStatus.NOT_APPLICABLE, "an item may be chosen again: that it was chosen says nothing")
    known = np.fromiter(
        (
            t > 0 and bool((log.codes[a:b, 0] == t).any())
            for t, a, b in zip(target, log.start, log.stop, strict=True)
        ),
        bool,
        n,
    )
    label = "test choices that lie in the history shown to the model"
    found = _share(given, LEAKAGE.key, "target_in_history_share", label, known, _LEAK_FILE)
    tree = {"target_in_history_share": None if found.step else found.value, "n": n}
    return CheckOutcome((found,), (json_file(_LEAK_FILE, tree, "Choices known before"),))


def _share(
    given: AuditInput, check: str, measure: str, label: str, counted: np.ndarray, file: str
) -> Finding:
    """A share of the test rows, rounded where a handful of rows has it (or lacks it)."""
    n, count, minimum = len(counted), int(counted.sum()), given.policy.minimum_cell
    hidden = small(count, minimum) or small(n - count, minimum)
    step = max(step_of_mean(n), 0.01) if hidden else 0.0
    return exact(check, measure, label, count / max(n, 1), Unit.SHARE, n=n, evidence=file, step=step)
