"""What a declaration of windows leaves open, filled in: channels, season, length, quantiles."""

from __future__ import annotations

import numpy as np

from testamur.contracts.dataset import ColumnKind, DatasetSpec, Role, WindowRule
from testamur.contracts.errors import DataError
from testamur.contracts.errors import Problem as Fault
from testamur.data import wording
from testamur.data.load import LoadedSource
from testamur.data.origins import Cuts
from testamur.data.season import default_length, find_season
from testamur.data.series import Series

DECILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def settle_forecast(source: LoadedSource, series: Series, cuts: Cuts | None) -> tuple[DatasetSpec, list[str]]:
    """The declaration with season, length and quantiles of a forecast filled in."""
    spec = source.spec
    problem, rule, notes = spec.problem, spec.windows or WindowRule(), []
    horizon = problem.horizon or 1
    season = problem.season
    if season is None:
        target = series.values(source.frame.get_column(problem.target))
        season = find_season(series, target, horizon, until=cuts.validation if cuts else np.inf)
        notes.append(
            f"the main cycle was taken to be {wording.counted(season, 'step')}: of the usual cycles of such "
            "steps it repeats best in the training time (season = ... overrules)"
        )
    length = rule.length
    if not length:
        length = default_length(series, season, horizon)
        notes.append(f"a window of {length} steps is looked back on (windows.length overrules)")
    problem = problem.model_copy(
        update={
            "horizon": horizon,
            "season": season,
            "quantiles": problem.quantiles or DECILES,
            "step": problem.step or series.grid.words,
        }
    )
    rule = rule.model_copy(update={"length": length, "test_stride": rule.test_stride or horizon})
    return spec.model_copy(update={"problem": problem, "windows": rule}), notes


def settle_channels(spec: DatasetSpec) -> DatasetSpec:
    """The declaration of a classification with its channels filled in: every number that is a feature.

    Raises:
        DataError: There is none, or no length of a window is stated.
    """
    rule, numbers = spec.windows or WindowRule(), (ColumnKind.NUMERIC, ColumnKind.BOOLEAN)
    names = [c.name for c in spec.columns if c.role is Role.FEATURE and c.kind in numbers]
    channels = rule.channels or tuple(names)
    faults = []
    if not channels:
        message = "a column of numbers is required, however: there is none"
        faults.append(Fault("dataset.windows.channels", message))
    if not rule.length:
        message = "the number of steps is required, however: none is given"
        faults.append(Fault("dataset.windows.length", message))
    if faults:
        raise DataError("The windows cannot be cut", faults)
    return spec.model_copy(update={"windows": rule.model_copy(update={"channels": channels})})
