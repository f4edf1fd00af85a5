"""What the lists show: how many of the items, how evenly, how popular, how new."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.bootstrap_interval import percentile_estimate
from testamur.audit.enough import too_few_rows
from testamur.audit.findings import done, exact, json_file, not_estimable
from testamur.audit.inputs import MODEL, baselines, clusters, generator, predictions_of
from testamur.audit.interval import Floats, Ints
from testamur.audit.ranking import COVERAGE
from testamur.audit.ranks import CUT, gini, item_counts, lorenz
from testamur.audit.resample import accelerations, count_units, draw_means, units_of
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit
from testamur.contracts.table import Predictions, RowsTable

FILE = "exposure.json"
_COUNTED = (
    ("catalogue_coverage_10", "items shown to anyone in a list of ten", Unit.SHARE),
    ("exposure_gini_10", "inequality of exposure (Gini)", Unit.NUMBER),
)
_LIFT = ("popularity_lift", "popularity shown over popularity chosen before, less 1", Unit.RATIO)
_NOVELTY = ("novelty", "novelty of what is shown, in bits", Unit.NUMBER)


def run(given: AuditInput) -> CheckOutcome:
    """The same measures of the model's lists and of every baseline's."""
    reason = too_few_rows(given)
    if reason:
        names = (*_COUNTED, _LIFT, _NOVELTY)
        return CheckOutcome(
            tuple(not_estimable(COVERAGE.key, name, label, reason, unit) for name, label, unit in names)
        )
    found: list[Finding] = []
    curves = []
    chosen = item_counts(given.table)
    for name, predictions in ({MODEL: predictions_of(given)} | baselines(given)).items():
        shown = appearances(predictions, len(given.table.items))
        found += _findings(given, name, predictions, shown, chosen)
        curves.append({"name": name, "points": lorenz(shown), "gini": gini(shown)})
    curves.append({"name": "chosen", "points": lorenz(chosen.astype(np.float64)), "gini": gini(chosen)})
    tree = {
        "n": given.table.test.n_rows,
        "n_items": len(given.table.items),
        "cut": CUT,
        "curves": curves,
        "by_popularity": _by_popularity(given, chosen),
    }
    return CheckOutcome(tuple(found), (json_file(FILE, tree, "Exposure of items in lists of ten"),))


def appearances(predictions: Predictions, n_items: int) -> Floats:
    """(n_items,) lists of ten that hold each item."""
    shown = np.asarray(predictions.ranked)[:, :CUT]
    return np.bincount(shown.ravel(), minlength=n_items + 1)[1:].astype(np.float64)


def _findings(
    given: AuditInput, name: str, predictions: Predictions, shown: Floats, chosen: Ints
) -> list[Finding]:
    prefix, subject = ("", "") if name == MODEL else ("baseline_", name)
    common: dict[str, Any] = {"subject": subject, "evidence": FILE}
    values = (float((shown > 0).mean()), gini(shown))
    found = [
        exact(COVERAGE.key, prefix + measure, label, value, unit, n=len(shown), **common)
        for (measure, label, unit), value in zip(_COUNTED, values, strict=True)
    ]
    columns = _per_row(given.table, predictions, chosen)
    rng = generator(given, COVERAGE.key)
    users = units_of(columns, rng, clusters(given))
    value, drawn = _told(columns.mean(axis=0)), _told(draw_means(users, given.options.bootstrap, rng))
    skewed, level, n = accelerations(users, _told), given.policy.level, len(columns)
    n_units = count_units(n, clusters(given))
    for i, (measure, label, unit) in enumerate((_LIFT, _NOVELTY)):
        estimate = percentile_estimate(float(value[i]), drawn[:, i], level, n, n_units, float(skewed[i]))
        found.append(done(COVERAGE.key, prefix + measure, label, estimate, unit, level=level, **common))
    return found


def _told(means: Floats) -> Floats:
    """Lift of popularity and mean novelty."""
    return np.stack([means[..., 0] / means[..., 1] - 1.0, means[..., 2]], axis=-1)


def _per_row(table: RowsTable, predictions: Predictions, chosen: Ints) -> Floats:
    """(n, 3) mean popularity of the list, mean popularity of the history, mean novelty of the list."""
    n_users = max(len(np.unique(table.train.entity)) if table.train.entity is not None else 1, 1)
    popularity = np.r_[0.0, chosen / n_users]
    bits = np.r_[0.0, -np.log2(np.maximum(chosen, 0.5) / n_users)]
    shown = np.asarray(predictions.ranked)[:, :CUT]
    n_shown = np.maximum((shown > 0).sum(axis=1), 1)
    log = table.test.history
    assert log is not None
    known = log.codes[:, 0] > 0
    sums = np.r_[0.0, np.cumsum(popularity[log.codes[:, 0]])]
    counts = np.r_[0, np.cumsum(known)]
    n_before = counts[log.stop] - counts[log.start]
    before = (sums[log.stop] - sums[log.start]) / np.maximum(n_before, 1)
    typical = float(popularity[1:] @ chosen) / max(float(chosen.sum()), 1.0)  # of a training choice
    before = np.where(n_before > 0, before, typical)
    listed = [values[shown].sum(axis=1) / n_shown for values in (popularity, bits)]
    return np.stack([listed[0], before, listed[1]], axis=1)


def _by_popularity(given: AuditInput, chosen: Ints) -> list[dict[str, Any]]:
    """Tenths of the items, the least chosen first: their share of choices, and of the places in the lists."""
    tenth = np.argsort(np.argsort(chosen, kind="stable"), kind="stable") * 10 // max(len(chosen), 1)
    shares = {"chosen": chosen.astype(np.float64)}
    for name, predictions in ({MODEL: predictions_of(given)} | baselines(given)).items():
        shares[name] = appearances(predictions, len(chosen))
    rows = []
    for number in range(10):
        mine = tenth == number
        if mine.any():
            share = {name: float(v[mine].sum() / max(v.sum(), 1.0)) for name, v in shares.items()}
            rows.append({"tenth": number + 1, "n_items": int(mine.sum()), "share": share})
    return rows
