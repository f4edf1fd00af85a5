"""Rules that fix the decision threshold on the validation part."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from testamur.audit.core_policy import CORE_DEFAULT
from testamur.audit.threshold import RULES, choose_threshold
from testamur.contracts.errors import ConfigurationError, DataError

RNG = np.random.default_rng(1)
EVENT = (RNG.random(400) < 0.3).astype(np.int64)
RISK = 1 / (1 + np.exp(-(RNG.normal(size=400) + EVENT - 1)))


def _choose(option):
    return choose_threshold(option, CORE_DEFAULT, EVENT, RISK)


def test_a_number_is_taken_as_it_is():
    assert _choose(0.3) == (0.3, "given by the job")
    assert _choose(1)[0] == 1.0


def test_the_default_is_the_share_of_events_and_says_so():
    value, words = _choose(None)
    assert value == EVENT.mean()
    assert "default rule, policy core.default" in words
    assert _choose("prevalence")[0] == value


@pytest.mark.parametrize("wanted", [0.5, 0.8, 0.95])
def test_bounds_are_kept_and_not_wasted(wanted):
    low, _ = _choose(f"sensitivity>={wanted}")
    assert RISK[EVENT == 1][RISK[EVENT == 1] >= low].size >= wanted * EVENT.sum()
    assert (RISK[EVENT == 1] > low).sum() < wanted * EVENT.sum()
    high, _ = _choose(f"specificity >= {wanted}")
    assert (RISK[EVENT == 0] < high).mean() >= wanted
    most, _ = _choose(f"selection<={1 - wanted:.2f}")
    assert (most <= RISK).mean() <= 1 - wanted + 1e-9


def test_youden_and_f1_are_the_best_of_all_thresholds():
    scores = np.unique(RISK)
    best = max(scores, key=lambda t: (RISK[EVENT == 1] >= t).mean() - (RISK[EVENT == 0] >= t).mean())
    chosen, _ = _choose("youden")
    assert np.array_equal(chosen <= RISK, best <= RISK)
    chosen, words = _choose("f1")
    assert f1_score(EVENT, chosen <= RISK) == pytest.approx(max(f1_score(EVENT, t <= RISK) for t in scores))
    assert "400 validation rows" in words
    chosen, _ = _choose("accuracy")
    assert ((chosen <= RISK) == EVENT).mean() == max(((t <= RISK) == EVENT).mean() for t in scores)


def test_costs():
    value, words = _choose("cost fp:fn=1:5")
    assert value == pytest.approx(1 / 6)
    assert "a missed event 5" in words


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("yuoden", "did you mean youden"),
        ("sensitivty>=0.8", "did you mean sensitivity>=0.8"),
        ("sensitivity>=1.4", "between 0 and 1"),
        ("sensitivity>=0.8.1", "a number is required"),
        ("cost fp:fn=0:5", "above 0"),
        ("zzzz", "known: "),
        (1.5, "from 0 to 1"),
        (float("nan"), "from 0 to 1"),
    ],
)
def test_bad_rules_are_refused_with_a_proposal(option, words):
    with pytest.raises(ConfigurationError, match=words) as caught:
        _choose(option)
    assert caught.value.problems[0].where == "audit.threshold"


@pytest.mark.parametrize("rule", [r for r in RULES if not r.startswith("cost")])
def test_one_outcome_in_validation_is_a_fault_of_the_data(rule):
    with pytest.raises(DataError, match="both outcomes"):
        choose_threshold(rule, CORE_DEFAULT, np.zeros(10, np.int64), np.full(10, 0.5))


def test_predictions_that_are_not_finite_are_refused():
    with pytest.raises(DataError, match="finite"):
        choose_threshold("youden", CORE_DEFAULT, EVENT, np.where(EVENT == 1, np.nan, RISK))


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_that_is_named_works(rule):
    value, words = _choose(rule)
    assert 0 <= value <= 1
    assert words
