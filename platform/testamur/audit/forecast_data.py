"""The series themselves, and whether training saw the steps that the model is tested on."""

from __future__ import annotations

import numpy as np

from testamur.audit.findings import exact, json_file
from testamur.audit.forecast import DATA, LEAKAGE
from testamur.audit.forecast_scores import log_of
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Unit

_FILE, _LEAK_FILE = "series.json", "leakage_windows.json"


def run(given: AuditInput) -> CheckOutcome:
    """Series, steps, gaps, zeros, and windows per part."""
    table, log = given.table, log_of(given.table)
    values = log.values[:, 0]
    unknown = np.isnan(values)
    lengths = np.bincount(log.series)
    known = max(int((~unknown).sum()), 1)
    counted = (
        ("n_series", "series", float((lengths > 0).sum()), Unit.COUNT),
        ("median_length", "steps of a series, median", float(np.median(lengths[lengths > 0])), Unit.COUNT),
        ("unknown_share", "steps whose value is unknown", float(unknown.mean()), Unit.SHARE),
        ("zero_share", "known values that are 0", float((values == 0).sum() / known), Unit.SHARE),
    )
    found = tuple(
        exact(DATA.key, measure, label, value, unit, n=len(values), evidence=_FILE)
        for measure, label, value, unit in counted
    )
    tree = {measure: value for measure, _, value, _ in counted}
    tree |= {f"n_{name}": float(table.part(name).n_rows) for name in ("train", "validation", "test")}
    return CheckOutcome(found, (json_file(_FILE, tree, "Series, gaps and windows"),))


def run_leakage(given: AuditInput) -> CheckOutcome:
    """Test windows of which training saw a step that it should not have."""
    table = given.table
    train, test = table.train.history, table.test.history
    if train is None or test is None or not test.values.shape[1]:
        raise Skip(CheckStatus.NOT_APPLICABLE, "the rows are no windows of series")
    if table.problem.kind is ProblemKind.FORECAST:
        horizon = table.problem.horizon or 1
        last = np.minimum(np.r_[train.stop] + horizon - 1, train.time.size - 1)
        latest = train.time[last].max() if len(last) else -np.inf
        seen = test.time[np.minimum(test.stop, test.time.size - 1)] <= latest
        label = "test windows whose future begins before the last training target ends"
    else:
        covered = np.zeros(train.time.size + 1, dtype=np.int64)
        np.add.at(covered, train.start, 1)
        np.add.at(covered, train.stop, -1)
        steps = np.r_[0, np.cumsum(np.cumsum(covered[:-1]) > 0)]
        seen = steps[test.stop] > steps[test.start]
        label = "test windows that share a step with a training window"
    share, n = float(seen.mean()), len(seen)
    found = exact(LEAKAGE.key, "seen_window_share", label, share, Unit.SHARE, n=n, evidence=_LEAK_FILE)
    tree = {"seen_window_share": share, "n": n}
    return CheckOutcome((found,), (json_file(_LEAK_FILE, tree, "Windows known before"),))
