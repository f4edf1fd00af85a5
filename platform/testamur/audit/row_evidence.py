"""Evidence that belongs to no check: the learning curve, and the predictions row by row (restricted)."""

from __future__ import annotations

import csv
import io

import numpy as np

from testamur.audit.findings import json_file
from testamur.audit.inputs import predictions_of
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import EvidenceFile
from testamur.contracts.spreadsheet import disarm_formula

SHOWN_PLACES = 10  # of a ranking
MOST_LINES = 200_000  # of predictions.csv of a forecast


def training_file(given: AuditInput) -> tuple[EvidenceFile, ...]:
    """training.json, where training is known."""
    if given.training is None:
        return ()
    summary = given.training
    tree = {
        "model": summary.model,
        "best_epoch": summary.best_epoch,
        "epochs_run": summary.epochs_run,
        "stopped_early": summary.stopped_early,
        "history": [m.model_dump() for m in summary.history],
    }
    return (json_file("training.json", tree, "Learning curve"),)


def predictions_file(given: AuditInput) -> EvidenceFile:
    """predictions.csv: one line per test row; restricted, and safe to open in a spreadsheet."""
    table, predictions = given.table, predictions_of(given)
    if predictions.quantiles is not None:
        return forecasts_file(given)
    columns: list[tuple[str, list[object]]] = [
        ("row", table.test.row.tolist()),
        ("target", np.asarray(table.test.target).tolist()),
    ]
    if table.problem.kind is ProblemKind.RANKING and predictions.ranked is not None:
        names = [f"item_{place + 1}" for place in range(min(SHOWN_PLACES, predictions.ranked.shape[1]))]
        columns += list(zip(names, predictions.ranked.T.tolist(), strict=False))
    elif table.problem.kind is ProblemKind.REGRESSION and predictions.values is not None:
        columns.append(("predicted", predictions.values.tolist()))
    elif table.problem.kind is ProblemKind.BINARY:
        columns.append(("probability", predictions.event.tolist()))
        if given.threshold is not None:
            columns.append(("selected", (predictions.event >= given.threshold).astype(int).tolist()))
    elif predictions.probabilities is not None:
        names = [f"probability_{i}" for i in range(predictions.probabilities.shape[1])]
        columns += list(zip(names, predictions.probabilities.T.tolist(), strict=True))
    for position, attribute in enumerate(table.attributes):
        columns.append((disarm_formula(attribute.name), table.test.groups[:, position].tolist()))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([name for name, _ in columns])
    writer.writerows(zip(*(values for _, values in columns), strict=True))
    return EvidenceFile(
        name="predictions.csv",
        content=text.getvalue().encode(),
        media_type="text/csv",
        restricted=True,
        description="Target, prediction and group codes of every test row",
    )


def forecasts_file(given: AuditInput) -> EvidenceFile:
    """predictions.csv of a forecast: one line per test window and step ahead; restricted.

    At most `MOST_LINES` lines: of more windows, evenly chosen ones are written, and the description says so.
    """
    test, stated = given.table.test, predictions_of(given).quantiles
    assert stated is not None
    n, horizon, _ = stated.shape
    chosen = np.unique(np.linspace(0, n - 1, min(n, max(MOST_LINES // horizon, 1))).round().astype(np.int64))
    names = [f"q{level:g}" for level in given.table.problem.quantiles]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["row", "series", "step_ahead", "target", *names])
    series = np.zeros(n, dtype=np.int64)
    if test.history is not None:
        series = test.history.series[test.history.stop - 1]
    for i in chosen.tolist():
        for step in range(horizon):
            value = test.target[i, step]
            known = "" if np.isnan(value) else float(value)
            writer.writerow([int(test.row[i]), int(series[i]), step + 1, known, *stated[i, step].tolist()])
    sampled = "" if len(chosen) == n else f", of {len(chosen):,} windows evenly chosen from {n:,}"
    return EvidenceFile(
        name="predictions.csv",
        content=text.getvalue().encode(),
        media_type="text/csv",
        restricted=True,
        description=f"Observed value and stated quantiles of each step ahead{sampled}",
    )
