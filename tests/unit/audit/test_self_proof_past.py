"""The trial of the audit on itself for forecasts, windows and rankings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from testamur.audit import forecast_coverage, ranking_groups
from testamur.audit.control import try_control
from testamur.audit.copies import smaller
from testamur.audit.copies_past import drawn_futures, exchanged_by_coin, without_choice
from testamur.audit.golden_forecast import around, make_forecast
from testamur.audit.golden_ranking import make_ranking
from testamur.audit.placebos_past import PAST_PLACEBOS
from testamur.audit.planted import FAULTS
from testamur.audit.planted_past import PAST_FAULTS
from testamur.audit.run import run_check
from testamur.audit.self_proof import PLACEBO, PLANTED
from testamur.contracts.check import CheckOutcome
from testamur.contracts.finding import CheckStatus
from testamur.contracts.table import Predictions

RNG = np.random.default_rng(8)


FEW = {"bootstrap": 100}


def forecasts(n=120):
    middle = RNG.normal(size=(n, 2))
    codes = np.arange(n) % 2
    given = make_forecast(
        middle + RNG.normal(size=(n, 2)), {"model": around(middle, 1.28)}, groups=(("a", "b"), codes)
    )
    values = given.table.test.history.values
    values += RNG.normal(size=values.shape).astype(np.float32)
    return replace(given, options=given.options.model_copy(update=FEW))


def rankings(n=400):
    lists = np.stack([RNG.permutation(20)[:12] + 1 for _ in range(n)])
    target = np.where(RNG.random(n) < 0.3, lists[:, 0], RNG.integers(1, 21, n))
    given = make_ranking(
        [[int(i), int(j)] for i, j in RNG.integers(1, 21, (n, 2))],
        target.tolist(),
        {"model": lists.tolist()},
        users=(("a", "b"), (np.arange(n) % 2).tolist()),
        items=(("old", "new"), [0] * 10 + [1] * 10),
    )
    return replace(given, options=given.options.model_copy(update=FEW))


WORLDS = {"forecasts": forecasts(), "rankings": rankings()}


def ran(given, check):
    entry, outcome = run_check(given, check)
    assert entry.status is CheckStatus.DONE, entry.reason
    return outcome.findings[0], {f.subject: f for f in outcome.findings[1:]}


def title(name):
    return next(c.title for c in (*PAST_FAULTS, *FAULTS) if c.name == name)


@pytest.mark.parametrize(("name", "n"), [("forecasts", 6), ("rankings", 5)])
def test_planted_faults_are_found_and_what_does_not_apply_is_named(name, n):
    whole, each = ran(WORLDS[name], PLANTED)
    assert (whole.value, whole.n) == (1.0, n), whole.note
    gone = each[title("over_trained")]
    assert gone.status is CheckStatus.NOT_APPLICABLE
    assert gone.reason


@pytest.mark.parametrize("name", WORLDS)
def test_placebos_stay_within_chance(name):
    whole, _ = ran(WORLDS[name], PLACEBO)
    assert whole.p_value > 0.01
    assert whole.n >= 13


@pytest.mark.parametrize(
    ("world", "module", "run", "name"),
    [
        ("forecasts", forecast_coverage, "run", "narrow_intervals"),
        ("rankings", ranking_groups, "run_users", "served_group"),
    ],
)
def test_a_check_that_sees_nothing_is_exposed(world, module, run, name, monkeypatch):
    monkeypatch.setattr(module, run, lambda given: CheckOutcome(()))
    whole, each = ran(WORLDS[world], PLANTED)
    assert whole.value < 1.0
    assert each[title(name)].value == 0.0


def test_a_placebo_alarms_one_time_in_twenty_at_most_over_many_copies():
    control = next(c for c in PAST_PLACEBOS if c.name == "shuffled_users")
    copy = smaller(WORLDS["rankings"], 1000, np.random.default_rng(0))
    trial = try_control(copy, control, np.random.default_rng(1), repeats=80)
    assert trial.alarms <= 9  # of 80 at 5 %: more comes in fewer than 1 of 100 runs


def test_futures_are_drawn_from_what_is_stated():
    given = WORLDS["forecasts"]
    many = np.stack([drawn_futures(given, RNG) for _ in range(60)])
    stated = given.predictions["model"]["test"].quantiles
    for place, level in enumerate((0.1, 0.5, 0.9)):
        assert (many <= stated[None, :, :, place]).mean() == pytest.approx(level, abs=0.01)
    gap = replace(
        given, table=replace(given.table, test=replace(given.table.test, target=np.full((120, 2), np.nan)))
    )
    assert np.isnan(drawn_futures(gap, RNG)).all()


def test_a_smaller_copy_keeps_rows_answers_and_pasts_together():
    for given in WORLDS.values():
        copy = smaller(given, 30, np.random.default_rng(2))
        place = np.flatnonzero(np.isin(given.table.test.row, copy.table.test.row))
        assert np.array_equal(copy.table.test.history.stop, given.table.test.history.stop[place])
        said, own = copy.predictions["model"]["test"], given.predictions["model"]["test"]
        name = "quantiles" if own.quantiles is not None else "ranked"
        assert np.array_equal(getattr(said, name), getattr(own, name)[place])


def test_a_coin_gives_each_unit_to_one_side_whole():
    lists = np.tile([1, 2, 3], (8, 1))
    a = Predictions(ranked=lists, scores=-np.arange(3.0) * np.ones((8, 1)))
    b = without_choice(a, np.full(8, 2), np.arange(8))
    assert b.ranked[0].tolist() == [1, 3, 0]
    first, second = exchanged_by_coin(a, b, np.repeat([0, 1], 4), RNG)
    assert all(len({tuple(row) for row in half}) == 1 for half in (first.ranked[:4], first.ranked[4:]))
    together = np.sort(np.stack([first.ranked[:, 1], second.ranked[:, 1]]), axis=0)
    assert np.array_equal(together, np.tile([[2], [3]], 8))
