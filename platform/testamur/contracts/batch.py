"""New rows and what a dossier's model says of them: what an insight report is made from after training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from testamur.contracts.report import Report
    from testamur.contracts.table import Predictions, RowsPart


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """One call of ``testamur predict``.

    Attributes:
        report: The audit report of the model that predicts.
        evidence: Shared JSON evidence of its dossier, by file name.
        rows: The new rows, encoded as the training rows were; the target is unknown or ignored.
        predictions: What the model says of them.
        names: (n,) what each row is called: its identifier or entity where one is declared, else its
            position in the file.
        entities: Names of the entities in the order of `RowsPart.entity`.
        items: Labels of the codes 1, 2, ... in `History.codes`.
        source: Name of the file, without its folder.
        notes: What was noticed while reading.
    """

    report: Report
    evidence: Mapping[str, Any]
    rows: RowsPart
    predictions: Predictions
    names: tuple[str, ...]
    entities: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    source: str = ""
    notes: tuple[str, ...] = field(default=())
