"""The checks of the education domain, declared."""

from __future__ import annotations

from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section

BINARY = (ProblemKind.BINARY,)
ANSWER_SETS = ("education.swesat_quant", "education.swesat_verb", "education.answers")

EARLY_WARNING = CheckSpec(
    key="education.early_warning",
    section=Section.PERFORMANCE,
    title="Early warning of a class",
    question="How many students are at risk, and how many of them do a few talks reach?",
    formula="sum p; of those at risk, the share among the fifth with the highest p",
    citation=(
        "J. Perdomo, T. Britton, M. Hardt, R. Abebe: Difficult lessons on social prediction from "
        "Wisconsin, 2023"
    ),
    needs=(Need.PREDICTIONS,),
    problems=BINARY,
    datasets=("education.gpa2", "education.star"),
    run="testamur_education.checks.early_warning:run",
    golden="testamur_education.golden.classes:warning_cases",
)
MASTERY = CheckSpec(
    key="education.mastery",
    section=Section.CALIBRATION,
    title="Mastery with its uncertainty",
    question="How able is each learner, how sure is that, and do the stated intervals hold on other items?",
    formula=(
        "posterior of theta under 2PL; score on even items within its 90 % predictive interval from odd ones"
    ),
    citation=(
        "R. D. Bock, M. Aitkin, Psychometrika 1981;46:443; R. D. Bock, R. J. Mislevy, Appl Psychol Meas "
        "1982;6:431"
    ),
    needs=(Need.DATA, Need.ENTITY),
    problems=BINARY,
    datasets=ANSWER_SETS,
    run="testamur_education.checks.mastery:run",
    golden="testamur_education.golden.answers:mastery_cases",
)
PATH = CheckSpec(
    key="education.path",
    section=Section.OVERSIGHT,
    title="What to practise next",
    question=(
        "Are recommended items as hard for the learner as expected, and which items are never recommended?"
    ),
    formula="0.7 E[a p (1 - p)] + 0.15 newly covered + 0.15 (1 - likeness), greedily; right minus expected",
    citation=(
        "J. Carbonell, J. Goldstein, SIGIR 1998 (MMR); H. Lin, J. Bilmes, ACL 2011 (coverage); W. M. Yen "
        "1984 (Q3)"
    ),
    needs=(Need.DATA, Need.ENTITY),
    problems=BINARY,
    datasets=ANSWER_SETS,
    run="testamur_education.checks.path:run",
    golden="testamur_education.golden.answers:path_cases",
)
DIF = CheckSpec(
    key="education.dif",
    section=Section.FAIRNESS,
    title="Differential item functioning",
    question="Which items are harder for a group than for others of the same score?",
    formula=(
        "-2.35 log of the Mantel-Haenszel odds ratio; likelihood ratio of logistic models; Holm over items"
    ),
    citation=(
        "P. W. Holland, D. T. Thayer 1988; H. Swaminathan, H. J. Rogers, J Educ Meas 1990;27:361; "
        "classes: M. Zieky 1993; M. G. Jodoin, M. J. Gierl 2001"
    ),
    needs=(Need.DATA, Need.ENTITY),
    problems=BINARY,
    datasets=ANSWER_SETS,
    run="testamur_education.checks.dif:run",
    golden="testamur_education.golden.answers:dif_cases",
)
COURSE_ANSWERS = CheckSpec(
    key="education.course_answers",
    section=Section.PERFORMANCE,
    title="Answers over a course",
    question="Is the right passage found, and is silence kept where the course has no answer?",
    formula=(
        "mean of 1 / place of the own passage (first ten); answered where the calibrated chance is at "
        "least 0.7"
    ),
    citation=(
        "E. Voorhees, TREC-8 1999 (MRR); J. Platt 1999; Y. Geifman, R. El-Yaniv, NeurIPS 2017 (risk and "
        "coverage)"
    ),
    needs=(Need.PREDICTIONS, Need.BASELINES),
    problems=BINARY,
    datasets=("education.course", "education.course_dense"),
    run="testamur_education.checks.course_answers:run",
    golden="testamur_education.golden.course:course_cases",
)

RETRIEVAL = CheckSpec(
    key="education.retrieval",
    section=Section.PERFORMANCE,
    title="Finding passages by meaning",
    question="Does looking for meaning find passages that share no words with the question?",
    formula=(
        "share of questions whose own passage is a candidate; mean of 1 / place among all passages (first "
        "ten): BM25 alone, words, MiniLM's cosine, all fused by reciprocal ranks"
    ),
    citation=(
        "N. Reimers, I. Gurevych: Sentence-BERT, EMNLP 2019; G. Cormack, C. Clarke, S. Buettcher: Reciprocal "
        "rank fusion, SIGIR 2009"
    ),
    needs=(Need.DATA,),
    problems=BINARY,
    datasets=("education.course_dense",),
    run="testamur_education.checks.retrieval:run",
    golden="testamur_education.golden.course:retrieval_cases",
)

CHECKS = (EARLY_WARNING, MASTERY, PATH, DIF, COURSE_ANSWERS, RETRIEVAL)
