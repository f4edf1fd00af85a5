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
