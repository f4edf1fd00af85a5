"""Windows of series on their way through the loop: gathered from one log, batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from testamur.contracts.errors import DataError, Problem
from testamur.contracts.model import BuildContext
from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur.train.form import Batch, Inputs
from testamur.train.inputs import numeric_input, row_weights
from testamur.train.loss import averaged, held_out_loss, training_loss
from testamur.train.pinball import pinball, squared_error, step_mean
from testamur.train.rows_form import as_predictions
from testamur.train.window_layout import (
    WindowLayout,
    filled,
    known_future,
    plan_windows,
    read_window_layout,
    window_scale,
)


@dataclass(frozen=True, slots=True)
class Dates:
    """What is told of the calendar: windows that end at one moment share it.

    Attributes:
        moment: (n,) which of the moments each window ends at.
        ahead: (n_moments, horizon * n_calendar) float32, see `calendar.Calendar`.
    """

    moment: Tensor
    ahead: Tensor

    def beside(self, numeric: Tensor, rows: Tensor | slice) -> Tensor:
        """Numbers of the windows at these rows, with their calendar behind them."""
        if not self.ahead.shape[1]:
            return numeric
        return torch.cat([numeric, self.ahead.index_select(0, self.moment[rows])], dim=1)

    def to(self, device: str) -> Dates:
        """The same on a device."""
        return Dates(self.moment.to(device), self.ahead.to(device))


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows on the device; implements `form.Examples`.

    Attributes:
        log: (T, n_channels) float32, without gaps; every channel scaled but the target of a forecast.
        stop: (n,) one past each window's last step.
        numeric: (n, n_numeric_in) float32 features of the last row, and what is known ahead.
        categorical: (n, n_categorical) int64.
        target: (n, horizon) float32 with NaN where unknown, or (n,) classes.
        weight: (n,) float32 with mean 1, or None.
        order: (m,) which windows, in which order.
        layout: Length and scales.
        calendar: What is told of the calendar.
    """

    log: Tensor
    stop: Tensor
    numeric: Tensor
    categorical: Tensor
    target: Tensor
    weight: Tensor | None
    order: Tensor
    layout: WindowLayout
    calendar: Dates

    @property
    def n(self) -> int:
        """How many windows there are."""
        return int(self.order.shape[0])

    def taken(self, order: Tensor) -> Windows:
        """The windows in another order; only their places are reordered."""
        return replace(self, order=self.order.index_select(0, order))

    def batch(self, part: slice) -> Batch:
        """The windows at these places, gathered from the log and scaled."""
        chosen = self.order[part]
        target = self.target.index_select(0, chosen)
        window, level, spread = gather(self.log, self.stop.index_select(0, chosen), self.layout)
        if self.layout.forecast:
            target = (target - level) / spread  # (b, horizon)
        numeric = self.calendar.beside(self.numeric.index_select(0, chosen), chosen)
        inputs = (window, numeric, self.categorical.index_select(0, chosen))
        weight = None if self.weight is None else self.weight.index_select(0, chosen)
        return Batch(inputs, target, weight)


def gather(log: Tensor, stop: Tensor, layout: WindowLayout) -> tuple[Tensor, Tensor, Tensor]:
    """Windows (b, length, n_channels) that end before `stop`, with level and spread (b, 1) of the target."""
    steps = torch.arange(-layout.length, 0, device=stop.device)
    window = log[stop[:, None] + steps]  # (b, length, n_channels)
    if not layout.forecast:
        none = torch.zeros(stop.shape[0], 1, device=stop.device)
        return window, none, none + 1
    own = window[:, :, 0].double()
    level = own.mean(dim=1, keepdim=True) if layout.centred else own.new_zeros(stop.shape[0], 1)
    spread = ((own - level).square().mean(dim=1, keepdim=True) + layout.floor**2).sqrt()
    window[:, :, 0] = ((own - level) / spread).float()
    return window, level.float(), spread.float()


@dataclass(frozen=True, slots=True)
class WindowsForm:
    """Windows: the past of each example, and the features of its last row; implements `form.Form`.

    The target of a forecast, in the window and ahead of it, is scaled by level and spread of the window:
    one network serves series of every size. The other channels are standardised.

    Attributes:
        layout: What is fixed before training.
    """

    layout: WindowLayout

    @classmethod
    def plan(cls, table: RowsTable, *, squared: bool = False, calendar: bool = False) -> WindowsForm:
        """The form that the training part asks for.

        Raises:
            DataError: The table holds plain rows, or a part without windows.
        """
        return cls(plan_windows(table, squared=squared, calendar=calendar))

    @classmethod
    def read(cls, tree: dict[str, Any]) -> WindowsForm:
        """From `description`."""
        return cls(read_window_layout(tree))

    def context(self, table: RowsTable, *, n_bins: int, seed: int) -> BuildContext:
        """What the build function is told; windows have no bins."""
        layout = self.layout
        n_known, n_calendar = len(layout.known_ahead), layout.calendar.width if layout.calendar else 0
        ahead = layout.horizon * (n_known + n_calendar)
        return BuildContext(
            n_numeric=table.n_numeric + len(layout.rows.flags) + ahead,
            cardinalities=table.cardinalities,
            n_outputs=layout.n_outputs,
            problem=layout.rows.problem,
            bins=(),
            seed=seed,
            length=layout.length,
            n_channels=len(layout.centre),
            horizon=layout.horizon,
            quantiles=() if layout.squared else layout.quantiles,
            season=layout.season,
            cycles=layout.cycles,
            n_known=n_known,
            n_calendar=n_calendar,
        )

    def examples(self, part: RowsPart, device: str, by_class: np.ndarray | None) -> Windows:
        """The windows of a part; the log is on the device once for each part."""
        dtype = np.float32 if self.layout.forecast or self.layout.rows.n_classes == 2 else np.int64
        weight = row_weights(part, by_class)
        scaled = None if weight is None else torch.from_numpy((weight / weight.mean()).astype(np.float32))
        log, stop, numeric, categorical = self._tensors(part)
        return Windows(
            log=log.to(device),
            stop=stop.to(device),
            numeric=numeric.to(device),
            categorical=categorical.to(device),
            target=torch.from_numpy(np.asarray(part.target).astype(dtype)).to(device),
            weight=None if scaled is None else scaled.to(device),
            order=torch.arange(part.n_rows, device=device),
            layout=self.layout,
            calendar=self._dates(part).to(device),
        )

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Pinball loss or squared error over the known steps ahead; cross entropy of classes."""
        layout = self.layout
        if not layout.forecast:
            return training_loss(output, batch.target, batch.weight, layout.rows.problem)
        if output.dim() == 2:
            output = output.unsqueeze(1)  # (b, 1, n_outputs)
        rows = self._row_loss(output, batch.target.unsqueeze(1)).mean(dim=1)  # (b, k) -> (b,)
        return rows.mean() if batch.weight is None else (rows * batch.weight).mean()

    def held_out(self, settled: Tensor, batch: Batch) -> Tensor:
        """The same of averaged members, summed over windows."""
        layout = self.layout
        if not layout.forecast:
            return held_out_loss(settled, batch.target, batch.weight, layout.rows.problem)
        rows = self._row_loss(settled.flatten(1).unsqueeze(1), batch.target.unsqueeze(1)).squeeze(1)
        return (rows if batch.weight is None else rows * batch.weight).double().sum()

    def settle(self, output: Tensor) -> Tensor:
        """(b, horizon, n_quantiles) growing quantiles, (b, horizon) means, or probabilities."""
        layout = self.layout
        if not layout.forecast:
            return averaged(output, layout.rows.problem)
        mean = output.float() if output.dim() == 2 else output.float().mean(dim=1)
        if layout.squared:
            return mean
        stated = mean.view(-1, layout.horizon, len(layout.quantiles))
        return torch.sort(stated, dim=-1).values

    def inputs(self, part: RowsPart) -> Inputs:
        """Windows (b, length, n_channels), numbers and codes."""
        log, stop, numeric, categorical = self._tensors(part)
        dates = self._dates(part)
        return lambda stretch: (
            gather(log, stop[stretch], self.layout)[0],
            dates.beside(numeric[stretch], stretch),
            categorical[stretch],
        )

    def as_predictions(self, settled: np.ndarray, part: RowsPart) -> Predictions:
        """Quantiles in the unit of the target, the mean where the network states one; or probabilities."""
        layout = self.layout
        if not layout.forecast:
            return as_predictions(settled, layout.rows)
        level, spread = self._scale(part)
        if not layout.squared:
            return Predictions(quantiles=settled * spread[:, None] + level[:, None])
        around = settled[:, :, None] + np.asarray(layout.residuals)[None]  # (n, horizon, n_quantiles)
        return Predictions(
            values=settled * spread + level, quantiles=around * spread[:, None] + level[:, None]
        )

    def completed(self, settled: Callable[[RowsPart], np.ndarray], table: RowsTable) -> WindowsForm:
        """A mean becomes quantiles by the empirical quantiles of the scaled errors on validation windows."""
        if not self.layout.squared:
            return self
        level, spread = self._scale(table.validation)
        errors = (table.validation.target - level) / spread - settled(table.validation)  # (n, horizon)
        every = errors[~np.isnan(errors)]
        steps = [step[~np.isnan(step)] for step in errors.T]
        residuals = [np.quantile(step if step.size else every, self.layout.quantiles) for step in steps]
        told = tuple(tuple(float(value) for value in step) for step in residuals)
        return WindowsForm(replace(self.layout, residuals=told))

    def description(self) -> dict[str, Any]:
        """The layout."""
        return self.layout.description()

    def _row_loss(self, output: Tensor, target: Tensor) -> Tensor:
        """(b, k) mean over the known steps: output (b, k, n_outputs), target (b, 1, horizon)."""
        known = ~torch.isnan(target)
        target = torch.where(known, target, torch.zeros((), device=target.device))
        if self.layout.squared:
            return step_mean(squared_error(output, target), known)
        levels = torch.tensor(self.layout.quantiles, device=output.device)
        stated = output.view(*output.shape[:-1], self.layout.horizon, len(self.layout.quantiles))
        return step_mean(pinball(stated, target, levels), known)

    def _scale(self, part: RowsPart) -> tuple[np.ndarray, np.ndarray]:
        """(n, 1) level and (n, 1) spread of each window, float64."""
        assert part.history is not None
        log = filled(part.history, self.layout.season)[:, 0]
        level, spread = np.empty(part.n_rows), np.empty(part.n_rows)
        for begin in range(0, part.n_rows, 4096):
            stop = part.history.stop[begin : begin + 4096]
            window = log[stop[:, None] + np.arange(-self.layout.length, 0)]
            level[begin : begin + 4096], spread[begin : begin + 4096] = window_scale(window, self.layout)
        return level[:, None], spread[:, None]

    def _dates(self, part: RowsPart) -> Dates:
        """The calendar of every moment at which a window ends; empty where the network is not told."""
        if self.layout.calendar is None or part.history is None:
            return Dates(torch.zeros(part.n_rows, dtype=torch.int64), torch.zeros(1, 0))
        last, moment = np.unique(part.history.time[part.history.stop - 1], return_inverse=True)
        ahead = self.layout.calendar.ahead(last, self.layout.horizon).reshape(last.size, -1)
        return Dates(torch.from_numpy(moment.astype(np.int64)), torch.from_numpy(ahead))

    def _tensors(self, part: RowsPart) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        layout = self.layout
        if part.history is None:
            problem = Problem("the rows", "windows of series are required, however: they are plain rows")
            raise DataError("The rows cannot be predicted", [problem])
        log = filled(part.history, layout.season)
        centre = np.asarray(layout.centre, dtype=np.float32)
        spread = np.asarray(layout.spread, dtype=np.float32)
        scaled = range(1 if layout.forecast else 0, log.shape[1])
        for i in scaled:
            log[:, i] = (log[:, i] - centre[i]) / spread[i]
        numeric = np.concatenate([numeric_input(part, layout.rows), known_future(part, log, layout)], axis=1)
        return (
            torch.from_numpy(log),
            torch.from_numpy(np.asarray(part.history.stop, dtype=np.int64)),
            torch.from_numpy(np.ascontiguousarray(numeric, dtype=np.float32)),
            torch.from_numpy(np.array(part.categorical, dtype=np.int64)),
        )
