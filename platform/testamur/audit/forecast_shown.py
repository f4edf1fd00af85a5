"""What a forecast looks like: the total of all series, never a single series of people."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.enough import least
from testamur.audit.findings import json_file
from testamur.audit.forecast_scores import log_of, series_of
from testamur.audit.inputs import MODEL, baselines, predictions_of
from testamur.audit.interval import Floats
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import WindowRule
from testamur.contracts.finding import EvidenceFile

FILE = "forecast_example.json"
RESTRICTED_FILE = "forecast_single.json"
SHOWN_HISTORY = 2  # horizons of the past that are drawn


def aggregate_tree(given: AuditInput) -> list[EvidenceFile]:
    """The latest origin that enough series share, its past and future summed over them; the fan is their sum.

    The sum of the series' quantiles is not a quantile of the sum: it is what the single fans add up to, and
    wider than the fan of the total, for errors of different series offset one another. With fewer series
    than the policy asks of a group, the picture is about one of them; it goes into restricted evidence
    unless the declaration says that series are not about single people.
    """
    table, log = given.table, log_of(given.table)
    moments = log.time[log.stop - 1]
    number = series_of(table)
    shared = len(np.unique(number))
    together = shared >= least(given)
    personal = (table.spec.windows or WindowRule()).personal
    rows = _rows(moments, shared if together else 1, given)
    if rows is None:
        return []
    if not together:
        rows = rows[:1]
    tree = _summed(given, rows)
    tree |= {"n_series": len(rows), "together": together, "unit": _unit(given), "step": table.problem.step}
    if together or not personal:
        return [json_file(FILE, tree, "A late origin, of one series or summed over all that share it")]
    content = json_file(RESTRICTED_FILE, tree, "The last origin of one series")
    return [
        EvidenceFile(
            name=RESTRICTED_FILE,
            content=content.content,
            media_type=content.media_type,
            restricted=True,
            description=content.description,
        )
    ]


def _rows(moments: Floats, shared: int, given: AuditInput) -> np.ndarray | None:
    """Windows of the latest moment that at least half of the series (and enough of them) end at."""
    found, counts = np.unique(moments, return_counts=True)
    wanted = max(min(shared // 2, shared), 1 if shared == 1 else least(given))
    usable = np.flatnonzero(counts >= wanted)
    if not usable.size:
        return None
    return np.flatnonzero(moments == found[usable[-1]])


def _summed(given: AuditInput, rows: np.ndarray) -> dict[str, Any]:
    table, log = given.table, log_of(given.table)
    stated = np.asarray(predictions_of(given).quantiles)[rows]  # (b, horizon, n_quantiles)
    observed = np.asarray(table.test.target, dtype=np.float64)[rows]
    horizon = observed.shape[1]
    length = int((log.stop - log.start)[rows].min())
    back = min(SHOWN_HISTORY * horizon, length)
    places = log.stop[rows][:, None] + np.arange(-back, 0)
    past = log.values[places, 0].astype(np.float64)
    levels = table.problem.quantiles
    middle = int(np.argmin(np.abs(np.asarray(levels) - 0.5)))
    others = {
        name: np.asarray(p.quantiles)[rows][:, :, middle].sum(axis=0)
        for name, p in baselines(given).items()
        if name != MODEL
    }
    return {
        "past": [_number(v) for v in np.nansum(past, axis=0)],
        "observed": [_number(v) for v in observed.sum(axis=0)],
        "levels": list(levels),
        "quantiles": [[float(v) for v in step] for step in stated.sum(axis=0)],
        "baselines": {name: [float(v) for v in values] for name, values in others.items()},
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _unit(given: AuditInput) -> str:
    spec = given.table.spec
    return spec.column(spec.problem.target).unit
