"""How well the model predicts, beside the baselines of the same split."""

from __future__ import annotations

from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section

DISCRIMINATION = CheckSpec(
    key="core.performance.discrimination",
    section=Section.PERFORMANCE,
    title="Telling events from non-events",
    question="How well does the model rank people with the event above people without it?",
    formula="AUC = P(p(event) > p(no event)) + P(equal) / 2; gain = AUC(model) - AUC(baseline), same rows",
    citation="DeLong et al. 1988, Biometrics 44:837; Sun and Xu 2014; Newcombe 2006; Smyth 2004",
    needs=(Need.PREDICTIONS, Need.PROBABILITIES),
    problems=(ProblemKind.BINARY,),
    run="testamur.audit.performance_ranking:run",
    golden="testamur.audit.golden_performance:ranking_cases",
)
PROBABILITIES = CheckSpec(
    key="core.performance.probabilities",
    section=Section.PERFORMANCE,
    title="Quality of the probabilities",
    question="How far are the stated probabilities from what happened?",
    formula="log loss = -mean log p(class); Brier = mean sum (p - y)^2 (binary: of the event alone)",
    citation="Brier 1950; Gneiting and Raftery 2007; paired bootstrap: Efron and Tibshirani 1993",
    needs=(Need.PREDICTIONS, Need.PROBABILITIES),
    problems=(ProblemKind.BINARY, ProblemKind.MULTICLASS),
    run="testamur.audit.performance_scores:run",
    golden="testamur.audit.golden_performance:score_cases",
)
DECISIONS = CheckSpec(
    key="core.performance.decisions",
    section=Section.PERFORMANCE,
    title="Decisions at the threshold",
    question="When the model decides at its threshold, how often is it right, and does acting on it help?",
    formula="sensitivity TP/(TP+FN), specificity TN/(TN+FP), PPV TP/(TP+FP), NB = TP/n - FP/n * t/(1-t)",
    citation="Wilson 1927, JASA 22:209; Vickers and Elkin 2006, Med Decis Making 26:565",
    needs=(Need.PREDICTIONS, Need.THRESHOLD),
    problems=(ProblemKind.BINARY,),
    run="testamur.audit.performance_decisions:run",
    golden="testamur.audit.golden_performance:decision_cases",
)
CLASSES = CheckSpec(
    key="core.performance.classes",
    section=Section.PERFORMANCE,
    title="Telling classes apart",
    question="How often is the most probable class the right one?",
    formula="accuracy = mean 1(argmax p = y); macro AUC = mean over classes of the one-against-rest AUC",
    citation="Wilson 1927, JASA 22:209; Hand and Till 2001; DeLong 1988",
    problems=(ProblemKind.MULTICLASS,),
    run="testamur.audit.performance_classes:run",
    golden="testamur.audit.golden_performance:class_cases",
)
ERRORS = CheckSpec(
    key="core.performance.errors",
    section=Section.PERFORMANCE,
    title="Size of the errors",
    question="How far are the predicted values from the true ones?",
    formula="RMSE = sqrt(mean e^2), MAE = mean |e|, R2 = 1 - mean e^2 / variance of the target",
    citation="Efron and Tibshirani 1993, An Introduction to the Bootstrap",
    problems=(ProblemKind.REGRESSION,),
    run="testamur.audit.performance_errors:run",
    golden="testamur.audit.golden_performance:error_cases",
)

CHECKS: tuple[CheckSpec, ...] = (DISCRIMINATION, PROBABILITIES, DECISIONS, CLASSES, ERRORS)
