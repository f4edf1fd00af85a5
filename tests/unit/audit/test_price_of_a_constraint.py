"""What a constraint bought, on groups that are alike and on groups that are not."""

from dataclasses import replace

import numpy as np

from testamur.audit.fairness_price import PRICE
from testamur.audit.golden_price import cases
from testamur.audit.golden_world import make_input
from testamur.audit.run import run_check


def findings(group, event, before, after):
    plain = cases()[0].given  # demographic parity, thresholds of one half
    said = {"model": np.where(after, 0.9, 0.1), "unconstrained": np.where(before, 0.9, 0.1)}
    levels = tuple("abcd"[: int(group.max()) + 1])
    given = make_input(event, said, groups={"group": (levels, group)})
    _, outcome = run_check(replace(given, training=plain.training), PRICE)
    return {f.measure: f for f in outcome.findings}


def test_a_gap_between_groups_that_are_alike_is_not_shown_to_be_one():
    r = np.random.default_rng(3)
    n, left_out, closed = 800, 0, 0
    for _ in range(30):
        group, event = r.integers(0, 4, n), r.integers(0, 2, n)
        found = findings(group, event, r.random(n) < 0.3, r.random(n) < 0.3)
        left_out += found["gap_before"].low > 0
        closed += not found["gap_closed"].low <= 0 <= found["gap_closed"].high
    assert left_out <= 4  # of 30 at 5 %; a percentile bootstrap of the largest gap leaves 0 out always
    assert closed <= 4


def test_a_planted_gap_is_shown_before_and_closed_after():
    r = np.random.default_rng(4)
    group, event = np.repeat([0, 1], 500), r.integers(0, 2, 1000)
    found = findings(group, event, r.random(1000) < np.where(group == 0, 0.6, 0.3), r.random(1000) < 0.45)
    assert found["gap_before"].low > 0.15
    assert found["gap_after"].low == 0.0
    assert found["gap_closed"].low > 0.1
