"""The check of the clinical application."""

from __future__ import annotations

from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section

CHANGES = CheckSpec(
    key="health.clinical.changes",
    section=Section.OVERSIGHT,
    title="What would have to differ",
    question=(
        "For how many of those flagged would the model answer otherwise if only changeable things differed?"
    ),
    formula=(
        "share of flagged people with a counterfactual of at most 2 changes among features that are "
        "not declared "
        "immutable, no rarer than 95 % of training rows"
    ),
    citation=(
        "S. Wachter, B. Mittelstadt, C. Russell, Harvard JOLT 31 (2018); B. Ustun, A. Spangher, Y. "
        "Liu: Actionable "
        "recourse in linear classification, FAT* 2019"
    ),
    needs=(Need.PREDICTIONS, Need.PREDICTOR, Need.THRESHOLD),
    problems=(ProblemKind.BINARY,),
    datasets=("health.nhefs",),
    run="testamur_health.clinical.changes:run",
    golden="testamur_health.clinical.golden:change_cases",
)
