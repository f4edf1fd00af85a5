"""What the model rests on, how its answer moves with a column, and what would change it."""

from __future__ import annotations

from testamur.audit.tried_rows import EVERY_PROBLEM
from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.finding import Section

_ASKABLE = (Need.DATA, Need.PREDICTIONS, Need.ASKABLE)

IMPORTANCE = CheckSpec(
    key="core.explanation.importance",
    section=Section.EXPLANATION,
    title="What the model rests on",
    question="Which columns does the model rest on?",
    formula="loss of the primary measure when a column is shuffled among the test rows, mean over shuffles; "
    "of windows a channel comes from another window (a forecast's target at its own level and spread); of "
    "sequences items or answers are dealt out anew",
    citation="Breiman 2001, Machine Learning 45:5; Fisher, Rudin and Dominici 2019, JMLR 20:177",
    needs=_ASKABLE,
    problems=EVERY_PROBLEM,
    run="testamur.audit.explanation_importance:run",
    golden="testamur.audit.golden_explanation:importance_cases",
)
SHAPLEY = CheckSpec(
    key="core.explanation.shapley",
    section=Section.EXPLANATION,
    title="Contributions to single answers",
    question="How much does each column add to the answers given to single people?",
    formula="mean over people of |phi_j|, the Shapley values of v(S) = mean over training rows of f(x_S, b)",
    citation="Strumbelj and Kononenko 2014, KAIS 41:647; Mitchell et al. 2022, JMLR 23:43",
    needs=_ASKABLE,
    problems=EVERY_PROBLEM,
    run="testamur.audit.explanation_shapley:run",
    golden="testamur.audit.golden_explanation:shapley_cases",
)
EFFECTS = CheckSpec(
    key="core.explanation.effects",
    section=Section.EXPLANATION,
    title="How the answer moves with a column",
    question="When one number rises and all else stays, where does the model's answer go?",
    formula="ALE(x) = sum over bins up to x of mean of f(upper edge, rest) - f(lower edge, rest) in the bin, "
    "less its mean over the rows",
    citation="Apley and Zhu 2020, JRSS B 82:1059",
    needs=_ASKABLE,
    problems=EVERY_PROBLEM,
    run="testamur.audit.explanation_effects:run",
    golden="testamur.audit.golden_explanation:effect_cases",
)
COUNTERFACTUALS = CheckSpec(
    key="core.explanation.counterfactuals",
    section=Section.EXPLANATION,
    title="What would change the answer",
    question="What must change for another answer?",
    formula="fewest and smallest changes after which p(event) is on the other side of the threshold; cost: "
    "difference in rank among training rows of a number, 1 of a category",
    citation="Wachter, Mittelstadt and Russell 2018, Harvard JOLT 31; Ustun, Spangher and Liu 2019, FAT*",
    needs=(*_ASKABLE, Need.THRESHOLD),
    problems=EVERY_PROBLEM,
    run="testamur.audit.explanation_recourse:run",
    golden="testamur.audit.golden_explanation:recourse_cases",
)
PAST = CheckSpec(
    key="core.explanation.past",
    section=Section.EXPLANATION,
    title="How far back the model looks",
    question="Which part of the past does the model rest on?",
    formula="loss of the primary measure when a stretch of the window comes from another window, mean over "
    "shuffles; of answers and choices when the latest k are left out, or all but the latest k, k = 1, 5, 20",
    citation="Fisher, Rudin and Dominici 2019, JMLR 20:177; occlusion: Zeiler and Fergus 2014, ECCV",
    needs=_ASKABLE,
    problems=EVERY_PROBLEM,
    run="testamur.audit.explanation_past:run",
    golden="testamur.audit.golden_past:past_cases",
)

CHECKS: tuple[CheckSpec, ...] = (IMPORTANCE, PAST, SHAPLEY, EFFECTS, COUNTERFACTUALS)
