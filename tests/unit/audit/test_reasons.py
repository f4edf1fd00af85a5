"""Shapley values by sampling, against closed forms and against the sum over all subsets."""

from __future__ import annotations

from itertools import combinations
from math import comb, factorial

import numpy as np
import pytest

from testamur.audit.made_rows import cells_of, make_part
from testamur.audit.reasons import Sampling, find_reasons
from testamur.contracts.errors import ConfigurationError, TestamurError
from testamur.contracts.table import Predictions

from .drawn_rows import Formula, draw_rows


def shapley_by_subsets(outputs, row, reference, d: int) -> np.ndarray:
    """The definition: weighted marginal contributions over all subsets, averaged over the reference."""
    worth = {}
    for size in range(d + 1):
        for chosen in combinations(range(d), size):
            mixed = reference.copy()
            mixed[:, list(chosen)] = row[list(chosen)]
            worth[chosen] = outputs(mixed).mean()
    values = np.zeros(d)
    for j in range(d):
        others = [i for i in range(d) if i != j]
        for size in range(d):
            weight = factorial(size) * factorial(d - size - 1) / factorial(d)
            for chosen in combinations(others, size):
                values[j] += weight * (worth[tuple(sorted((*chosen, j)))] - worth[chosen])
    return values


def test_the_oracle_counts_every_subset_once():
    assert sum(comb(3, k) * factorial(k) * factorial(3 - k) for k in range(4)) == 4 * factorial(3)
    assert shapley_by_subsets(lambda x: x[:, 0] * x[:, 1], np.ones(2), np.zeros((1, 2)), 2) == pytest.approx(
        [0.5, 0.5]
    )


def test_of_a_sum_each_feature_gets_its_own_share_exactly():
    table = draw_rows(n_train=40)
    model = Formula(lambda x: 0.5 + 0.1 * x[:, 0] - 0.05 * x[:, 1] + 0.02 * x[:, 3])
    sampling = Sampling(n_pairs=40, n_seeds=3)  # every reference row once per seed
    found = find_reasons(model, table, table.test, table.train, sampling=sampling)
    for i, reasons in enumerate(found[:5]):
        x = cells_of(table.test).values[i]
        mean = cells_of(table.train).values.mean(axis=0)
        expected = np.array([0.1, -0.05, 0.0, 0.02]) * (x - mean)
        assert reasons.contributions == pytest.approx(expected, abs=1e-9)
        assert reasons.errors == pytest.approx(0.0, abs=1e-9)
        assert reasons.base + reasons.contributions.sum() == pytest.approx(reasons.output, abs=1e-9)


def test_sampling_agrees_with_the_sum_over_all_subsets_within_its_measured_error():
    table = draw_rows(n_train=30)

    def formula(x):
        return 1 / (1 + np.exp(-(1.5 * x[:, 0] * x[:, 1] + x[:, 2] - 0.7 * (x[:, 3] == 1))))

    sampling = Sampling(n_pairs=30, n_seeds=20)
    outside = []
    reference = cells_of(table.train).values
    found = find_reasons(Formula(formula), table, table.test, table.train, sampling=sampling)
    for i, reasons in enumerate(found[:10]):
        expected = shapley_by_subsets(formula, cells_of(table.test).values[i], reference, 4)
        distance = np.abs(reasons.contributions - expected)
        outside += list(distance > 2.093 * reasons.errors + 1e-12)  # t quantile, 19 degrees of freedom
        assert (distance < 6 * reasons.errors + 1e-6).all()
        assert reasons.base + reasons.contributions.sum() == pytest.approx(reasons.output, abs=1e-9)
    assert np.mean(outside) < 0.2  # 5 % expected of 40


def test_a_feature_that_the_model_ignores_gets_nothing_and_equal_features_get_the_same():
    table = draw_rows()
    model = Formula(lambda x: 1 / (1 + np.exp(-x[:, 0] - x[:, 1])))
    x = cells_of(table.test).taken(np.array([0]))
    x.values[0, :2] = 1.0
    part = make_part(x)
    reference = cells_of(table.train).taken(np.arange(20))
    reference.values[:, 1] = reference.values[:, 0]
    reference.missing[:] = False
    reasons = find_reasons(model, table, part, make_part(reference), sampling=Sampling(n_pairs=20))[0]
    assert reasons.contributions[2] == reasons.contributions[3] == 0.0
    assert reasons.kept[2] == 0.0
    assert reasons.contributions[0] == pytest.approx(reasons.contributions[1], abs=1e-12)


def test_features_move_together_where_they_are_grouped():
    table = draw_rows()
    model = Formula(lambda x: x[:, 0] * x[:, 1])
    groups = [("x0", "x1"), ("x2",), ("c",)]
    sampling = Sampling(n_pairs=table.train.n_rows, n_seeds=2)
    reasons = find_reasons(model, table, table.test, table.train, groups=groups, sampling=sampling)[0]
    assert reasons.names == ("x0 + x1", "x2", "c")
    x, reference = cells_of(table.test).values[0], cells_of(table.train).values
    assert reasons.contributions[0] == pytest.approx(x[0] * x[1] - (reference[:, 0] * reference[:, 1]).mean())


def test_a_missing_cell_is_moved_with_its_number():
    table = draw_rows()
    model = Formula(lambda x: 0.3 * np.ones(len(x)), of_missing=lambda m: 0.2 * m[:, 1])
    cells = cells_of(table.test).taken(np.array([0]))
    cells.missing[0, 1] = True
    sampling = Sampling(n_pairs=table.train.n_rows, n_seeds=2)
    reasons = find_reasons(model, table, make_part(cells), table.train, sampling=sampling)[0]
    share = table.train.missing[:, 1].mean()
    assert reasons.contributions == pytest.approx([0.0, 0.2 * (1 - share), 0.0, 0.0])


def test_the_short_list_is_stable_where_one_feature_decides_and_not_where_all_are_noise():
    table = draw_rows()
    clear = Formula(lambda x: 0.5 + 0.1 * x[:, 0])
    one = Sampling(n_pairs=8, n_seeds=8, n_top=1)
    part = make_part(cells_of(table.test).taken(np.array([0])))
    reasons = find_reasons(clear, table, part, table.train, sampling=one)[0]
    assert reasons.agreement == 1.0
    assert reasons.kept == pytest.approx([1.0, 0.0, 0.0, 0.0])

    def noise(x):  # a hash of the row: no feature says anything
        return np.modf(np.abs(np.sin(x @ np.array([12.9, 78.2, 37.7, 91.1])) * 43758.5))[0]

    muddled = find_reasons(Formula(noise), table, part, table.train, sampling=one)[0]
    assert muddled.agreement < 0.9
    assert (muddled.errors > 0.01).any()


def test_reasons_can_be_listed_by_direction_and_on_the_log_odds():
    table = draw_rows()
    model = Formula(lambda x: 1 / (1 + np.exp(-(2 * x[:, 0] - x[:, 1]))))
    cells = cells_of(table.test).taken(np.array([0]))
    cells.values[0, :2], cells.missing[0, :2] = (3.0, 3.0), False
    sampling = Sampling(n_pairs=table.train.n_rows, n_seeds=2, scale="log-odds")
    reasons = find_reasons(model, table, make_part(cells), table.train, sampling=sampling, direction="up")[0]
    mean = cells_of(table.train).values.mean(axis=0)
    assert reasons.contributions[:2] == pytest.approx([2 * (3 - mean[0]), -(3 - mean[1])], abs=1e-6)
    assert [reasons.names[i] for i in reasons.order(direction="up")] == ["x0"]
    assert [reasons.names[i] for i in reasons.order(direction="down")] == ["x1"]
    assert reasons.kept[1] == 0.0  # it lowers the output: no reason for a high one


def test_what_cannot_be_explained_is_refused_in_words():
    table = draw_rows()
    model = Formula(lambda x: 0.5 + 0 * x[:, 0])
    with pytest.raises(ConfigurationError, match="each of the 4 features is required once, however: 1"):
        find_reasons(model, table, table.test, table.train, groups=[("x0",)])
    with pytest.raises(ConfigurationError, match="two seeds"):
        find_reasons(model, table, table.test, table.train, sampling=Sampling(n_seeds=1))

    class Classes:
        def predict(self, part):
            return Predictions(probabilities=np.full((part.n_rows, 3), 1 / 3))

    with pytest.raises(TestamurError, match="binary or a regression"):
        find_reasons(Classes(), table, table.test, table.train)


def test_the_work_can_be_stopped_between_rows():
    table = draw_rows()
    asked = []

    def stop():
        asked.append(1)
        if len(asked) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_reasons(Formula(lambda x: x[:, 0]), table, table.test, table.train, stop=stop)
    assert len(asked) == 3
