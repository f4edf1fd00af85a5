"""Drawn tables of windows, put together by hand: no data room is needed to train on them."""

from __future__ import annotations

import numpy as np

from testamur.contracts.dataset import DatasetSpec, Problem, ProblemKind, Source, WindowRule
from testamur.contracts.table import History, RowsPart, RowsTable

LENGTH, HORIZON, SEASON, LEVELS = 14, 7, 7, (0.1, 0.5, 0.9)


def draw_log(n_series: int = 6, n_steps: int = 90, *, scale: float = 1.0, seed: int = 0) -> History:
    """A wave of seven steps with noise, of another height for each series; a second channel of noise."""
    r = np.random.default_rng(seed)
    wave = np.sin(np.arange(n_steps) * 2 * np.pi / SEASON)
    rows = [10.0 * (i + 1) * (2 + wave + r.normal(0, 0.2, n_steps)) for i in range(n_series)]
    values = np.stack([scale * np.concatenate(rows), r.normal(size=n_series * n_steps)], axis=1)
    steps = np.tile(np.arange(n_steps, dtype=np.float64), n_series)
    none = np.zeros((n_series * n_steps, 0), np.int64)
    number = np.repeat(np.arange(n_series), n_steps)
    return History(values.astype(np.float32), none, steps, number, number, number)


def part_of(log: History, stop: np.ndarray, target: np.ndarray) -> RowsPart:
    n = len(stop)
    return RowsPart(
        row=np.arange(n),
        numeric=np.zeros((n, 0), np.float32),
        missing=np.zeros((n, 0), bool),
        categorical=np.zeros((n, 0), np.int64),
        target=target,
        groups=np.zeros((n, 0), np.int16),
        absent=np.zeros((n, 0), bool),
        twin=np.arange(n),
        twin_with_target=np.arange(n),
        history=History(log.values, log.codes, log.time, log.series, stop - LENGTH, stop),
    )


def draw_forecast(*, scale: float = 1.0, gaps: bool = False, known_ahead: tuple[str, ...] = ()) -> RowsTable:
    """Windows of six series; with `gaps` every eleventh value is unknown, in the log and in the targets."""
    log = draw_log(scale=scale)
    if gaps:
        log.values[::11, 0] = np.nan
    inside = log.time.astype(int)
    stops = np.flatnonzero((inside >= LENGTH) & (inside + HORIZON <= 90))

    def part(rows):
        places = rows[:, None] + np.arange(HORIZON)
        return part_of(log, rows, log.values[places, 0].astype(np.float64))

    at = inside[stops]
    return table_of(
        Problem(
            kind=ProblemKind.FORECAST,
            target="y",
            horizon=HORIZON,
            season=SEASON,
            quantiles=LEVELS,
            step="day",
        ),
        [part(stops[at < 50]), part(stops[(at >= 57) & (at < 62)]), part(stops[at >= 69])],
        known_ahead=known_ahead,
    )


def draw_classes(n_series: int = 24) -> RowsTable:
    """Windows whose class is the pace of their wave; whole series lie in one part."""
    r = np.random.default_rng(3)
    n_steps = 42
    label = np.arange(n_series) % 3
    phase = r.uniform(0, 6, n_series)
    steps = np.arange(n_steps)
    waves = np.sin(phase[:, None] + steps * (0.2 + 0.5 * label[:, None])) + r.normal(
        0, 0.1, (n_series, n_steps)
    )
    values = np.stack([waves.ravel(), r.normal(size=waves.size)], axis=1).astype(np.float32)
    number = np.repeat(np.arange(n_series), n_steps)
    none = np.zeros((len(values), 0), np.int64)
    log = History(values, none, np.tile(steps.astype(np.float64), n_series), number, number, number)
    stops = np.flatnonzero(log.time >= LENGTH)
    target = label[log.series[stops - 1]]
    side = (log.series[stops - 1] // 3) % 4
    parts = [part_of(log, stops[rows], target[rows]) for rows in (side < 2, side == 2, side == 3)]
    problem = Problem(kind=ProblemKind.MULTICLASS, target="label")
    return table_of(problem, parts, classes=("slow", "middle", "fast"))


def table_of(problem, parts, *, classes=(), known_ahead=()) -> RowsTable:
    train, validation, test = parts
    spec = DatasetSpec(
        key="drawn.windows", title="drawn", problem=problem, columns=(), source=Source(title="drawn"),
        resource="drawn:rows.csv", windows=WindowRule(length=LENGTH, known_ahead=known_ahead),
    )  # fmt: skip
    return RowsTable(
        spec=spec, problem=problem, classes=tuple(classes), features=(), attributes=(), columns=(),
        train=train, validation=validation, test=test, sha256="0" * 64,
        encoder={"windows": {"channels": ["y", "x"]}},
    )  # fmt: skip
