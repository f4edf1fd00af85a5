"""What is missing in the data, and how the target is spread over the groups."""

from __future__ import annotations

from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section

ROWS_PROBLEMS = (ProblemKind.BINARY, ProblemKind.MULTICLASS, ProblemKind.REGRESSION)

MISSINGNESS = CheckSpec(
    key="core.data.missingness",
    section=Section.DATA,
    title="Missing values",
    question="How much is missing, and is more missing for some groups than for others?",
    formula="missing cells / rows, per column; largest difference of that share between groups",
    citation="Gebru et al. 2021, Datasheets for Datasets; Newcombe 1998, Stat Med 17:873",
    needs=(Need.DATA,),
    problems=ROWS_PROBLEMS,
    run="testamur.audit.data_missing:run",
    golden="testamur.audit.golden_data:missing_cases",
)
BALANCE = CheckSpec(
    key="core.data.balance",
    section=Section.DATA,
    title="Balance of the target",
    question="How common is the outcome, and does that differ between groups?",
    formula="events / rows, overall and per group; largest difference between groups",
    citation="Wilson 1927, JASA 22:209; Newcombe 1998, Stat Med 17:873",
    needs=(Need.DATA,),
    problems=ROWS_PROBLEMS,
    run="testamur.audit.data_balance:run",
    golden="testamur.audit.golden_data:balance_cases",
)

CHECKS: tuple[CheckSpec, ...] = (MISSINGNESS, BALANCE)
