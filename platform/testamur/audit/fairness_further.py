"""Further questions about decisions: curves, ratios of all outcomes, unknown groups, thresholds, flips."""

from __future__ import annotations

from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section

_NEEDS = (Need.PREDICTIONS, Need.PROTECTED, Need.THRESHOLD)
_BINARY = (ProblemKind.BINARY,)

CURVES = CheckSpec(
    key="core.fairness.curves",
    section=Section.FAIRNESS,
    title="Ranking within groups, at every threshold",
    question="Do risks separate the outcomes differently in one group than in another?",
    formula="ABROCA = integral over the false-positive rate of |ROC_a - ROC_b|; largest of all pairs",
    citation="Gardner, Brooks and Baker 2019, LAK; Davison and Hinkley 1997; Sidak 1967",
    needs=(Need.PREDICTIONS, Need.PROTECTED),
    problems=_BINARY,
    run="testamur.audit.fairness_curves:run",
    golden="testamur.audit.golden_fairness_further:curve_cases",
)
DIFFERENTIAL = CheckSpec(
    key="core.fairness.differential",
    section=Section.FAIRNESS,
    title="Differential fairness",
    question="By which factor does belonging to a group change the odds of a decision at most?",
    formula=(
        "eps = max over groups and over both decisions of |log P(decision | a) / P(decision | b)|, half a "
        "row added to each decision; for every attribute and every pair of attributes"
    ),
    citation="Foulds, Islam, Keya and Pan 2020, ICDE; Donner and Zou 2012, Stat Methods Med Res 21:347",
    needs=_NEEDS,
    problems=_BINARY,
    run="testamur.audit.fairness_differential:run",
    golden="testamur.audit.golden_fairness_further:differential_cases",
)
UNKNOWN = CheckSpec(
    key="core.fairness.unknown",
    section=Section.FAIRNESS,
    title="Rows whose group is not known",
    question="What could be the case if the rows without a group belonged to any of them?",
    formula=(
        "selection rate of a group within [s / (n + U - U_s), (s + U_s) / (n + U_s)], U and U_s all and "
        "the selected rows without a group; the gap within what these bounds allow"
    ),
    citation="Manski 2003, Partial Identification of Probability Distributions, ch. 1; Kallus et al. 2022",
    needs=_NEEDS,
    problems=_BINARY,
    run="testamur.audit.fairness_unknown:run",
    golden="testamur.audit.golden_fairness_further:unknown_cases",
)
THRESHOLDS = CheckSpec(
    key="core.fairness.thresholds",
    section=Section.FAIRNESS,
    title="Other thresholds",
    question="Would the groups lie as far apart at another threshold?",
    formula=(
        "largest difference of selection and true-positive rates, and lowest over highest selection rate, at "
        "thresholds between the 5th and 95th percentile of the risks; share of them below four fifths"
    ),
    citation="Hardt, Price and Srebro 2016, NeurIPS; 29 CFR 1607.4(D); counted on these rows",
    needs=_NEEDS,
    problems=_BINARY,
    run="testamur.audit.fairness_thresholds:run",
    golden="testamur.audit.golden_fairness_further:threshold_cases",
)
INCOMPATIBLE = CheckSpec(
    key="core.fairness.incompatible",
    section=Section.FAIRNESS,
    title="What cannot hold at once",
    question="Which gap follows from groups having the event more or less often, whatever the model does?",
    formula=(
        "FPR = p / (1 - p) * (1 - PPV) / PPV * TPR: gap of false-positive rates that equal PPV and TPR would "
        "bring at each group's share p of events"
    ),
    citation="Chouldechova 2017, Big Data 5:153; Kleinberg, Mullainathan and Raghavan 2017, ITCS",
    needs=_NEEDS,
    problems=_BINARY,
    run="testamur.audit.fairness_incompatible:run",
    golden="testamur.audit.golden_fairness_further:incompatible_cases",
)
FLIPS = CheckSpec(
    key="core.fairness.flips",
    section=Section.FAIRNESS,
    title="Another group, everything else the same",
    question="Does an answer change when nothing but the protected attribute changes?",
    formula=(
        "rows whose decision differs for at least one other level of the attribute / rows; mean of the "
        "largest change of the model's output"
    ),
    citation="Kusner et al. 2017, NeurIPS (the direct effect alone); Wilson 1927, JASA 22:209",
    needs=(Need.PREDICTIONS, Need.PROTECTED, Need.PREDICTOR),
    problems=(ProblemKind.BINARY, ProblemKind.REGRESSION),
    run="testamur.audit.fairness_flips:run",
    golden="testamur.audit.golden_fairness_further:flip_cases",
)

CHECKS: tuple[CheckSpec, ...] = (CURVES, DIFFERENTIAL, UNKNOWN, THRESHOLDS, INCOMPATIBLE, FLIPS)
