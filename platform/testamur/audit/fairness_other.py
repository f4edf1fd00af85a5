"""Fairness beyond decisions: quality of risks, right classes, and errors of a regression, per group."""

from __future__ import annotations

from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section

_NEEDS = (Need.PREDICTIONS, Need.PROTECTED)
_JOINT = "joint intervals after Sidak 1967, differences after Zou and Donner 2008, Stat Med 27:1693"

QUALITY = CheckSpec(
    key="core.fairness.quality",
    section=Section.FAIRNESS,
    title="Quality of the risks per group",
    question="Are risks as good for people of one group as for people of another?",
    formula="AUC and Brier score of each group; largest difference between two groups",
    citation=f"DeLong 1988; Brier 1950; {_JOINT}",
    needs=(*_NEEDS, Need.PROBABILITIES),
    problems=(ProblemKind.BINARY,),
    run="testamur.audit.fairness_quality:run_quality",
    golden="testamur.audit.golden_fairness:quality_cases",
)
CLASSES = CheckSpec(
    key="core.fairness.classes",
    section=Section.FAIRNESS,
    title="Right classes per group",
    question="Is the predicted class right as often for one group as for another?",
    formula="share of rows whose most probable class is the true one, per group; largest difference",
    citation=f"Wilson 1927, JASA 22:209; {_JOINT}",
    needs=_NEEDS,
    problems=(ProblemKind.MULTICLASS,),
    run="testamur.audit.fairness_quality:run_classes",
    golden="testamur.audit.golden_fairness:class_cases",
)
ERRORS = CheckSpec(
    key="core.fairness.errors",
    section=Section.FAIRNESS,
    title="Errors per group",
    question="Are predictions further off, or off to one side, for some groups?",
    formula="mean |predicted - observed| and mean (predicted - observed) of each group; largest difference",
    citation=f"Student 1908; {_JOINT}",
    needs=_NEEDS,
    problems=(ProblemKind.REGRESSION,),
    run="testamur.audit.fairness_quality:run_errors",
    golden="testamur.audit.golden_fairness:error_cases",
)

CHECKS: tuple[CheckSpec, ...] = (QUALITY, CLASSES, ERRORS)
