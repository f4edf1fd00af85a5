"""What stands beside models of windows: the last cycle, boosting on lags, boosting on statistics."""

import numpy as np
import pytest

from testamur.contracts.errors import TestamurError
from testamur.train.baselines import fit_boosting, fit_naive
from testamur.train.window_statistics import window_statistics

from .conftest import draw_table
from .windows_drawn import HORIZON, LEVELS, SEASON, draw_classes, draw_forecast


def test_the_naive_forecast_is_the_last_cycle_with_its_errors_around():
    table = draw_forecast()
    stated = fit_naive(table).predict(table.test).quantiles
    log = table.test.history
    cycle = log.values[log.stop[:, None] - SEASON + np.arange(HORIZON) % SEASON, 0]
    centre = stated[:, :, 1]
    assert np.abs(centre - cycle).mean() < 0.1 * np.abs(cycle).mean()  # the median error is about zero
    assert (np.diff(stated, axis=2) > 0).all()
    inside = (table.test.target >= stated[:, :, 0]) & (table.test.target <= stated[:, :, 2])
    assert 0.7 < inside.mean() < 0.9


@pytest.mark.parametrize("changed", [{}, {"gaps": True}, {"known_ahead": ("x",)}])
def test_boosting_on_lags_beats_the_last_cycle(changed):
    table = draw_forecast(**changed)
    naive = fit_naive(table).predict(table.test).quantiles
    boosted = fit_boosting(table, seed=0).predict(table.test).quantiles
    error = [np.nanmean(np.abs(q[:, :, 1] - table.test.target)) for q in (boosted, naive)]
    assert error[0] < error[1]
    assert boosted.shape == (table.test.n_rows, HORIZON, len(LEVELS))
    assert np.isfinite(boosted).all()


def test_boosting_depends_on_its_seed_alone():
    table = draw_forecast()
    one, same = (fit_boosting(table, seed=4).predict(table.test).quantiles for _ in range(2))
    assert np.array_equal(one, same)


def test_statistics_of_a_window_are_what_they_say():
    table = draw_classes()
    found = window_statistics(table.test)
    log = table.test.history
    window = log.values[log.start[3] : log.stop[3]].astype(np.float64)
    assert found.shape == (table.test.n_rows, 2 * 13)
    np.testing.assert_allclose(found[3, :2], window.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(found[3, 2:4], window.std(axis=0), rtol=1e-5)
    np.testing.assert_allclose(found[3, 8:10], np.median(window, axis=0), rtol=1e-5)
    np.testing.assert_allclose(found[3, 18:].reshape(4, 2).sum(axis=0), 1.0, rtol=1e-6)  # bands are shares
    assert np.isfinite(found).all()


def test_boosting_on_statistics_tells_paces_apart():
    table = draw_classes()
    right = {
        name: (of.predict(table.test).probabilities.argmax(axis=1) == table.test.target).mean()
        for name, of in (("boosting", fit_boosting(table, seed=0)), ("naive", fit_naive(table)))
    }
    assert right["boosting"] > 0.8 > right["naive"]


def test_rows_have_no_statistics():
    with pytest.raises(TestamurError, match="need windows"):
        window_statistics(draw_table().test)
