"""How windows of a part become the network's inputs; kept beside the weights."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import DataError, Problem
from testamur.contracts.table import History, RowsPart, RowsTable
from testamur.train.calendar import Calendar, plan_calendar, read_calendar
from testamur.train.inputs import Layout
from testamur.train.rows_form import describe_layout, read_layout

FLOOR = 0.05  # of the middle spread: a window that hardly moves is not blown up beyond it
MOST_SAMPLED = 5_000  # training windows from which scales are learnt


@dataclass(frozen=True, slots=True)
class WindowLayout:
    """What is fixed before training.

    Attributes:
        rows: Layout of the features of a window's last row.
        length: Steps of a window.
        horizon: Steps ahead; 0 for classifications.
        season: Steps of the main cycle; 0 for classifications.
        quantiles: Levels that a forecast states.
        squared: True where the network states the mean of each step, trained on squared error.
        known_ahead: Channels whose future is an input too.
        centre: Per channel, what is subtracted; the target of a forecast is scaled per window instead.
        spread: Per channel, what it is divided by.
        floor: Smallest spread of a forecast's window.
        centred: False where the window of a forecast is scaled by its spread around zero alone.
        residuals: (horizon, n_quantiles) quantiles of the scaled validation errors around the mean, where
            `squared`; else empty.
        cycles: Steps of the usual cycles of the calendar.
        calendar: How steps ahead are placed in the calendar; None where the network is not told.
    """

    rows: Layout
    length: int
    horizon: int
    season: int
    quantiles: tuple[float, ...]
    squared: bool
    known_ahead: tuple[int, ...]
    centre: tuple[float, ...]
    spread: tuple[float, ...]
    floor: float
    centred: bool = True
    residuals: tuple[tuple[float, ...], ...] = ()
    cycles: tuple[int, ...] = ()
    calendar: Calendar | None = None

    @property
    def forecast(self) -> bool:
        """Whether values of coming steps are predicted, not a class."""
        return self.rows.problem is ProblemKind.FORECAST

    @property
    def n_outputs(self) -> int:
        """Width of the output."""
        if self.forecast:
            return self.horizon * (1 if self.squared else len(self.quantiles))
        return self.rows.n_classes if self.rows.n_classes > 2 else 1

    def description(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "rows": describe_layout(self.rows)}


def read_window_layout(tree: dict[str, Any]) -> WindowLayout:
    """From `WindowLayout.description`."""
    return WindowLayout(
        rows=read_layout(tree["rows"]),
        length=tree["length"],
        horizon=tree["horizon"],
        season=tree["season"],
        quantiles=tuple(tree["quantiles"]),
        squared=tree["squared"],
        known_ahead=tuple(tree["known_ahead"]),
        centre=tuple(tree["centre"]),
        spread=tuple(tree["spread"]),
        floor=tree["floor"],
        centred=tree["centred"],
        residuals=tuple(tuple(step) for step in tree["residuals"]),
        cycles=tuple(tree.get("cycles", ())),  # dossiers of older versions state neither
        calendar=read_calendar(tree.get("calendar")),
    )


def plan_windows(table: RowsTable, *, squared: bool, calendar: bool = False) -> WindowLayout:
    """The layout that the training part asks for.

    Args:
        table: Windows.
        squared: The network states means.
        calendar: The network of a forecast is told the place of each step ahead in the calendar.

    Raises:
        DataError: The table holds plain rows, or a part without windows.
    """
    history, rule = table.train.history, table.spec.windows
    if history is None or rule is None:
        message = "a model of windows needs series of rows, however: the dataset has plain rows"
        remedy = "state [dataset.windows] or problem = 'forecast', or choose a model of rows"
        raise DataError("The table cannot be trained on", [Problem("model.use", message, remedy)])
    if not table.train.n_rows or not table.validation.n_rows:
        problem = Problem("dataset.split", "windows are required for training and validation, however: 0")
        raise DataError("The table cannot be trained on", [problem])
    forecast = table.problem.kind is ProblemKind.FORECAST
    windows = sample_windows(history)  # (n, length, n_channels)
    centre, spread = _scales(windows.reshape(-1, windows.shape[-1]))
    names = list(table.encoder["windows"]["channels"])
    flags = tuple(int(i) for i in np.flatnonzero(table.train.missing.any(axis=0)))
    described = table.encoder["windows"]
    told = forecast and calendar
    return WindowLayout(
        rows=Layout(flags, table.problem.kind, len(table.classes)),
        length=rule.length,
        horizon=(table.problem.horizon or 1) if forecast else 0,
        season=(table.problem.season or 1) if forecast else 0,
        quantiles=table.problem.quantiles if forecast else (),
        squared=squared,
        known_ahead=tuple(names.index(name) for name in rule.known_ahead) if forecast else (),
        centre=centre,
        spread=spread,
        floor=_floor(windows[:, :, 0]) if forecast else 0.0,
        centred=rule.centred,
        cycles=tuple(described.get("cycles", ())) if forecast else (),
        calendar=plan_calendar(described["grid"], history.time, history.stop) if told else None,
    )


def sample_windows(history: History) -> np.ndarray:
    """(n, length, n_channels) at most `MOST_SAMPLED` windows, evenly chosen."""
    n = history.start.size
    chosen = np.unique(np.linspace(0, n - 1, min(n, MOST_SAMPLED)).round().astype(np.int64))
    length = int(history.stop[0] - history.start[0])
    sampled: np.ndarray = history.values[history.start[chosen][:, None] + np.arange(length)]
    return sampled


def window_scale(window: np.ndarray, layout: WindowLayout) -> tuple[np.ndarray, np.ndarray]:
    """Level and spread of each window of a forecast's target: (n,) and (n,), from (n, length), float64.

    The spread is the root of the variance and the floor's square: never 0. Where windows are not centred the
    level is 0, and the spread is taken around it.
    """
    window = window.astype(np.float64)
    level = window.mean(axis=1) if layout.centred else np.zeros(len(window))
    variance = np.square(window - level[:, None]).mean(axis=1)
    return level, np.sqrt(variance + layout.floor**2)


def filled(history: History, season: int) -> np.ndarray:
    """(T, n_channels) float32 log without gaps: the value one cycle ago, else the last one known, else 0.

    Nothing after a gap is used to fill it, but for a series whose first values are unknown.
    """
    values = history.values.astype(np.float32, copy=True)
    step = np.arange(values.shape[0])
    begins = np.flatnonzero(np.diff(history.series, prepend=-1))
    begin = begins[np.cumsum(np.diff(history.series, prepend=-1) != 0) - 1] if begins.size else step
    for channel in values.T:
        unknown = np.isnan(channel)
        if not unknown.any():
            continue
        if season > 1:
            ago = step - season
            usable = unknown & (ago >= begin)
            channel[usable] = channel[ago[usable]]
            unknown = np.isnan(channel)
        known = np.maximum.accumulate(np.where(unknown, -1, step))
        following = _following(unknown, step)
        place = np.where(known >= begin, known, following)
        channel[unknown] = np.append(channel, 0.0)[place[unknown]]
        channel[np.isnan(channel)] = 0.0
    return values


def _following(unknown: np.ndarray, step: np.ndarray) -> np.ndarray:
    """(T,) place of the next known value, T where there is none."""
    n = step.size
    following: np.ndarray = np.minimum.accumulate(np.where(unknown, n, step)[::-1])[::-1]
    return following


def _scales(steps: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each channel over (n, n_channels) steps."""
    centre, spread = [], []
    for channel in steps.T.astype(np.float64):
        known = channel[~np.isnan(channel)]
        centre.append(float(known.mean()) if known.size else 0.0)
        deviation = float(known.std()) if known.size else 0.0
        spread.append(deviation if deviation > 0 else 1.0)
    return tuple(centre), tuple(spread)


def _floor(windows: np.ndarray) -> float:
    """A small share of the middle spread of (n, length) windows."""
    known = ~np.isnan(windows)
    count = np.maximum(known.sum(axis=1), 1)
    values = np.where(known, windows, 0.0).astype(np.float64)
    mean = values.sum(axis=1) / count
    deviation = np.sqrt((np.where(known, windows - mean[:, None], 0.0) ** 2).sum(axis=1) / count)
    moving = deviation[deviation > 0]
    return FLOOR * float(np.median(moving)) if moving.size else 1.0


def known_future(
    part: RowsPart, log: np.ndarray, layout: WindowLayout, rows: Any = slice(None)
) -> np.ndarray:
    """(n, horizon * n_known_ahead) channels ahead of these rows; the last one repeated past the series."""
    history = part.history
    assert history is not None
    stop, ahead = history.stop[rows], list(layout.known_ahead)
    if not ahead:
        return np.zeros((stop.size, 0), dtype=np.float32)
    places = stop[:, None] + np.arange(layout.horizon)  # (n, horizon)
    ends = np.append(np.flatnonzero(np.diff(history.series)) + 1, history.series.size)
    end = ends[np.searchsorted(ends, stop - 1, side="right")]  # of the series of each row
    values: np.ndarray = log[:, ahead][np.minimum(places, end[:, None] - 1)]
    return np.ascontiguousarray(values.reshape(stop.size, -1), dtype=np.float32)
