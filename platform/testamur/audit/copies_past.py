"""Altered copies of forecasts, windows and rankings, for the controls; the original is never written to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from testamur.audit.copies import PLANTED, two_largest
from testamur.audit.forecast_scores import series_of, series_scales
from testamur.audit.inputs import MODEL, predictions_of
from testamur.audit.interval import Floats, Ints
from testamur.audit.past_shape import channels_of
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput
from testamur.contracts.finding import CheckStatus
from testamur.contracts.table import History, Predictions, RowsPart, RowsTable

RIVAL = "rival"


def with_said(given: AuditInput, said: Predictions, rival: Predictions | None = None) -> AuditInput:
    """The same audit with other predictions of the test part, and those of a made-up rival."""
    predictions: dict[str, Any] = {MODEL: {"test": said}}
    if rival is not None:
        predictions[RIVAL] = {"test": rival}
    return replace(given, predictions=predictions)


def with_channel(given: AuditInput, values: Floats) -> AuditInput:
    """The same audit with the target and one more channel, (T,), alone."""
    table = given.table

    def part(of: RowsPart) -> RowsPart:
        log = of.history
        if log is None:
            return of
        both = np.stack([log.values[:, 0], values.astype(np.float32)], axis=1)
        return replace(of, history=replace(log, values=both))

    windows = dict(table.encoder.get("windows", {})) | {"channels": [channels_of(table)[0], PLANTED]}
    other = replace(
        table,
        train=part(table.train),
        validation=part(table.validation),
        test=part(table.test),
        encoder={**table.encoder, "windows": windows},
    )
    return replace(given, table=other)


def one_attribute(given: AuditInput) -> AuditInput:
    """The same audit with one protected attribute alone, so that one family of intervals can raise an alarm.

    Raises:
        Skip: No attribute has two groups in the test part.
    """
    table = given.table
    _, position, _, _ = two_largest(given)
    test = replace(table.test, groups=table.test.groups[:, [position]])
    return replace(given, table=replace(table, attributes=(table.attributes[position],), test=test))


def shuffled_series(given: AuditInput, rng: np.random.Generator) -> AuditInput:
    """The same audit with group codes dealt out anew among series; windows of a series stay together.

    Raises:
        Skip: No protected attribute is declared.
    """
    if not given.table.attributes:
        raise Skip(CheckStatus.NOT_APPLICABLE, "no protected attribute is declared")
    test = given.table.test
    _, first, number = np.unique(series_of(given.table), return_index=True, return_inverse=True)
    dealt = test.groups[first][rng.permutation(len(first))]
    return replace(given, table=replace(given.table, test=replace(test, groups=dealt[number])))


def window_scales(given: AuditInput) -> Floats:
    """(n,) scale of each test window; 1 where its series never moves in training."""
    scale = series_scales(given.table)[series_of(given.table)]
    return np.where(np.isnan(scale), 1.0, scale)


def drawn_futures(given: AuditInput, rng: np.random.Generator) -> Floats:
    """(n, horizon) values drawn from the stated quantiles, NaN where the future is unknown.

    Between two stated quantiles every value is as likely; beyond the outer ones a value lies as far out as
    the next quantiles are apart, at most.
    """
    stated = np.asarray(predictions_of(given).quantiles, np.float64)
    levels = np.asarray(given.table.problem.quantiles)
    known = ~np.isnan(np.asarray(given.table.test.target, np.float64))
    u = rng.random(known.shape)
    place = np.clip(np.searchsorted(levels, u) - 1, 0, len(levels) - 2)
    low, high = (np.take_along_axis(stated, (place + k)[..., None], axis=2)[..., 0] for k in (0, 1))
    share = (u - levels[place]) / (levels[place + 1] - levels[place])
    return np.where(known, low + share * np.maximum(high - low, 1e-9), np.nan)


def known_windows(given: AuditInput, rows: Ints, rng: np.random.Generator) -> AuditInput:
    """The same audit with these test windows from the time of training, and all others from no time of it.

    The windows' steps are compared, not their values: a second log stands behind the first, in which nobody
    was trained; a forecast's comes later.
    """
    table = given.table
    train, test = table.train.history, table.test.history
    assert train is not None
    assert test is not None
    size = train.time.size
    later = float(train.time.max() - train.time.min()) + 1.0
    log = {
        "values": np.zeros((2 * size, 1), np.float32),
        "codes": np.zeros((2 * size, 0), np.int64),
        "time": np.concatenate([train.time, train.time + later]),
        "series": np.concatenate([train.series, train.series + train.series.max() + 1]),
    }
    start, stop = test.start + size, test.stop + size
    source = rng.choice(train.start.size, len(rows))
    start[rows], stop[rows] = train.start[source], train.stop[source]
    other = replace(
        table,
        train=replace(table.train, history=History(**log, start=train.start, stop=train.stop)),
        test=replace(table.test, history=History(**log, start=start, stop=stop)),
    )
    return replace(given, table=other)


def known_choices(given: AuditInput, rows: Ints) -> AuditInput:
    """The same audit in which these users had chosen before what they choose next, and nobody else had."""
    table, n = given.table, given.table.test.n_rows
    log = table.test.history
    assert log is not None
    codes = np.zeros((2 * n, 1), np.int64)  # of each user one choice before, and the next
    target = np.maximum(table.test.target, 1)
    codes[0::2, 0] = target + 1
    codes[2 * rows, 0] = target[rows]
    own = History(
        values=np.zeros((2 * n, 0), np.float32),
        codes=codes,
        time=np.arange(2 * n, dtype=np.float64),
        series=np.repeat(np.arange(n), 2),
        start=2 * np.arange(n),
        stop=2 * np.arange(n) + 1,
    )
    return replace(given, table=replace(table, test=replace(table.test, history=own, target=target)))


def with_choice_first(said: Predictions, target: Ints, rows: Ints) -> Predictions:
    """The lists of these rows with their choice at the top; what stood there moves down."""
    ranked, scores = np.asarray(said.ranked).copy(), np.asarray(said.scores, np.float64).copy()
    for row in rows[target[rows] > 0]:
        others = ranked[row][ranked[row] != target[row]]
        ranked[row] = np.r_[target[row], others][: ranked.shape[1]]
    scores = np.where(ranked > 0, -np.arange(ranked.shape[1], dtype=np.float64), np.nan)
    return Predictions(ranked=ranked, scores=scores)


def without_choice(said: Predictions, target: Ints, rows: Ints) -> Predictions:
    """The lists of these rows without their choice; what stood below it moves up, nothing fills the end."""
    ranked = np.asarray(said.ranked).copy()
    for row in rows:
        others = ranked[row][ranked[row] != target[row]]
        ranked[row] = np.r_[others, np.zeros(ranked.shape[1] - len(others), np.int64)]
    scores = np.where(ranked > 0, -np.arange(ranked.shape[1], dtype=np.float64), np.nan)
    return Predictions(ranked=ranked, scores=scores)


def lists_by_choice(
    table: RowsTable, weight: Floats, n: int, k: int, rng: np.random.Generator
) -> Predictions:
    """Lists (n, k) of items drawn with replacement in proportion to `weight` (n_items,)."""
    drawn = rng.choice(len(weight), (n, k), p=weight / weight.sum()) + 1
    scores = np.tile(-np.arange(k, dtype=np.float64), (n, 1))
    return Predictions(ranked=drawn.astype(np.int64), scores=scores)


def exchanged_by_coin(a: Predictions, b: Predictions, units: Ints, rng: np.random.Generator) -> Any:
    """Two sets of predictions, exchanged or not for each unit: neither is better but by chance."""
    code = np.unique(units, return_inverse=True)[1]
    heads = rng.random(int(code.max(initial=0)) + 1) < 0.5
    mine = heads[code]

    def mixed(first: Predictions, second: Predictions) -> Predictions:
        held = {}
        for name in ("quantiles", "ranked", "scores"):
            one, other = getattr(first, name), getattr(second, name)
            if one is not None:
                pick = mine.reshape(-1, *[1] * (np.ndim(one) - 1))
                held[name] = np.where(pick, one, other)
        return Predictions(**held)

    return mixed(a, b), mixed(b, a)
