"""Films that users chose: implicit feedback from ratings."""

from __future__ import annotations

from testamur.contracts.dataset import (
    ColumnKind,
    ColumnSpec,
    DatasetSpec,
    Problem,
    ProblemKind,
    Role,
    SplitKind,
    SplitRule,
)
from testamur_retail.sources import MOVIELENS_FETCH, MOVIELENS_SOURCE

MOVIELENS = DatasetSpec(
    key="retail.movielens",
    title="Films that users chose, MovieLens 100K",
    summary="943 users and the films that they rated 4 or 5, in the order in which they did.",
    problem=Problem(kind=ProblemKind.RANKING, target="film", event="rated 4 or 5 next", least_weight=4.0),
    columns=(
        ColumnSpec(name="user", role=Role.ENTITY, kind=ColumnKind.CATEGORICAL, label="user"),
        ColumnSpec(name="film", role=Role.TARGET, kind=ColumnKind.CATEGORICAL, label="film"),
        ColumnSpec(name="rating", role=Role.WEIGHT, kind=ColumnKind.NUMERIC, label="rating", unit="1 to 5"),
        ColumnSpec(name="time", role=Role.TIME, kind=ColumnKind.DATETIME, label="moment of the rating"),
        ColumnSpec(
            name="gender",
            role=Role.PROTECTED,
            kind=ColumnKind.CATEGORICAL,
            label="gender",
            values={"F": "female", "M": "male"},
            immutable=True,
        ),
        ColumnSpec(
            name="age",
            role=Role.PROTECTED,
            kind=ColumnKind.NUMERIC,
            label="age",
            unit="years",
            bands=(25.0, 35.0, 45.0),
            immutable=True,
        ),
        ColumnSpec(name="occupation", role=Role.PROTECTED, kind=ColumnKind.CATEGORICAL, label="occupation"),
        ColumnSpec(name="zip", role=Role.IGNORED, kind=ColumnKind.CATEGORICAL, label="postal code"),
        ColumnSpec(name="genres", role=Role.IGNORED, kind=ColumnKind.CATEGORICAL, label="kinds of the film"),
        ColumnSpec(name="decade", kind=ColumnKind.CATEGORICAL, label="decade of the film"),
    ),
    source=MOVIELENS_SOURCE,
    fetch=MOVIELENS_FETCH,
    carried=("genres",),
    split=SplitRule(kind=SplitKind.LEAVE_LAST),
    subjects="users",
    quasi_identifiers=("age", "gender", "occupation", "zip"),
    caveats=(
        "Postal code, age, gender and occupation together are nearly a name: 929 of the 943 users are the "
        "only one with theirs, and such ratings have been tied to people before (Narayanan, Shmatikov, IEEE "
        "S&P 2008). "
        "The postal code is read and used for nothing.",
        "Users rated films in sittings, many at one moment: the order within a sitting is that of the file, "
        "and next often means next on a page that was shown.",
        "A film that a user never saw and one that the user disliked look alike; only users with twenty "
        "ratings or more were kept by the collectors.",
        "Seven in ten users are men, and the films are of 1998 and before.",
    ),
    fit_for="Comparing recommenders, teaching how exposure and groups are examined.",
    not_fit_for="A shop's shelf of today; statements on what women, men or an age like; any commercial use.",
    policy="retail.shelf_policy",
)
