"""Checks of rankings at their edges: repeats, small counts, lists that no audit could use."""

from dataclasses import replace

import numpy as np
import pytest

from testamur.audit.golden_ranking import make_ranking
from testamur.audit.ranking import ACCURACY, COVERAGE, LEAKAGE
from testamur.audit.ranks import gini, lorenz, ranks_of
from testamur.audit.run import run_audit, run_check
from testamur.contracts.errors import DataError
from testamur.contracts.finding import CheckStatus
from testamur.contracts.table import Predictions

LIST = list(range(1, 13))


def audit(target, lists=None, **more):
    n = len(target)
    return make_ranking([[13, 14]] * n, target, {"model": lists or [LIST] * n}, **more)


def with_lists(given, ranked, scores):
    return replace(given, predictions={"model": {"test": Predictions(ranked=ranked, scores=scores)}})


def test_where_items_may_be_chosen_again_nothing_is_leaked_and_no_limit_stands_in_the_way():
    given = audit([1] * 40)
    problem = given.table.problem.model_copy(update={"repeats": True})
    entry, _ = run_check(replace(given, table=replace(given.table, problem=problem)), LEAKAGE)
    assert entry.status is CheckStatus.NOT_APPLICABLE


def test_a_handful_of_hits_is_not_told_exactly():
    given = audit([1] * 3 + [20] * 57)
    _, outcome = run_check(given, ACCURACY)
    found = {f.measure: f for f in outcome.findings}
    assert found["hit_rate_10"].step >= 0.01
    assert found["ndcg_10"].step >= 0.01
    plenty = run_check(audit([1] * 30 + [20] * 30), ACCURACY)[1]
    assert all(f.step == 0 for f in plenty.findings)


def test_an_unseen_choice_is_a_miss():
    ranks = ranks_of(np.array([0, 12, 1]), Predictions(ranked=np.array([[0, 0], [12, 1], [3, 2]])))
    assert ranks.tolist() == [np.inf, 1.0, np.inf]


def test_a_user_who_knows_everything_is_shown_nothing_and_breaks_nothing():
    lists = [LIST] * 39 + [[0] * 12]
    given = audit([1] * 40, lists)
    for check in (ACCURACY, COVERAGE):
        entry, _ = run_check(given, check)
        assert entry.status is CheckStatus.DONE, entry.reason


@pytest.mark.parametrize(
    ("ranked", "scores", "words"),
    [
        (np.full((40, 2), 1), np.zeros((40, 2)), "once in a list"),
        (np.tile([1, 99], (40, 1)), np.zeros((40, 2)), "codes from 0 to 20"),
        (np.tile([1, 2], (40, 1)), np.tile([0.0, 1.0], (40, 1)), "best first"),
        (np.tile([1, 2], (40, 1)), np.full((40, 2), np.nan), "finite scores"),
        (np.tile([1, 2], (39, 1)), np.zeros((39, 2)), "shapes (40, k)"),
        (None, None, "ranked items"),
    ],
)
def test_lists_that_cannot_be_audited_are_refused(ranked, scores, words):
    with pytest.raises(DataError) as caught:
        run_audit(with_lists(audit([1] * 40), ranked, scores), [])
    assert words in str(caught.value)


def test_gini_and_lorenz_at_their_ends():
    assert gini(np.ones(10)) == pytest.approx(0.0)
    assert gini(np.r_[np.zeros(9), 1.0]) == pytest.approx(0.9)
    assert gini(np.zeros(4)) == 0.0
    curve = lorenz(np.r_[np.zeros(5), np.ones(5)], 11)
    assert curve[5] == (0.5, 0.0)
    assert curve[-1] == (1.0, 1.0)
