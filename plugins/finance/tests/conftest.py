from __future__ import annotations

from pathlib import Path

import pytest

from testamur.contracts.check import AuditInput
from testamur.contracts.job import AuditOptions, DatasetRequest
from testamur.contracts.table import RowsTable
from testamur.data.load import load_source
from testamur.data.split import assign_parts
from testamur.data.table import build_table
from testamur_finance.credit.scorecard import Scorecard, fit_scorecard
from testamur_finance.datasets.german import GERMAN
from testamur_finance.options import ScorecardOptions
from testamur_finance.policies.credit import CREDIT_EU


@pytest.fixture(scope="session")
def german() -> RowsTable:
    source = load_source(DatasetRequest(use=GERMAN.key), GERMAN, base=Path.cwd())
    return build_table(source, assign_parts(source, seed=0), bands={}, protected_as_features=False)


@pytest.fixture(scope="session")
def card(german) -> Scorecard:
    return fit_scorecard(german, ScorecardOptions())


@pytest.fixture(scope="session")
def lent(german, card) -> AuditInput:
    """German credit under the file's own costs, asked with few draws."""
    from testamur.contracts.model import TrainingSummary

    parts = {name: card.predict(german.part(name)) for name in ("train", "validation", "test")}
    training = TrainingSummary(
        model="finance.scorecard",
        options=ScorecardOptions().model_dump(mode="json"),
        n_parameters=0,
        epochs_run=0,
        best_epoch=0,
        stopped_early=False,
        device="cpu",
        precision="fp32",
        batch_size=1,
        seconds=0.0,
        history=(),
    )
    return AuditInput(
        table=german,
        policy=CREDIT_EU,
        options=AuditOptions(bootstrap=100),
        predictions={"model": parts},
        threshold=1 / 6,
        threshold_rule="cost",
        training=training,
        predictor=card,
    )
