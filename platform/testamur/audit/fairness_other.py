"""Fairness beyond decisions: quality of risks, right classes and errors, per group and per pair of groups."""

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
CROSSED = CheckSpec(
    key="core.fairness.intersection_quality",
    section=Section.FAIRNESS,
    title="Quality at intersections of two attributes",
    question="Is the model as good for people who belong to two groups at once as for others?",
    formula=(
        "as per group, for every pair of attributes: AUC and Brier score of risks, share of right classes, "
        "mean |error| and mean error, NDCG and hit rate of lists, MASE, bias and coverage of forecasts; "
        "largest difference between two intersections of a pair"
    ),
    citation=f"Crenshaw 1989; Buolamwini and Gebru 2018; DeLong 1988; {_JOINT}",
    needs=_NEEDS,
    problems=(
        ProblemKind.BINARY,
        ProblemKind.MULTICLASS,
        ProblemKind.REGRESSION,
        ProblemKind.RANKING,
        ProblemKind.FORECAST,
    ),
    run="testamur.audit.fairness_crossed:run",
    golden="testamur.audit.golden_crossed:cases",
)

CHECKS: tuple[CheckSpec, ...] = (QUALITY, CLASSES, ERRORS, CROSSED)
