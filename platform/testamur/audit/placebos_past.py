"""Copies of forecasts and rankings with nothing to find: an alarm on one of them is a false one."""

from __future__ import annotations

import numpy as np

from testamur.audit import forecast, ranking
from testamur.audit.control import Control, above, apart_from, at_least, find_alarm
from testamur.audit.copies import PLANTED, shuffled_groups, with_test
from testamur.audit.copies_past import (
    drawn_futures,
    exchanged_by_coin,
    known_choices,
    known_windows,
    lists_by_choice,
    one_attribute,
    shuffled_series,
    with_channel,
    with_choice_first,
    with_said,
)
from testamur.audit.forecast_scores import log_of, resampling_units
from testamur.audit.inputs import clusters, predictions_of
from testamur.audit.past_shape import Shape, shape_of
from testamur.audit.planted_past import KNOWN_SHARE, SCREEN, SPOILT, moved_away, proportional
from testamur.audit.ranks import CUT
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput
from testamur.contracts.finding import CheckStatus
from testamur.contracts.table import Predictions

REPEATS = 25
FEW = 10


def deal_series(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Groups of one attribute dealt out by chance among series."""
    return shuffled_series(one_attribute(given), rng)


def deal_users(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Groups of one attribute dealt out by chance among users."""
    return shuffled_groups(one_attribute(given), rng)


def noise_channel(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """A channel of noise."""
    return with_channel(given, rng.normal(size=log_of(given.table).time.size))


def new_windows(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Windows of steps that nobody was trained on."""
    if shape_of(given.table) is not Shape.WINDOWS:
        raise Skip(CheckStatus.NOT_APPLICABLE, "the rows are no windows of series")
    return known_windows(given, np.zeros(0, np.int64), rng)


def draw_futures(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Futures drawn from the stated quantiles: the intervals hold what they say."""
    return with_test(given, target=drawn_futures(given, rng))


def exchange_forecasts(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Forecasts and such that are moved away from what came, exchanged by coin in every unit."""
    units = resampling_units(given)
    if not units.enough:
        raise Skip(CheckStatus.NOT_APPLICABLE, f"too few {units.words} for an interval")
    worse = Predictions(quantiles=moved_away(given, np.ones(given.table.test.n_rows)))
    mine, rival = exchanged_by_coin(predictions_of(given), worse, units.code, rng)
    return with_said(given, mine, rival)


def new_choices(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Users who choose what they had not chosen before."""
    return known_choices(given, np.zeros(0, np.int64))


def show_by_choice(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Lists drawn as often as items are chosen."""
    weight, _ = proportional(given)
    return with_said(given, lists_by_choice(given.table, weight, given.table.test.n_rows, CUT, rng))


def exchange_lists(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Lists and such that find the choice at once more often, exchanged by coin in every user."""
    said, target = predictions_of(given), np.asarray(given.table.test.target, np.int64)
    rows = rng.choice(len(target), max(round(2 * SPOILT * len(target)), 1), replace=False)
    units = clusters(given)
    code = np.arange(len(target)) if units is None else units
    mine, rival = exchanged_by_coin(said, with_choice_first(said, target, rows), code, rng)
    return with_said(given, mine, rival)


PAST_PLACEBOS: tuple[Control, ...] = (
    Control(
        "noise_channel",
        "a channel of noise",
        forecast.CHANNELS,
        noise_channel,
        lambda o: find_alarm(o, "future_correlation", at_least(SCREEN), subject=PLANTED),
        f"partial correlation of the channel with a value ahead at least {SCREEN}",
        repeats=5,
    ),
    Control(
        "new_windows",
        "windows of steps that training never saw",
        forecast.LEAKAGE,
        new_windows,
        lambda o: find_alarm(o, "seen_window_share", at_least(0.9 * KNOWN_SHARE)),
        f"at least {90 * KNOWN_SHARE:.1f} % of the test windows are told to be known",
        only=Shape.WINDOWS,
    ),
    Control(
        "shuffled_series",
        "groups dealt out by chance among series",
        forecast.GROUPS,
        deal_series,
        lambda o: find_alarm(o, "bias_gap", above(0.0)),
        "the interval of a gap in scaled bias lies above 0",
        repeats=REPEATS,
    ),
    Control(
        "drawn_futures",
        "futures drawn from the stated quantiles",
        forecast.COVERAGE,
        draw_futures,
        lambda o: find_alarm(o, "coverage_gap", apart_from(0.0)),
        "the interval of the coverage gap leaves 0 out",
        repeats=REPEATS,
    ),
    Control(
        "exchanged_forecasts",
        "forecasts exchanged with a rival's by coin",
        forecast.ACCURACY,
        exchange_forecasts,
        lambda o: find_alarm(o, "mase_gain_over_rival", apart_from(0.0)),
        "the interval of the gain over the rival leaves 0 out",
        repeats=REPEATS,
    ),
    Control(
        "new_choices",
        "choices that nobody had made before",
        ranking.LEAKAGE,
        new_choices,
        lambda o: find_alarm(o, "target_in_history_share", at_least(0.9 * KNOWN_SHARE)),
        f"at least {90 * KNOWN_SHARE:.1f} % of the test choices are told to be known",
    ),
    Control(
        "shuffled_users",
        "groups dealt out by chance among users",
        ranking.USERS,
        deal_users,
        lambda o: find_alarm(o, "ndcg_10_gap", above(0.0)),
        "the interval of a gap in NDCG@10 lies above 0",
        repeats=REPEATS,
    ),
    Control(
        "shown_as_chosen",
        "lists drawn as often as items are chosen",
        ranking.ITEMS,
        show_by_choice,
        lambda o: find_alarm(o, "exposure_ratio", apart_from(1.0)),
        "the interval of a group's exposure over its choices leaves 1 out",
        repeats=FEW,
    ),
    Control(
        "exchanged_lists",
        "lists exchanged with a rival's by coin",
        ranking.ACCURACY,
        exchange_lists,
        lambda o: find_alarm(o, "ndcg_10_gain_over_rival", apart_from(0.0)),
        "the interval of the gain over the rival leaves 0 out",
        repeats=REPEATS,
    ),
)
