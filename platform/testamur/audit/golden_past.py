"""Checks of what rows look back on, held against models that look at one place alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from testamur.audit.core_policy import CORE_DEFAULT
from testamur.audit.golden_ranking import make_ranking
from testamur.audit.golden_world import make_input
from testamur.audit.interval import Floats
from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.dataset import DatasetSpec, Problem, ProblemKind, Source, WindowRule
from testamur.contracts.job import AuditOptions
from testamur.contracts.table import Attribute, History, Predictions, RowsPart, RowsTable

LENGTH, LEVELS = 4, (0.1, 0.5, 0.9)
_BEFORE = 6  # steps before a window, which climb by 1: the scale of every series is 1


@dataclass(frozen=True, slots=True)
class OneStep:
    """Forecasts the value of one step of one channel, without any spread; an unknown value is taken for 0.

    Attributes:
        back: Which step, 1 is the latest.
        channel: Which channel.
    """

    back: int
    channel: int = 0

    def predict(self, part: RowsPart) -> Predictions:
        """Implements `contracts.protocols.Predictor`."""
        assert part.history is not None
        seen = part.history.values[part.history.stop - self.back, self.channel].astype(np.float64)
        value = np.nan_to_num(seen)[:, None, None]
        return Predictions(quantiles=np.repeat(value, len(LEVELS), axis=2))


@dataclass(frozen=True, slots=True)
class LatestAnswer:
    """Says that an answer will be right as the latest was; 0.5 where none is known."""

    def predict(self, part: RowsPart) -> Predictions:
        """Implements `contracts.protocols.Predictor`."""
        log = part.history
        assert log is not None
        answer = log.codes[np.maximum(log.stop - 1, 0), 1]
        said = np.where(answer == 1, 0.9, 0.1)
        event = np.where((log.stop > log.start) & (answer >= 0), said, 0.5)
        return Predictions(probabilities=np.stack([1 - event, event], axis=1))


@dataclass(frozen=True, slots=True)
class NextItem:
    """Lists the item whose code follows that of the latest choice, and nothing else."""

    def predict(self, part: RowsPart) -> Predictions:
        """Implements `contracts.protocols.Predictor`."""
        log = part.history
        assert log is not None
        latest = log.codes[np.maximum(log.stop - 1, 0), 0]
        item = np.where(log.stop > log.start, latest + 1, 0)[:, None]
        return Predictions(ranked=item, scores=np.where(item > 0, 1.0, np.nan))


def windows_world(
    back: int, *, n: int = 400, channel: int = 0, groups: tuple[tuple[str, ...], Any] | None = None
) -> AuditInput:
    """Series of two channels that are -1 twice and 1 twice; what comes is the value so many steps back.

    Level and spread of all windows are alike, so that an exchanged value differs in one case of two, by 2.

    Args:
        back: Step that the model looks at, and that comes.
        n: Series, one test window each.
        channel: That the model looks at, and that comes.
        groups: Levels and (n,) codes of an attribute of the series.
    """
    rng = np.random.default_rng(0)
    sides = np.stack(
        [rng.permuted(np.tile([-1.0, -1.0, 1.0, 1.0], (n, 1)), axis=1) for _ in range(2)], axis=2
    )
    came = sides[:, LENGTH - back, channel]
    climbing = np.repeat(np.tile(np.arange(_BEFORE, dtype=np.float64), (n, 1))[:, :, None], 2, axis=2)
    values = np.concatenate([climbing, sides, np.repeat(came[:, None, None], 2, axis=2)], axis=1)
    return _forecast(values, came[:, None], OneStep(back, channel), groups)


def answers_world(n: int = 400) -> AuditInput:
    """Learners of three answers; the third is right as the second was, whatever the first was."""
    pairs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])[np.arange(n) % 4]
    answers = np.c_[pairs, pairs[:, 1]].ravel()
    codes = np.stack([np.tile([1, 2, 3], n), answers], axis=1)
    steps = np.arange(3 * n)
    log = History(
        values=np.zeros((3 * n, 0), np.float32),
        codes=codes,
        time=steps.astype(np.float64),
        series=np.repeat(np.arange(n), 3),
        start=3 * np.arange(n),
        stop=3 * np.arange(n) + 2,
    )
    event = np.where(pairs[:, 1] == 1, 0.9, 0.1)
    given = make_input(pairs[:, 1], {"model": event})
    test = replace(given.table.test, history=log)
    return replace(given, table=replace(given.table, test=test), predictor=LatestAnswer())


def choices_world(n: int = 400) -> AuditInput:
    """Users of two choices, who choose next what follows the second."""
    given = make_ranking([[1, 7]] * n, [8] * n, {"model": [[8]] * n})
    return replace(given, predictor=NextItem())


def past_cases() -> list[GoldenCase]:
    """Steps that are not looked at matter exactly 0; the one that is matters by 2 in one of two cases."""
    measure = "past_importance"
    return [
        GoldenCase("the latest step", windows_world(1), ((measure, "", 1.0),), tolerance=0.1),
        GoldenCase("another step than the latest", windows_world(2), ((measure, "", 0.0),)),
        GoldenCase("the latest answer", answers_world(), ((measure, "", 0.5),)),
        GoldenCase("the latest choice", choices_world(), ((measure, "", 1.0),)),
        GoldenCase("five users", choices_world(5), ((measure, "", None),)),
    ]


def lost_cases() -> list[GoldenCase]:
    """One step of four is lost, or one choice of ten: so often is the one that counts."""
    return [
        GoldenCase("one step of four", windows_world(1), (("scaled_crps_rise", "", 0.25),), tolerance=0.05),
        GoldenCase("one choice of ten", choices_world(), (("ndcg_10_fall", "", 0.1),), tolerance=0.03),
        GoldenCase("one answer of ten", answers_world(), (("auc_fall", "", 0.05),), tolerance=0.03),
        GoldenCase("five users", choices_world(5), (("ndcg_10_fall", "", None),)),
    ]


def log_of(values: Floats) -> History:
    """The log of (n, steps, n_channels) series that are equally long, one after the other."""
    n, steps, n_channels = values.shape
    first = np.arange(n) * steps
    return History(
        values=values.reshape(-1, n_channels).astype(np.float32),
        codes=np.zeros((n * steps, 0), np.int64),
        time=np.tile(np.arange(steps, dtype=np.float64), n),
        series=np.repeat(np.arange(n), steps),
        start=first,
        stop=first,
    )


def _forecast(
    values: Floats, target: Floats, model: OneStep, groups: tuple[tuple[str, ...], Any] | None
) -> AuditInput:
    """One window per series (n, steps, n_channels), with one step ahead of it."""
    log = log_of(values)
    problem = Problem(kind=ProblemKind.FORECAST, target="y", horizon=1, season=1, quantiles=LEVELS)
    spec = DatasetSpec(
        key="core.golden",
        title="A case with a known answer",
        problem=problem,
        columns=(),
        source=Source(title="made in the test"),
        loader="testamur.audit.golden_past:windows_world",
        windows=WindowRule(length=LENGTH, channels=("x",)),
    )
    stops = {"train": _BEFORE - 1, "validation": _BEFORE, "test": _BEFORE + LENGTH}
    table = RowsTable(
        spec=spec,
        problem=problem,
        classes=(),
        features=(),
        attributes=(Attribute("group", "group", groups[0]),) if groups else (),
        columns=(),
        sha256="0" * 64,
        encoder={"windows": {"channels": ["y", "x"]}},
        **{name: _part(log, log.start + stop, target, groups) for name, stop in stops.items()},
    )
    said = model.predict(table.test)
    return AuditInput(
        table=table,
        policy=CORE_DEFAULT,
        options=AuditOptions(bootstrap=200),
        predictions={"model": {"test": said}},
        predictor=model,
    )


def _part(log: History, stop: Any, target: Floats, groups: tuple[tuple[str, ...], Any] | None) -> RowsPart:
    n = len(stop)
    rows = np.arange(n)
    codes = np.asarray(groups[1], np.int16)[:, None] if groups else np.zeros((n, 0), np.int16)
    return RowsPart(
        row=rows,
        numeric=np.zeros((n, 0), np.float32),
        missing=np.zeros((n, 0), bool),
        categorical=np.zeros((n, 0), np.int64),
        target=target,
        groups=codes,
        absent=np.zeros((n, 0), bool),
        twin=rows,
        twin_with_target=rows,
        time=log.time[stop - 1],
        history=replace(log, start=np.maximum(stop - LENGTH, stop - _BEFORE + 1), stop=stop),
    )
