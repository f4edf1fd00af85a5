"""The datasets of the health domain."""

from __future__ import annotations

from testamur.contracts.dataset import DatasetSpec, Problem, ProblemKind, Source, SplitRule
from testamur_health.columns import (
    alcohol_columns,
    circumstance_columns,
    medical_columns,
    person_columns,
)

AFTER_BASELINE = "recorded at the follow-up in 1982: later than the moment of prediction"
OUTCOME = "part of the outcome: known only of those who died"

NHEFS = DatasetSpec(
    key="health.nhefs",
    title="Mortality of smokers, NHEFS",
    summary=(
        "1,629 cigarette smokers aged 25 to 74 who were examined in 1971-75 and again in 1982, "
        "and whether they died between 1983 and 1992."
    ),
    problem=Problem(
        kind=ProblemKind.BINARY, target="death", positive="1", event="died between 1983 and 1992"
    ),
    columns=(*person_columns(), *circumstance_columns(), *medical_columns(), *alcohol_columns()),
    source=Source(
        title="NHANES I Epidemiologic Follow-up Study (NHEFS)",
        citation=(
            "National Center for Health Statistics: NHANES I Epidemiologic Follow-up Study, 1971-1992. "
            "Selection of people: M. A. Hernan, J. M. Robins, Causal Inference: What If (2020), chapter 12."
        ),
        url="https://wwwn.cdc.gov/nchs/nhanes/nhefs/",
        licence="US government work, public domain; for statistical use only, no re-identification",
        attribution="National Center for Health Statistics, Centers for Disease Control and Prevention",
        sha256="499b45a26875837dbdb7450b1bc2fdb5ed5909ef2044676b5864e9e67eae3965",
    ),
    resource="testamur_health:data/nhefs.csv",
    split=SplitRule(validation=0.2, test=0.25),
    subjects="smokers",
    quasi_identifiers=("age", "sex", "race", "marital", "school", "income"),
    leaks={
        "yrdth": OUTCOME,
        "modth": OUTCOME,
        "dadth": OUTCOME,
        "qsmk": AFTER_BASELINE,
        "sbp": AFTER_BASELINE,
        "dbp": AFTER_BASELINE,
        "wt82": AFTER_BASELINE,
        "wt82_71": AFTER_BASELINE,
        "smkintensity82_71": AFTER_BASELINE,
        "censored": "says whose weight in 1982 is unknown: 43 % of them died, against 19 % of the others",
    },
    caveats=(
        "Only people who lived to the interview of 1982 are in the file: nobody in it died before 1983, "
        "so it says nothing of the first years after 1971-75.",
        "Only smokers; the United States of the 1970s: treatments, habits and risks have changed since.",
        "Death was traced until 1992; a person lost to tracing counts as not known to have died.",
        "Questions on high blood pressure, its medication and diabetes were put to half of the people only "
        "(791 empty cells each): another form of the questionnaire, not a sign of health.",
        "215 people are recorded as Black or other, about 54 of them in the test part: most rates of this "
        "group cannot be told with useful precision.",
        "Height, cigarettes and years of smoking stand in for sex and age, which are no features.",
    ),
    fit_for="Teaching, method comparison and demonstration of an audit on real people's data.",
    not_fit_for=(
        "Decisions about anyone alive today; statements on the effect of treatment or of quitting smoking; "
        "people who do not smoke."
    ),
    policy="health.default",
)
