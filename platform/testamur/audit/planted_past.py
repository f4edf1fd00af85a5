"""Faults planted in copies of forecasts, windows and rankings; each must be found by the check for it."""

from __future__ import annotations

from math import ceil

import numpy as np

from testamur.audit import forecast, ranking
from testamur.audit.control import Control, above, apart_from, at_least, below, find_alarm
from testamur.audit.copies import PLANTED, shuffled_groups, two_largest, with_test
from testamur.audit.copies_past import (
    drawn_futures,
    known_choices,
    known_windows,
    lists_by_choice,
    one_attribute,
    shuffled_series,
    window_scales,
    with_channel,
    with_choice_first,
    with_said,
    without_choice,
)
from testamur.audit.forecast_scores import log_of, median_of
from testamur.audit.inputs import predictions_of
from testamur.audit.interval import Floats, Ints
from testamur.audit.past_shape import Shape, shape_of
from testamur.audit.ranks import CUT, item_counts
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput
from testamur.contracts.finding import CheckStatus
from testamur.contracts.table import Predictions

KNOWN_SHARE = 0.05
SERVED = 0.20  # of a group's users whose choice is put first
SPOILT = 0.10  # of lists whose choice a rival finds at once
SCREEN, CHANNEL_NOISE = 0.95, 0.05
HALF = 0.5


def show_future(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """A channel that holds the value one step ahead, with a little noise."""
    log = log_of(given.table)
    ahead = np.append(log.values[1:, 0], np.nan)
    ahead[np.append(np.diff(log.series) != 0, True)] = np.nan
    spread = float(np.nanstd(np.diff(log.values[:, 0])[np.diff(log.series) == 0]))
    return with_channel(given, ahead + rng.normal(0, CHANNEL_NOISE * max(spread, 1e-12), len(ahead)))


def repeat_windows(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Of twenty test windows one is from the time of training; all others are new."""
    if shape_of(given.table) is not Shape.WINDOWS:
        raise Skip(CheckStatus.NOT_APPLICABLE, "the rows are no windows of series")
    return known_windows(given, _one_in_twenty(given.table.test.n_rows, rng), rng)


def shift_series(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Groups dealt out by chance among series; then one is forecast too high by half the errors' spread."""
    copy = shuffled_series(one_attribute(given), rng)
    _, _, _, rows = two_largest(copy)
    stated = np.asarray(predictions_of(copy).quantiles, np.float64).copy()
    scale = window_scales(copy)
    error = median_of(stated, copy.table.problem.quantiles) - np.asarray(copy.table.test.target, np.float64)
    spread = float(np.nanstd(error / scale[:, None]))
    if not spread > 0:
        raise Skip(CheckStatus.NOT_APPLICABLE, "the forecasts have no error that could be shifted")
    stated[rows] += (HALF * spread * scale[rows])[:, None, None]
    return with_said(copy, Predictions(quantiles=stated))


def narrow(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Futures drawn from the stated quantiles; then all intervals are stated half as wide."""
    copy = with_test(given, target=drawn_futures(given, rng))
    stated = np.asarray(predictions_of(copy).quantiles, np.float64)
    middle = median_of(stated, copy.table.problem.quantiles)[..., None]
    return with_said(copy, Predictions(quantiles=middle + HALF * (stated - middle)))


def worsen_forecasts(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """A rival states what the model does; the model's own are moved away by one error, in every window."""
    said = predictions_of(given)
    return with_said(given, Predictions(quantiles=moved_away(given, np.ones(given.table.test.n_rows))), said)


def moved_away(given: AuditInput, share: Floats) -> Floats:
    """(n, horizon, n_quantiles) quantiles moved away from what came, by so much of the mean error each."""
    stated = np.asarray(predictions_of(given).quantiles, np.float64)
    error = median_of(stated, given.table.problem.quantiles) - np.asarray(given.table.test.target, np.float64)
    away = np.where(np.nan_to_num(error) >= 0, 1.0, -1.0)
    size = np.nanmean(np.abs(error) / window_scales(given)[:, None]) * window_scales(given)
    return np.asarray(stated + (away * (share * size)[:, None])[..., None])


def repeat_choices(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Of twenty users one had chosen before what is asked for; nobody else had."""
    return known_choices(given, _one_in_twenty(given.table.test.n_rows, rng))


def serve_group(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Groups dealt out by chance; then 20 of 100 users of one group get their choice first in the list."""
    copy = shuffled_groups(one_attribute(given), rng)
    _, _, _, rows = two_largest(copy)
    target: Ints = np.asarray(copy.table.test.target, np.int64)
    said = predictions_of(copy)
    missed = rows[
        (np.asarray(said.ranked)[rows, :CUT] != target[rows, None]).all(axis=1) & (target[rows] > 0)
    ]
    n_served = round(SERVED * len(rows))
    if len(missed) < n_served:
        raise Skip(CheckStatus.NOT_APPLICABLE, "too few lists lack the choice for 20 points to be added")
    served = rng.permutation(missed)[:n_served]
    return with_said(copy, with_choice_first(said, target, served))


def hide_items(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Lists drawn as often as items are chosen, but those of one group of items half as often."""
    weight, group = proportional(given)
    mine = group == np.bincount(group[group >= 0], weights=weight[group >= 0]).argmax()
    shown = np.where(mine, HALF * weight, weight)
    return with_said(given, lists_by_choice(given.table, shown, given.table.test.n_rows, CUT, rng))


def proportional(given: AuditInput) -> tuple[Floats, Ints]:
    """(n_items,) training choices of each item, and its level of the first attribute of items.

    Raises:
        Skip: Items are not described, or only one group of them is chosen.
    """
    table = given.table
    if not table.item_attributes or table.item_groups is None:
        raise Skip(CheckStatus.NOT_APPLICABLE, "no column describes the items")
    weight = item_counts(table).astype(np.float64)
    group = table.item_groups[1:, 0].astype(np.int64)
    if len(np.unique(group[(weight > 0) & (group >= 0)])) < 2:
        raise Skip(CheckStatus.NOT_APPLICABLE, "only one group of items is ever chosen")
    return weight, group


def worsen_lists(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """Ten of a hundred lists lose their choice, which a rival puts first; all others are alike."""
    said, target = predictions_of(given), np.asarray(given.table.test.target, np.int64)
    rows = rng.choice(len(target), max(round(SPOILT * len(target)), 1), replace=False)
    return with_said(given, without_choice(said, target, rows), with_choice_first(said, target, rows))


def _one_in_twenty(n: int, rng: np.random.Generator) -> Ints:
    return np.asarray(rng.choice(n, ceil(KNOWN_SHARE * n), replace=False))


PAST_FAULTS: tuple[Control, ...] = (
    Control(
        "channel_of_the_future",
        "a channel that holds the value one step ahead",
        forecast.CHANNELS,
        show_future,
        lambda o: find_alarm(o, "future_correlation", at_least(SCREEN), subject=PLANTED),
        f"partial correlation of the planted channel with a value ahead at least {SCREEN}",
    ),
    Control(
        "windows_of_training",
        "windows from the time of training in the test part, one in twenty",
        forecast.LEAKAGE,
        repeat_windows,
        lambda o: find_alarm(o, "seen_window_share", at_least(0.9 * KNOWN_SHARE)),
        f"at least {90 * KNOWN_SHARE:.1f} % of the test windows are told to be known",
        only=Shape.WINDOWS,
    ),
    Control(
        "shifted_series",
        "forecasts of one group of series too high by half the spread of the errors",
        forecast.GROUPS,
        shift_series,
        lambda o: find_alarm(o, "bias_gap", above(0.0)),
        "the interval of a gap in scaled bias lies above 0",
    ),
    Control(
        "narrow_intervals",
        "intervals stated half as wide as the futures drawn from them",
        forecast.COVERAGE,
        narrow,
        lambda o: find_alarm(o, "coverage_gap", apart_from(0.0)),
        "the interval of the coverage gap leaves 0 out",
    ),
    Control(
        "worse_forecasts",
        "forecasts moved away from what came by the mean error, beside a rival who states the same unmoved",
        forecast.ACCURACY,
        worsen_forecasts,
        lambda o: find_alarm(o, "mase_gain_over_rival", below(0.0)),
        "the interval of the gain over the rival lies below 0",
    ),
    Control(
        "known_choices",
        "choices that lie in the history, one user in twenty",
        ranking.LEAKAGE,
        repeat_choices,
        lambda o: find_alarm(o, "target_in_history_share", at_least(0.9 * KNOWN_SHARE)),
        f"at least {90 * KNOWN_SHARE:.1f} % of the test choices are told to be known",
    ),
    Control(
        "served_group",
        "the choice put first in the lists of 20 of 100 users of one group",
        ranking.USERS,
        serve_group,
        lambda o: find_alarm(o, "ndcg_10_gap", above(0.0)),
        "the interval of a gap in NDCG@10 lies above 0",
    ),
    Control(
        "hidden_items",
        "items of one group shown half as often as they are chosen",
        ranking.ITEMS,
        hide_items,
        lambda o: find_alarm(o, "exposure_ratio", below(1.0)),
        "the interval of a group's exposure over its choices lies below 1",
    ),
    Control(
        "worse_lists",
        "lists without the choice, beside a rival who puts it first, in ten of a hundred",
        ranking.ACCURACY,
        worsen_lists,
        lambda o: find_alarm(o, "ndcg_10_gain_over_rival", below(0.0)),
        "the interval of the gain over the rival lies below 0",
    ),
)
