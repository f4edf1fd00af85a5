"""How many rows are asked about again, and how often: a bound on the steps that the model is shown."""

from __future__ import annotations

import numpy as np

from testamur.audit.past_shape import Shape, shape_of
from testamur.audit.tried_past import MOST_STEPS, TriedPast, tried_past
from testamur.contracts.check import AuditInput

_MOST_ROWS, _FEWEST_ROWS = 1000, 150
_MOST_SHOWN = {Shape.WINDOWS: 1_500_000, Shape.ANSWERS: 400_000, Shape.CHOICES: 400_000}
_STRETCH = 100  # steps that a row of answers costs at least: models fill short pasts up


def plan_past(
    given: AuditInput, rng: np.random.Generator, n_variants: int, most_draws: int
) -> tuple[TriedPast, int]:
    """The rows that are tried, and how often each variant is drawn.

    Fewer draws come before fewer rows, and fewer rows come before nothing: some 150 are always asked about.

    Args:
        given: What is audited.
        rng: Draws the rows.
        n_variants: Pasts that each row is shown with.
        most_draws: Of each of them, where they are drawn at random.
    """
    shape, log = shape_of(given.table), given.table.test.history
    assert shape is not None
    assert log is not None
    steps = np.minimum(log.stop - log.start, MOST_STEPS) + 1
    least = _STRETCH if shape is Shape.ANSWERS else 1
    per_row = max(float(steps.mean()), least) * max(n_variants, 1)
    shown = _MOST_SHOWN[shape]
    n_draws = next((k for k in range(most_draws, 1, -1) if _MOST_ROWS * per_row * k <= shown), 1)
    most = int(np.clip(shown / (per_row * n_draws), _FEWEST_ROWS, _MOST_ROWS))
    return tried_past(given, rng, most=most), n_draws
