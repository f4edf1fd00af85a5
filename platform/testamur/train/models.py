"""The models of the core, declared without torch."""

from __future__ import annotations

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import ModelSpec
from testamur.train.options import TabularOptions

TABULAR = ModelSpec(
    key="core.tabular",
    title="Tabular network",
    summary="An averaged ensemble of small networks (TabM) or one network (MLP) for rows of a table.",
    problems=(ProblemKind.BINARY, ProblemKind.MULTICLASS, ProblemKind.REGRESSION),
    build="testamur.train.layers:build_tabular",
    options=TabularOptions,
    citation=(
        "Y. Gorishniy et al.: TabM: Advancing tabular deep learning with parameter-efficient ensembling, "
        "ICLR 2025; Y. Gorishniy et al.: On embeddings for numerical features in tabular deep learning, "
        "NeurIPS 2022"
    ),
)

CORE_MODELS = (TABULAR,)
