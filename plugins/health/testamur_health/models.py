"""The models of the health domain."""

from __future__ import annotations

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import InputShape, ModelSpec
from testamur_health.options import ActivityOptions, RiskOptions

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

ACTIVITY = ModelSpec(
    key="health.activity",
    title="Exercise from a watch",
    summary="Convolutions along time over the signals of a watch; training windows are turned and scaled.",
    problems=(ProblemKind.BINARY, ProblemKind.MULTICLASS),
    input_shape=InputShape.WINDOWS,
    build="testamur_health.nets.activity:build",
    options=ActivityOptions,
    citation=(
        "Z. Wang, W. Yan, T. Oates: Time series classification from scratch with deep neural networks, IJCNN "
        "2017; T. T. Um et al.: Data augmentation of wearable sensor data, ICMI 2017"
    ),
)
