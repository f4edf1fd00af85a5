"""What is called a change between two reports, and what is not."""

import numpy as np
import pytest
from scipy import stats

from testamur.audit.auc import auc_gain, auc_parts
from testamur.audit.change import compare_findings, settle_family
from testamur.audit.change_rows import RowAnswers, paired_changes, same_rows
from testamur.audit.interval import critical_value, wilson
from testamur.contracts.change import ChangeKind
from testamur.contracts.finding import CheckStatus, Finding, Unit

Z = critical_value(0.95)


def found(value, low=None, high=None, **more):
    fields = {"check": "core.a", "measure": "m", "label": "m", "n": 100, **more}
    return Finding(value=value, low=low, high=high, **fields)


def test_symmetric_intervals_give_the_z_test_of_two_samples():
    old, new = found(0.5, 0.4, 0.6), found(0.8, 0.65, 0.95)
    change = compare_findings(old, new, limited=True)
    error = np.hypot(0.1, 0.15) / Z
    assert change.difference == pytest.approx(0.3)
    assert (change.low, change.high) == pytest.approx((0.3 - Z * error, 0.3 + Z * error))
    assert change.p_value == pytest.approx(2 * stats.norm.sf(0.3 / error), rel=1e-9)


def test_swapping_old_and_new_turns_the_difference_round():
    old, new = found(0.5, 0.38, 0.6), found(0.7, 0.65, 0.79)
    there, back = (compare_findings(*pair, limited=False) for pair in ((old, new), (new, old)))
    assert there.difference == pytest.approx(-back.difference)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert there.p_value == pytest.approx(back.p_value)


def test_an_end_that_is_cut_off_at_a_bound_lends_no_certainty():
    old, new = found(0.01, 0.0, 0.2, unit=Unit.SHARE), found(0.1, 0.0, 0.3, unit=Unit.SHARE)
    change = compare_findings(old, new, limited=False)
    assert change.low == pytest.approx(0.09 - np.hypot(0.2, 0.19))


def test_counted_values_differ_or_not_and_are_not_tested():
    old, new = found(3.0, exact=True), found(4.0, exact=True)
    assert compare_findings(old, new, limited=False).kind is ChangeKind.DIFFERS
    assert compare_findings(old, old, limited=False).kind is ChangeKind.SAME
    assert compare_findings(old, new, limited=False).p_value is None


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (found(0.5, 0.4, 0.6), found(0.6), "no interval on both sides"),
        (found(0.5, 0.4, 0.6), found(0.6, 0.5, 0.7, level=0.9), "intervals of 0.95 and 0.9"),
        (found(0.5, 0.4, 0.6), found(0.6, 0.5, 0.7, unit=Unit.SHARE), "in other units"),
        (found(0.50, 0.4, 0.6, step=0.05), found(0.55, 0.4, 0.7, step=0.05), "published rounded"),
        (
            found(0.5, 0.4, 0.6),
            found(None, status=CheckStatus.NOT_ESTIMABLE, reason="few"),
            "new: not estimable",
        ),
    ],
)
def test_what_cannot_be_compared_says_why(old, new, reason):
    change = compare_findings(old, new, limited=False)
    assert change.kind is ChangeKind.NOT_TESTED
    assert reason in change.reason


def test_holm_agrees_with_its_textbook_example():
    """p = 0.01, 0.04, 0.03, 0.005 at 5 %: adjusted 0.03, 0.06, 0.06, 0.02 (Holm 1979)."""
    plain = compare_findings(found(0.5, 0.4, 0.6), found(0.6, 0.5, 0.7), limited=True)
    family = [plain.model_copy(update={"p_value": p}) for p in (0.01, 0.04, 0.03, 0.005)]
    settled = settle_family(family, 0.95)
    assert [c.p_value for c in settled] == pytest.approx([0.03, 0.06, 0.06, 0.02])
    kinds = [c.kind is ChangeKind.CHANGED for c in settled]
    assert kinds == [True, False, False, True]


def test_without_a_change_a_family_calls_one_in_at_most_five_of_a_hundred():
    """400 pairs of reports with 10 shares each, n = 200, nothing changed: binomial 99.9 % bound of 5 %."""
    rng, false, n = np.random.default_rng(3), 0, 200
    rates = np.linspace(0.1, 0.9, 10)
    for _ in range(400):
        sides = []
        for _side in range(2):
            hits = rng.binomial(n, rates)
            low, high = wilson(hits, np.full(10, n), Z)
            rows = zip(hits / n, low, high, strict=True)
            sides.append([found(*map(float, row), unit=Unit.SHARE) for row in rows])
        family = [compare_findings(a, b, limited=True) for a, b in zip(*sides, strict=True)]
        false += any(c.kind is ChangeKind.CHANGED for c in settle_family(family, 0.95))
    assert false <= stats.binom.ppf(0.999, 400, 0.05)


def answers(seed, shift=0.0):
    rng = np.random.default_rng(5)
    event = rng.integers(0, 2, 300)
    noise = np.random.default_rng(seed).normal(size=300)
    risk = 1 / (1 + np.exp(-(event - 0.5 + shift * (event - 0.5) + noise)))
    return RowAnswers(np.arange(300), event, risk, (risk >= 0.5).astype(int))


def test_the_same_rows_are_paired():
    old, new = answers(1), answers(2, shift=2.0)
    assert same_rows(old, new)
    paired = paired_changes(old, new, 0.95)
    gain = auc_gain(auc_parts(new.event, new.probability), auc_parts(old.event, old.probability), Z)
    assert paired["core.performance.discrimination", "auc"] == gain
    sick = new.event == 1
    b = int(((new.selected == 1) & (old.selected == 0) & sick).sum())
    c = int(((new.selected == 0) & (old.selected == 1) & sick).sum())
    n = int(sick.sum())
    rate = paired["core.performance.decisions", "sensitivity"]
    spread = np.sqrt((b + c - (b - c) ** 2 / n) / (n - 1) / n)  # McNemar's variance of b - c over n
    assert rate.value == pytest.approx((b - c) / n)
    assert (rate.high - rate.low) / 2 == pytest.approx(Z * spread, rel=0.05)  # Student, wider on a long tail
    assert (rate.high - rate.low) / 2 > Z * spread


def test_a_model_against_itself_has_not_changed():
    same = paired_changes(answers(1), answers(1), 0.95)
    assert {e.value for e in same.values()} == {0.0}
    change = compare_findings(
        found(0.8, 0.7, 0.9), found(0.8, 0.7, 0.9), limited=True,
        paired=same["core.performance.probabilities", "brier"],
    )  # fmt: skip
    assert settle_family([change], 0.95)[0].kind is ChangeKind.SAME


def test_other_rows_are_not_paired():
    old, new = answers(1), answers(2)
    moved = RowAnswers(new.row + 1, new.event, new.probability, new.selected)
    flipped = RowAnswers(new.row, 1 - new.event, new.probability, new.selected)
    assert not same_rows(old, moved)
    assert not same_rows(old, flipped)
