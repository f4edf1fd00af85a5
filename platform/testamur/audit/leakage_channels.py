"""Channels that show the future: what one says of a value ahead, beyond what the series itself says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur.audit.findings import done, json_file, not_estimable
from testamur.audit.forecast import CHANNELS
from testamur.audit.inputs import generator
from testamur.audit.interval import Estimate, Floats, Ints, critical_value
from testamur.audit.past_shape import channels_of
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import CheckStatus
from testamur.contracts.table import History

_FILE = "leakage_channels.json"
_MOST_STEPS, _MOST_AHEAD, _MOST_FINDINGS = 20_000, 8, 10
_FEWEST_STEPS = 30
_N_CONTROLS = 3  # the constant, the value at the origin, the value one cycle before the step ahead
_SCREEN, _NO_SPREAD = 0.95, 1e-9
MEASURE, LABEL = "future_correlation", "partial correlation of a channel with the value ahead"


@dataclass(frozen=True, slots=True)
class Told:
    """One channel: the step ahead that it says most of, and how much."""

    name: str
    ahead: int
    correlation: float
    n: int


def run(given: AuditInput) -> CheckOutcome:
    """The largest partial correlation of each channel over steps ahead; the ten highest become findings.

    Raises:
        Skip: There is no channel besides the series itself.
    """
    table, log = given.table, given.table.test.history
    names = channels_of(table)
    if log is None or len(names) < 2:
        raise Skip(CheckStatus.NOT_APPLICABLE, "the model sees no channel besides the series itself")
    horizon, season = table.problem.horizon or 1, table.problem.season or 1
    steps = np.unique(np.linspace(1, horizon, min(horizon, _MOST_AHEAD)).round().astype(np.int64))
    known_ahead = set(table.spec.windows.known_ahead if table.spec.windows else ())
    values = _standard(log)
    told, n_asked = [], 0
    for place, name in enumerate(names[1:], start=1):
        found = []
        for ahead in steps.tolist():
            origins = _origins(log, ahead, season, horizon, generator(given, CHANNELS.key))
            shown = (0, ahead) if name in known_ahead else (0,)
            found += [(ahead, *_partial(values, place, origins, ahead, season, at)) for at in shown]
        n_asked += len(found)
        ahead, correlation, n = max(found, key=lambda f: (f[1], -f[0]))
        told.append(Told(name, ahead, correlation, n))
    return _outcome(given, sorted(told, key=lambda t: (-t.correlation, t.name)), n_asked)


def _outcome(given: AuditInput, told: list[Told], n_asked: int) -> CheckOutcome:
    """Findings; each largest correlation is one of `n_asked`, whose intervals hold jointly."""
    z = critical_value(given.policy.level, n_asked)
    findings, tree = [], []
    for one in told:
        estimate = correlation_estimate(one, z)
        if estimate is None:
            reason = f"fewer than {_FEWEST_STEPS} steps a horizon apart have all that is compared"
            findings.append(not_estimable(CHANNELS.key, MEASURE, LABEL, reason, subject=one.name))
            continue
        findings.append(
            done(
                CHANNELS.key, MEASURE, LABEL, estimate, subject=one.name, level=given.policy.level,
                simultaneous=True, evidence=_FILE, note=f"largest {one.ahead} steps ahead",
            )
        )  # fmt: skip
        tree.append(
            {"name": one.name, "ahead": one.ahead, "correlation": estimate.value, "low": estimate.low,
             "high": estimate.high, "n": one.n}
        )  # fmt: skip
    file = json_file(_FILE, {"limit": _SCREEN, "channels": tree}, "What each channel says of the future")
    return CheckOutcome(tuple(findings[:_MOST_FINDINGS]), (file,))


def correlation_estimate(one: Told, z: float) -> Estimate | None:
    """Fisher's interval: atanh(r) with a standard error of 1 / sqrt(n - controls - 3)."""
    if one.n < _FEWEST_STEPS:
        return None
    value = min(one.correlation, 1.0 - 1e-12)
    half = z / (one.n - _N_CONTROLS - 3) ** 0.5
    low, high = np.tanh(np.arctanh(value) - half), np.tanh(np.arctanh(value) + half)
    words = "Fisher's z, steps a horizon apart"
    return Estimate(one.correlation, max(float(low), 0.0), max(float(high), one.correlation), words, one.n)


def _standard(log: History) -> Floats:
    """(T, n_channels) values less their series' mean, over its standard deviation."""
    values = log.values.astype(np.float64)
    _, number = np.unique(log.series, return_inverse=True)
    known = ~np.isnan(values)
    count = np.maximum(np.stack([np.bincount(number, weights=k) for k in known.T], axis=1), 1.0)
    filled = np.where(known, values, 0.0)
    mean = np.stack([np.bincount(number, weights=c) for c in filled.T], axis=1) / count
    squared = np.where(known, values - mean[number], 0.0) ** 2
    spread = np.sqrt(np.stack([np.bincount(number, weights=c) for c in squared.T], axis=1) / count)
    spread[spread <= _NO_SPREAD] = np.nan
    return np.asarray((values - mean[number]) / spread[number])


def _origins(log: History, ahead: int, season: int, horizon: int, rng: np.random.Generator) -> Ints:
    """Steps a horizon apart that have a step ahead, and one a cycle before that, in the same series."""
    lag = max(season - ahead, 0)
    step = np.arange(lag, log.series.size - ahead, horizon)
    same = (log.series[step] == log.series[step + ahead]) & (log.series[step] == log.series[step - lag])
    step = step[same]
    return np.asarray(step if len(step) <= _MOST_STEPS else rng.choice(step, _MOST_STEPS, replace=False))


def _partial(
    values: Floats, place: int, origins: Ints, ahead: int, season: int, at: int
) -> tuple[float, int]:
    """Absolute partial correlation of a channel, `at` steps ahead, with the value ahead; and the steps."""
    came = values[origins + ahead, 0]
    shown = values[origins + at, place]
    lag = max(season - ahead, 0)
    controls = np.stack([np.ones(len(origins)), values[origins, 0], values[origins - lag, 0]], axis=1)
    usable = ~np.isnan(np.c_[came, shown, controls]).any(axis=1)
    n = int(usable.sum())
    if n < _FEWEST_STEPS:
        return 0.0, n
    both = np.stack([came[usable], shown[usable]], axis=1)
    held, *_ = np.linalg.lstsq(controls[usable], both, rcond=None)
    left = both - controls[usable] @ held
    size = np.sqrt((left**2).sum(axis=0))
    if (size <= _NO_SPREAD * n**0.5).any():
        return 0.0, n  # nothing is left to say, or nothing says it
    return float(abs(left[:, 0] @ left[:, 1]) / (size[0] * size[1])), n
