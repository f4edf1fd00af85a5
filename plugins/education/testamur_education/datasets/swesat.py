"""The Swedish Scholastic Aptitude Test (Högskoleprovet), autumn 2022: two tests of 80 items each."""

from __future__ import annotations

from testamur.contracts.dataset import (
    ColumnKind,
    ColumnSpec,
    DatasetSpec,
    Problem,
    ProblemKind,
    Role,
    Source,
    SplitKind,
    SplitRule,
)

SHA256 = {
    "quant": "7c522663ca79b48711cb717d8ac378f30635baeca7e1eb60bb40f679866a5453",
    "verb": "1704ee9e7955c289638c8d9b85033bc799dafc6fe76f140e25f716ae7b87f720",
}
LICENCE = "MIT, as part of the package irtorch 0.5.6; no separate statement about the responses"
CAVEATS = (
    "There is no real order in time: the publisher shuffled the items, and they are taken in the order of "
    "the "
    "file. What looks like a history is a fixed sequence of items that everyone was given.",
    "Nobody learns during a test: a sequence model can only find out how able a person is. It cannot find "
    "learning, and nothing here says that practising an item helps.",
    "There is no protected attribute in the file: nothing can be said of groups. Differential item "
    "functioning needs a file with groups (education.answers).",
    "An item without a chosen option counts as wrong, as in the scoring of the test.",
    "The quantitative and the verbal file hold different people in the same row numbers (their scores "
    "correlate with 0.005): they must not be joined.",
    "The first 2,000 of 5,000 people of the file, which its publisher had shuffled.",
)


def _columns() -> tuple[ColumnSpec, ...]:
    return (
        ColumnSpec(name="learner", role=Role.ENTITY, kind=ColumnKind.CATEGORICAL, label="learner"),
        ColumnSpec(
            name="position",
            role=Role.TIME,
            kind=ColumnKind.NUMERIC,
            label="position in the file",
            description="Not the order in which the items were worked on",
        ),
        ColumnSpec(name="item", kind=ColumnKind.CATEGORICAL, label="item"),
        ColumnSpec(
            name="right",
            role=Role.TARGET,
            kind=ColumnKind.CATEGORICAL,
            label="answered right",
            values={"0": "wrong or none", "1": "right"},
        ),
    )


def _test(part: str, name: str, what: str) -> DatasetSpec:
    return DatasetSpec(
        key=f"education.swesat_{part}",
        title=f"Swedish SAT 2022, {name} test",
        summary=f"2,000 people's answers to the 80 items of the {name} test ({what}), autumn 2022.",
        problem=Problem(kind=ProblemKind.BINARY, target="right", positive="1", event="answered right"),
        columns=_columns(),
        source=Source(
            title="Högskoleprovet (Swedish Scholastic Aptitude Test), autumn 2022",
            citation=(
                "J. Wallmark: IRTorch: Item response theory with Python, version 0.5.6 (2024), data set "
                f"swesat22b_{part}; the test is of the Swedish Council for Higher Education (UHR)"
            ),
            url="https://github.com/joakimwallmark/irtorch",
            licence=LICENCE,
            attribution="Joakim Wallmark and the authors of IRTorch",
            sha256=SHA256[part],
        ),
        resource=f"testamur_education:data/swesat_{part}.csv",
        reader="testamur_education.reading.answers:read_answers",
        split=SplitRule(kind=SplitKind.ENTITY, validation=0.2, test=0.25),
        carried=("learner",),
        subjects="answers",
        caveats=CAVEATS,
        fit_for="Comparing models of answers, measuring ability with its uncertainty, teaching both.",
        not_fit_for=(
            "Decisions about the people of the file; statements on groups, on learning over time, or on what "
            "practice does."
        ),
        policy="education.mastery",
    )


QUANT = _test("quant", "quantitative", "XYZ, KVA, NOG and DTK, mixed")
VERB = _test("verb", "verbal", "ORD, LÄS, MEK and ELF, mixed")
