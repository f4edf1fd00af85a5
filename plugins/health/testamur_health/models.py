"""The models of the health domain."""

from __future__ import annotations

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import ModelSpec
from testamur_health.options import RiskOptions

RISK = ModelSpec(
    key="health.risk",
    title="Clinical risk",
    summary="An averaged ensemble of small networks for the risk of one event in a cohort.",
    problems=(ProblemKind.BINARY,),
    build="testamur_health.nets.risk:build",
    options=RiskOptions,
    citation=(
        "Y. Gorishniy et al.: TabM: Advancing tabular deep learning with parameter-efficient ensembling, "
        "ICLR 2025"
    ),
)
