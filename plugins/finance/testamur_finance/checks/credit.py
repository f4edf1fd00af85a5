"""The checks of credit decisions, as they are registered."""

from __future__ import annotations

from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section

DATASETS = ("finance.german", "finance.loanapp")
BINARY = (ProblemKind.BINARY,)
GOLDEN = "testamur_finance.checks.golden_credit"

APPROVAL = CheckSpec(
    key="finance.credit.approval",
    section=Section.FAIRNESS,
    title="Approval by group",
    question="Are applicants of every group approved about equally often?",
    formula="a_g = #{p < t in g} / n_g; ratio = min a_g / max a_g",
    citation=(
        "29 CFR 1607.4(D) (the four-fifths screen); Wilson (1927); Donner, Zou (2012), Stat Methods Med "
        "Res 21:347"
    ),
    needs=(Need.PREDICTIONS, Need.THRESHOLD, Need.PROTECTED),
    problems=BINARY,
    datasets=DATASETS,
    run="testamur_finance.checks.approval:measure_approval",
    golden=f"{GOLDEN}:approval_cases",
)
COST = CheckSpec(
    key="finance.credit.cost",
    section=Section.PERFORMANCE,
    title="Cost of decisions",
    question="Do its decisions cost less than granting everyone, refusing everyone, or a standard method?",
    formula="mean of [approved and event] (1 - t) / t + [refused and no event]",
    citation="C. Elkan: The foundations of cost-sensitive learning, IJCAI 2001; Efron (1979)",
    needs=(Need.PREDICTIONS, Need.THRESHOLD),
    problems=BINARY,
    datasets=DATASETS,
    run="testamur_finance.checks.cost:measure_cost",
    golden=f"{GOLDEN}:cost_cases",
)
REASONS = CheckSpec(
    key="finance.credit.reasons",
    section=Section.EXPLANATION,
    title="Reasons of refusal",
    question="Would a refused applicant be given the same reasons by a model trained on other applicants?",
    formula="Shapley values of the log-odds against approved applicants nearest to the line; Jaccard overlap "
    "of the four largest over refits on bootstrap samples",
    citation=(
        "12 CFR 1002.9(b)(2) with official interpretation; CFPB Circulars 2022-03 and 2023-03; L. Shapley "
        "(1953)"
    ),
    needs=(Need.PREDICTIONS, Need.THRESHOLD, Need.PREDICTOR),
    problems=BINARY,
    datasets=DATASETS,
    run="testamur_finance.checks.reasons:measure_reasons",
    golden=f"{GOLDEN}:reasons_cases",
)
RECOURSE = CheckSpec(
    key="finance.credit.recourse",
    section=Section.EXPLANATION,
    title="Recourse",
    question="Could refused applicants change something that is theirs to change, and be approved?",
    formula="#{refused with a row of at most 3 changes and p < t} / #{refused searched}",
    citation=(
        "B. Ustun, A. Spangher, Y. Liu: Actionable recourse in linear classification, FAT* 2019; Wilson "
        "(1927)"
    ),
    needs=(Need.PREDICTIONS, Need.THRESHOLD, Need.PREDICTOR),
    problems=BINARY,
    datasets=DATASETS,
    run="testamur_finance.checks.recourse:measure_recourse",
    golden=f"{GOLDEN}:recourse_cases",
)
ALTERNATIVES = CheckSpec(
    key="finance.credit.alternatives",
    section=Section.FAIRNESS,
    title="Less discriminatory alternatives",
    question="Is there a recipe of about the same cost that approves the groups more alike?",
    formula="min over candidates of (max_g a_g - min_g a_g) subject to cost <= 1.01 cost of the recipe, in "
    "5-fold cross-validation; confirmed once on test rows, paired bootstrap, Bonferroni over gap and cost",
    citation=(
        "E. Black et al.: Less discriminatory algorithms, Washington University Law Review 101 (2024); B. "
        "Laufer, M. Raghavan, S. Barocas: What constitutes a less discriminatory algorithm?, 2025; F. "
        "Kamiran, T. Calders (2012)"
    ),
    needs=(Need.PREDICTIONS, Need.THRESHOLD, Need.PROTECTED),
    problems=BINARY,
    datasets=DATASETS,
    run="testamur_finance.checks.alternatives:search_alternatives",
    golden=f"{GOLDEN}:alternatives_cases",
)
CREDIT_CHECKS = (COST, APPROVAL, ALTERNATIVES, REASONS, RECOURSE)
