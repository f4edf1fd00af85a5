"""Rankings: what a list is worth to the users it is shown to, and what it does to the items."""

from __future__ import annotations

from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section

RANKINGS = (ProblemKind.RANKING,)
_GOLDEN = "testamur.audit.golden_ranking"

DATA = CheckSpec(
    key="core.data.interactions",
    section=Section.DATA,
    title="Choices, users and items",
    question="How much is known of each user and of each item?",
    formula="density = training choices / (users x items); Gini of the choices per item",
    citation="Herlocker et al. 2004, ACM TOIS 22:5",
    needs=(Need.DATA,),
    problems=RANKINGS,
    run="testamur.audit.ranking_data:run",
    golden=f"{_GOLDEN}:data_cases",
)
LEAKAGE = CheckSpec(
    key="core.leakage.ranking",
    section=Section.DATA,
    title="Choices known before",
    question="Does the model already see the choice that it is tested on?",
    formula="test rows whose item lies in the history that the model sees / test rows",
    citation="Kapoor and Narayanan 2023, Patterns 4:100804; Ji et al. 2023, ACM TOIS 41:75",
    needs=(Need.DATA,),
    problems=RANKINGS,
    run="testamur.audit.ranking_data:run_leakage",
    golden=f"{_GOLDEN}:leakage_cases",
)
ACCURACY = CheckSpec(
    key="core.ranking.accuracy",
    section=Section.PERFORMANCE,
    title="Finding the next choice",
    question="How often, and how high, does the list hold what the user chose next?",
    formula="NDCG@10 = mean 1/log2(1 + rank), 0 beyond ten; MRR = mean 1/rank; gain = model - baseline",
    citation="Järvelin and Kekäläinen 2002, ACM TOIS 20:422; all items ranked: Krichene and Rendle 2020, KDD",
    problems=RANKINGS,
    run="testamur.audit.ranking_accuracy:run",
    golden=f"{_GOLDEN}:accuracy_cases",
)
COVERAGE = CheckSpec(
    key="core.ranking.coverage",
    section=Section.PERFORMANCE,
    title="What the lists show",
    question="Are all items given a chance, or is everyone shown the same few?",
    formula=(
        "items in a list of ten / items; Gini of their appearances; lift = popularity shown / popularity "
        "chosen before - 1; novelty = mean -log2(share of users who chose the item)"
    ),
    citation="Abdollahpouri et al. 2019, RMSE workshop; Zhou et al. 2010, PNAS 107:4511",
    problems=RANKINGS,
    run="testamur.audit.ranking_coverage:run",
    golden=f"{_GOLDEN}:coverage_cases",
)
USERS = CheckSpec(
    key="core.fairness.ranking",
    section=Section.FAIRNESS,
    title="Quality of the list per group of users",
    question="Do the lists serve every group of users equally well?",
    formula="NDCG@10 and hit rate of a group; largest difference between two groups",
    citation="Ekstrand et al. 2018, FAT*; square-and-add: Newcombe 1998, Stat Med 17:873",
    needs=(Need.PREDICTIONS, Need.PROTECTED),
    problems=RANKINGS,
    run="testamur.audit.ranking_groups:run_users",
    golden=f"{_GOLDEN}:user_cases",
)
ITEMS = CheckSpec(
    key="core.fairness.exposure",
    section=Section.FAIRNESS,
    title="Exposure per group of items",
    question="Is every group of items shown as often as users choose it?",
    formula="share of the places in lists of ten / share of the training choices, per group of items",
    citation="Singh and Joachims 2018, KDD; bootstrap over users, joint by Sidak",
    problems=RANKINGS,
    run="testamur.audit.ranking_groups:run_items",
    golden=f"{_GOLDEN}:item_cases",
)

CHECKS: tuple[CheckSpec, ...] = (DATA, LEAKAGE, ACCURACY, COVERAGE, USERS, ITEMS)
