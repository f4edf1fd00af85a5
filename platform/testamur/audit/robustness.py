"""Whether the model holds when the rows are not quite as they were."""

from __future__ import annotations

from testamur.audit.tried_rows import EVERY_PROBLEM
from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.finding import Section

_NEEDS = (Need.DATA, Need.PREDICTIONS, Need.PREDICTOR)
_ASKABLE = (Need.DATA, Need.PREDICTIONS, Need.ASKABLE)
_LOSS = "loss of the primary measure on the same rows"

NOISE = CheckSpec(
    key="core.robustness.noise",
    section=Section.ROBUSTNESS,
    title="Numbers slightly off",
    question="Does the answer hold when values are slightly off?",
    formula=f"{_LOSS} with normal noise of 0.05, 0.1 and 0.2 standard deviations on every number, or on "
    "every step of every channel of a window",
    citation="paired intervals: DeLong 1988; Hendrycks and Dietterich 2019, ICLR",
    needs=_ASKABLE,
    problems=EVERY_PROBLEM,
    run="testamur.audit.robustness_perturbed:run_noise",
    golden="testamur.audit.golden_robustness:noise_cases",
)
MISSING = CheckSpec(
    key="core.robustness.missing_values",
    section=Section.ROBUSTNESS,
    title="Values that are missing",
    question="Does the answer hold when values are missing?",
    formula=f"{_LOSS} with 5, 10 and 20 % of all cells, or of all values of a window, missing at random",
    citation="paired intervals: DeLong 1988; Rubin 1976, Biometrika 63:581",
    needs=_ASKABLE,
    problems=EVERY_PROBLEM,
    run="testamur.audit.robustness_perturbed:run_missing",
    golden="testamur.audit.golden_robustness:missing_cases",
)
TYPOS = CheckSpec(
    key="core.robustness.typos",
    section=Section.ROBUSTNESS,
    title="Categories misspelt",
    question="Does the answer hold when categories are misspelt?",
    formula=f"{_LOSS} with 5, 10 and 20 % of the categories replaced by a level that training never saw",
    citation="paired intervals: DeLong 1988",
    needs=_ASKABLE,
    problems=EVERY_PROBLEM,
    run="testamur.audit.robustness_perturbed:run_typos",
    golden="testamur.audit.golden_robustness:typo_cases",
)
ATTACK = CheckSpec(
    key="core.robustness.attack",
    section=Section.ROBUSTNESS,
    title="Changes chosen against the model",
    question="How far does the model fall when somebody who knows it changes the numbers a little?",
    formula=f"{_LOSS}; FGSM: x + bound * sd * sign(gradient of the loss), PGD: several such steps within the "
    "bound; declared immutable columns stay",
    citation="Goodfellow, Shlens and Szegedy 2015, ICLR; Madry et al. 2018, ICLR",
    needs=(*_NEEDS, Need.GRADIENTS),
    problems=EVERY_PROBLEM,
    run="testamur.audit.robustness_attack:run",
    golden="testamur.audit.golden_robustness:attack_cases",
)
SHIFT = CheckSpec(
    key="core.robustness.shift",
    section=Section.ROBUSTNESS,
    title="Test rows unlike training rows",
    question="Does the model hold on people unlike those in training?",
    formula="PSI = sum over bins of (q - p) ln(q / p), p in training, q in test, by tenths of training or by "
    "level; AUC of a linear classifier that tells test rows from training rows",
    citation="Siddiqi 2006, Credit Risk Scorecards; Yurdakul 2018; Lopez-Paz and Oquab 2017, ICLR",
    needs=(Need.DATA,),
    problems=EVERY_PROBLEM,
    run="testamur.audit.robustness_shift:run",
    golden="testamur.audit.golden_robustness:shift_cases",
)
WORST = CheckSpec(
    key="core.robustness.worst_group",
    section=Section.ROBUSTNESS,
    title="The group that loses most",
    question="Whose answers suffer most when values are off or missing?",
    formula=f"{_LOSS} within each group, with noise of 0.1 standard deviations, with 10 % of cells missing",
    citation="Sagawa et al. 2020, ICLR; paired intervals: DeLong 1988",
    needs=(*_ASKABLE, Need.PROTECTED),
    problems=EVERY_PROBLEM,
    run="testamur.audit.robustness_groups:run",
    golden="testamur.audit.golden_robustness:group_cases",
)
PAST = CheckSpec(
    key="core.robustness.past",
    section=Section.ROBUSTNESS,
    title="A past with gaps and mistakes",
    question="Does the answer hold when a part of the past is lost or wrong?",
    formula=f"{_LOSS}: of windows with 10, 25, 50 % of the steps missing in a row, or the latest 10 %; of "
    "answers and choices with 10, 25, 50 % of them lost, 5, 10, 20 % of the items taken for others or of the "
    "answers marked the other way round",
    citation="paired intervals: DeLong 1988, Student 1908; Rubin 1976, Biometrika 63:581",
    needs=_ASKABLE,
    problems=EVERY_PROBLEM,
    run="testamur.audit.robustness_past:run",
    golden="testamur.audit.golden_past:lost_cases",
)
PERIODS = CheckSpec(
    key="core.robustness.periods",
    section=Section.ROBUSTNESS,
    title="Over the test time",
    question="Is the model worse in some stretch of the test time?",
    formula="primary measure of the test rows of each period, periods of equally many rows; the first less "
    "the latest (the other way round where less is better)",
    citation="DeLong 1988; Student 1908; concept drift: Gama et al. 2014, ACM Comput Surv 46:44",
    needs=(Need.PREDICTIONS, Need.TIME),
    problems=EVERY_PROBLEM,
    run="testamur.audit.robustness_periods:run",
    golden="testamur.audit.golden_robustness:period_cases",
)

CHECKS: tuple[CheckSpec, ...] = (NOISE, MISSING, TYPOS, PAST, ATTACK, SHIFT, WORST, PERIODS)
