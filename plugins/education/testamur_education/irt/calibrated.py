"""A test calibrated on training learners, with the answers of the learners it is asked about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur.contracts.table import RowsTable
from testamur_education.irt.answers import Answers, gather_answers, holds_answers
from testamur_education.irt.quadrature import Grid, normal_grid
from testamur_education.irt.two_pl import Items, fit_two_pl

FEWEST_LEARNERS, FEWEST_ITEMS = 30, 4


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """Items and people.

    Attributes:
        items: Fitted to the learners of the training and validation parts.
        grid: The abilities that they were fitted on.
        learnt: Answers of those learners.
        test: Answers of the learners of the test part, to the same items.
    """

    items: Items
    grid: Grid
    learnt: Answers
    test: Answers


def reason_against(table: RowsTable) -> str:
    """Why abilities cannot be told from a table, or nothing."""
    if reason := holds_answers(table):
        return reason
    test = gather_answers(table, [table.test])
    n, j = test.right.shape
    if n < FEWEST_LEARNERS or j < FEWEST_ITEMS:
        wanted = f"{FEWEST_LEARNERS} learners and {FEWEST_ITEMS} items are required"
        return f"{wanted}, however: {n} and {j} in the test part"
    return ""


def calibrate(table: RowsTable) -> Calibrated:
    """Fit the items; those without an answer in training are left out."""
    learnt = gather_answers(table, [table.train, table.validation])
    test = gather_answers(table, [table.test])
    kept = ~np.isnan(learnt.right).all(axis=0)
    names = tuple(name for name, keep in zip(test.items, kept, strict=True) if keep)
    grid = normal_grid()
    return Calibrated(
        items=fit_two_pl(learnt.right[:, kept], grid=grid),
        grid=grid,
        learnt=Answers(learnt.right[:, kept], learnt.learner, names, learnt.groups),
        test=Answers(test.right[:, kept], test.learner, names, test.groups),
    )
