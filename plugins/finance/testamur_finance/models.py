"""The models of the finance domain."""

from __future__ import annotations

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import ModelSpec
from testamur_finance.options import ScorecardOptions

SCORECARD = ModelSpec(
    key="finance.scorecard",
    title="Scorecard",
    summary="Points per feature that add up to log-odds: fitted exactly, explained exactly.",
    problems=(ProblemKind.BINARY,),
    build="testamur_finance.nets.scorecard:build",
    before="testamur_finance.nets.scorecard:fit_points",
    options=ScorecardOptions,
    citation="T. Hastie, R. Tibshirani: Generalized additive models, 1990; penalised by ridge",
)
