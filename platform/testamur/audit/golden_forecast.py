"""Checks of forecasts held against closed forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from testamur.audit.core_policy import CORE_DEFAULT
from testamur.audit.interval import Floats
from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.dataset import (
    DatasetSpec,
    Problem,
    ProblemKind,
    Source,
    SplitKind,
    SplitRule,
    WindowRule,
)
from testamur.contracts.job import AuditOptions
from testamur.contracts.table import Attribute, History, Predictions, RowsPart, RowsTable

LENGTH, HORIZON, SEASON = 4, 2, 2
LEVELS = (0.1, 0.5, 0.9)
_PAST = 12  # steps before the test's future


def make_forecast(
    future: Sequence[Sequence[float]],
    stated: Mapping[str, Floats],
    *,
    swing: float = 1.0,
    groups: tuple[Sequence[str], Sequence[int]] | None = None,
    overlap: bool = False,
) -> AuditInput:
    """An audit of one test window per series, whose past swings so that its MASE scale is `swing`.

    The past climbs by `swing` each cycle of two steps: y(t) - y(t-2) = swing.

    Args:
        future: (n, 2) what came, NaN where unknown.
        stated: By name: (n, 2, 3) quantiles at 0.1, 0.5, 0.9.
        swing: The MASE scale of every series.
        groups: Levels and (n,) codes of an attribute of the series.
        overlap: True lets the training targets reach into the test's future.
    """
    target = np.asarray(future, dtype=np.float64)
    log = _log(target, swing)
    levels, codes = groups or ((), np.full(len(target), -1))
    ends = {
        "train": log.start + (_PAST if overlap else LENGTH),
        "validation": log.start + _PAST - HORIZON,
        "test": log.start + _PAST,
    }
    parts = {name: _part(log, stop, target, np.asarray(codes), bool(groups)) for name, stop in ends.items()}
    spec = _spec()
    table = RowsTable(
        spec=spec,
        problem=spec.problem,
        classes=(),
        features=(),
        attributes=(Attribute("group", "group", tuple(levels)),) if groups else (),
        columns=("group",) if groups else (),
        sha256="0" * 64,
        encoder={},
        **parts,
    )
    return AuditInput(
        table=table,
        policy=CORE_DEFAULT,
        options=AuditOptions(bootstrap=200),
        predictions={name: {"test": Predictions(quantiles=np.asarray(q))} for name, q in stated.items()},
    )


def _log(target: Floats, swing: float) -> History:
    """The past that climbs by `swing`, then what came, of each series."""
    n, steps = len(target), _PAST + HORIZON
    past = swing * (np.arange(_PAST) // SEASON)
    values = np.concatenate([np.r_[past, row] for row in target])
    first = np.arange(n) * steps
    return History(
        values=values[:, None].astype(np.float32),
        codes=np.zeros((values.size, 0), np.int64),
        time=np.tile(np.arange(steps, dtype=np.float64), n),
        series=np.repeat(np.arange(n), steps),
        start=first,
        stop=first,
    )


def _spec() -> DatasetSpec:
    return DatasetSpec(
        key="core.golden",
        title="A case with a known answer",
        problem=Problem(
            kind=ProblemKind.FORECAST,
            target="y",
            horizon=HORIZON,
            season=SEASON,
            quantiles=LEVELS,
            step="day",
        ),
        columns=(),
        source=Source(title="made in the test"),
        loader="testamur.audit.golden_forecast:make_forecast",
        windows=WindowRule(length=LENGTH),
        split=SplitRule(kind=SplitKind.ROLLING),
    )


def _part(log: History, stop: np.ndarray, target: Floats, codes: np.ndarray, grouped: bool) -> RowsPart:
    n = len(stop)
    rows = np.arange(n)
    return RowsPart(
        row=rows,
        numeric=np.zeros((n, 0), np.float32),
        missing=np.zeros((n, 0), bool),
        categorical=np.zeros((n, 0), np.int64),
        target=target,
        groups=codes.astype(np.int16)[:, None] if grouped else np.zeros((n, 0), np.int16),
        absent=np.zeros((n, int(grouped)), bool),
        twin=rows,
        twin_with_target=rows,
        time=log.time[stop - 1],
        history=History(log.values, log.codes, log.time, log.series, stop - LENGTH, stop),
    )


def around(middle: Sequence[Sequence[float]], half: float) -> Floats:
    """(n, 2, 3) quantiles: a median and as much below as above."""
    centre = np.asarray(middle, dtype=np.float64)[:, :, None]
    return np.asarray(centre + half * np.array([-1.0, 0.0, 1.0]))


def accuracy_cases() -> list[GoldenCase]:
    """Forty series that come to 10, 10: the model says 9, the baseline 6, both with 1 around; scale 2."""
    n = 40
    came = [[10.0, 10.0]] * n
    given = make_forecast(
        came,
        {"model": around([[9.0, 9.0]] * n, 1.0), "naive": around([[6.0, 6.0]] * n, 1.0)},
        swing=2.0,
    )
    # Twice the pinball losses at 0.1, 0.5, 0.9 against 10: of 8, 9, 10 they are 0.4, 1, 0; of 5, 6, 7
    # they are 1, 4, 5.4.
    model, naive = 1.4 / 3, 10.4 / 3
    expected = (
        ("mase", "", 0.5),
        ("baseline_mase", "", 2.0),
        ("mase_gain_over_naive", "", 1.5),
        ("smape", "", 2 / 19),
        ("wql", "", model / 10),
        ("wql_gain_over_naive", "", (naive - model) / 10),
        ("scaled_crps", "", model / 2),
        ("scaled_crps_gain_over_naive", "", (naive - model) / 2),
    )
    gap = make_forecast([[10.0, np.nan]] * n, {"model": around([[9.0, 0.0]] * n, 1.0)}, swing=2.0)
    still = make_forecast(came, {"model": around([[9.0, 9.0]] * n, 1.0)}, swing=0.0)
    return [
        GoldenCase("scale, percentage and pinball by hand", given, expected),
        GoldenCase("an unknown step is left out", gap, (("mase", "", 0.5), ("wql", "", model / 10))),
        GoldenCase("series that never move", still, (("mase", "", None), ("wql", "", model / 10))),
        GoldenCase("five series", _few(), (("mase", "", None),)),
    ]


def _few() -> AuditInput:
    return make_forecast([[10.0, 10.0]] * 5, {"model": around([[9.0, 9.0]] * 5, 1.0)})


def coverage_cases() -> list[GoldenCase]:
    """Intervals from -1 to 1: of two steps one comes inside, one above; in every fourth series both."""
    n = 40
    came = [[0.0, 0.5] if i % 4 == 0 else [0.0, 2.0] for i in range(n)]
    given = make_forecast(came, {"model": around([[0.0, 0.0]] * n, 1.0)})
    share = (2 * 10 + 30) / 80
    return [
        GoldenCase("inside by hand", given, (("coverage_80", "", share), ("coverage_gap", "", share - 0.8)))
    ]


def group_cases() -> list[GoldenCase]:
    """Two groups of thirty series: one forecast 1 too low, the other 2 too high; scale 1."""
    codes = [0] * 30 + [1] * 30
    noise = [0.1 * (-1) ** i for i in range(60)]  # an interval needs a spread
    middle = [[9.0 + e] * 2 if c == 0 else [12.0 + e] * 2 for c, e in zip(codes, noise, strict=True)]
    given = make_forecast(
        [[10.0, 10.0]] * 60, {"model": around(middle, 1.5)}, groups=(("north", "south"), codes)
    )
    expected = (
        ("mase", "north", 1.0),
        ("mase", "south", 2.0),
        ("bias", "north", -1.0),
        ("bias", "south", 2.0),
        ("mase_gap", "south", 1.0),
        ("coverage", "north", 1.0),
        ("coverage", "south", 0.0),
    )
    return [GoldenCase("one low, one high", given, expected)]


def data_cases() -> list[GoldenCase]:
    """Two series of fourteen steps: one unknown; the past begins with two zeros in each."""
    given = make_forecast([[10.0, np.nan], [10.0, 10.0]], {"model": around([[9.0, 9.0]] * 2, 1.0)})
    expected = (
        ("n_series", "", 2.0),
        ("median_length", "", 14.0),
        ("unknown_share", "", 1 / 28),
        ("zero_share", "", 4 / 27),
    )
    return [GoldenCase("counted by hand", given, expected)]


def channel_cases() -> list[GoldenCase]:
    """Of c = y(t+2) + e, both standard normal, the correlation is sqrt(1/2); of y(t+2) itself 1."""
    rng = np.random.default_rng(0)
    n, steps = 60, _PAST + HORIZON
    own = rng.normal(size=(n, steps + HORIZON))
    noise = rng.normal(size=(n, steps))
    given = make_forecast(own[:, :HORIZON], {"model": around(own[:, :HORIZON], 1.0)})
    shown = _with_channel(given, own[:, :steps], own[:, HORIZON:] + noise)
    leaked = _with_channel(given, own[:, :steps], own[:, HORIZON:])
    few = _with_channel(given, own[:, :steps], np.ones((n, steps)))
    return [
        GoldenCase("half of the spread", shown, (("future_correlation", "", 0.5**0.5),), tolerance=0.08),
        GoldenCase("the value itself", leaked, (("future_correlation", "", 1.0),), tolerance=0.02),
        GoldenCase("a channel that never moves", few, (("future_correlation", "", None),)),
    ]


def _with_channel(given: AuditInput, values: Floats, channel: Floats) -> AuditInput:
    """The audit with other values, (n, steps), and a channel beside them."""
    both = np.stack([values.ravel(), channel.ravel()], axis=1).astype(np.float32)

    def part(of: RowsPart) -> RowsPart:
        assert of.history is not None
        return replace(of, history=replace(of.history, values=both))

    table = given.table
    return replace(
        given,
        table=replace(
            table, train=part(table.train), validation=part(table.validation), test=part(table.test)
        ),
    )


def leakage_cases() -> list[GoldenCase]:
    """Training targets that end before the test, and such that reach into it."""
    n = 20
    stated = {"model": around([[9.0, 9.0]] * n, 1.0)}
    apart = make_forecast([[10.0, 10.0]] * n, stated)
    into = make_forecast([[10.0, 10.0]] * n, stated, overlap=True)
    return [
        GoldenCase("apart", apart, (("seen_window_share", "", 0.0),)),
        GoldenCase("into the test", into, (("seen_window_share", "", 1.0),)),
    ]
