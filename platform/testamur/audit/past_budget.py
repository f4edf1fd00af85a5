"""How many rows are asked about again, and how often: a bound on the steps that the model is shown."""

from __future__ import annotations

import numpy as np

from testamur.audit.past_shape import Shape, shape_of
from testamur.audit.tried_past import MOST_STEPS, TriedPast, tried_past
from testamur.contracts.check import AuditInput

_MOST_ROWS, _FEWEST_ROWS = 1000, 150
_MOST_SHOWN = {Shape.WINDOWS: 1_500_000, Shape.ANSWERS: 400_000, Shape.CHOICES: 400_000}
_FEW_DRAWS, _MANY_DRAWS, _ENOUGH = 2, 20, 2000
_STRETCH = 100  # steps that a row of answers costs at least: models fill short pasts up


def draws_of(n: int) -> int:
    """How often each of n rows is changed at random: so that some 2,000 are asked about, 2 to 20 times.

    With few rows and few draws it is chance which of them a rare change meets, and an interval from the rows
    that were met knows nothing of the others.
    """
    return int(np.clip(_ENOUGH // max(n, 1), _FEW_DRAWS, _MANY_DRAWS))


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
    n_rows = min(_MOST_ROWS, given.table.test.n_rows)
    n_draws = next((k for k in range(most_draws, 1, -1) if n_rows * per_row * k <= shown), 1)
    most = int(np.clip(shown / (per_row * n_draws), _FEWEST_ROWS, _MOST_ROWS))
    return tried_past(given, rng, most=most), n_draws
