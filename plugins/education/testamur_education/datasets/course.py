"""Questions over a course corpus: the MMLU rationales, or a corpus of one's own."""

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
from testamur_education.qa.features import FEATURES, OF_MEANING, STAGES

SHA256 = "1386368dae93ed3ae9a6a86020a882aa0add20b1e3615744d9e62daf64e31de2"
TEXTS = {
    "question_id": "question",
    "question": "text of the question",
    "passage_id": "passage",
    "passage_text": "text of the passage",
    "passage_source": "where the passage stands",
    "state": "whether the question's own passage may be found",
    "corpus": "digest of the corpus",
}

COURSE = DatasetSpec(
    key="education.course",
    title="Questions over a course corpus (MMLU rationales)",
    summary=(
        "281 questions of 57 subjects and the passage that explains each; every question is paired with "
        "its ten "
        "best passages by BM25 and TF-IDF."
    ),
    problem=Problem(
        kind=ProblemKind.BINARY, target="relevant", positive="1", event="the passage answers the question"
    ),
    columns=(
        ColumnSpec(
            name="relevant",
            role=Role.TARGET,
            kind=ColumnKind.CATEGORICAL,
            label="answers the question",
            values={"0": "another passage", "1": "the question's own"},
        ),
        ColumnSpec(name="subject", role=Role.ENTITY, kind=ColumnKind.CATEGORICAL, label="subject"),
        *(ColumnSpec(name=name, kind=ColumnKind.NUMERIC, label=words) for name, words in FEATURES.items()),
        *(
            ColumnSpec(name=name, role=Role.IGNORED, kind=ColumnKind.CATEGORICAL, label=words)
            for name, words in TEXTS.items()
        ),
    ),
    source=Source(
        title="Worked examples of MMLU",
        citation=(
            "D. Hendrycks et al.: Measuring massive multitask language understanding, ICLR 2021; rationales: "
            "H. W. Chung et al.: Scaling instruction-finetuned language models (2022), appendix D.1; as in "
            "lm-evaluation-harness 0.4.13"
        ),
        url="https://github.com/EleutherAI/lm-evaluation-harness",
        licence="MIT",
        attribution="EleutherAI (lm-evaluation-harness); D. Hendrycks et al. (MMLU)",
        sha256=SHA256,
    ),
    resource="testamur_education:data/course.csv",
    reader="testamur_education.reading.course:read_course",
    carried=tuple(TEXTS),
    split=SplitRule(kind=SplitKind.ENTITY, validation=0.25, test=0.35),
    subjects="pairs of question and passage",
    caveats=(
        "Each passage was written for its question and repeats its words: retrieval by words is easier here "
        "than over a textbook.",
        "A public benchmark: a pretrained language model may have seen it. Nothing here is unseen text.",
        "For one question in four its own passage is withheld: questions that the corpus does not answer are "
        "simulated so. Real ones may look different.",
        "A candidate counts as answering only when it is the question's own passage; others may answer as "
        "well.",
        "No protected attribute: the rows are texts, not people. Subjects are held out whole.",
    ),
    fit_for="Finding the passage of a course that answers a question, with the chance that there is none.",
    not_fit_for="Grading; answers without their passage; questions on other matters than the corpus.",
    policy="education.answers",
)


def _by_meaning() -> DatasetSpec:
    """The same course, with what MiniLM finds; its own columns beside those of `COURSE`."""
    found = [ColumnSpec(name=n, kind=ColumnKind.NUMERIC, label=words) for n, words in OF_MEANING.items()]
    told = [
        ColumnSpec(name="found_by", role=Role.IGNORED, kind=ColumnKind.CATEGORICAL, label="found by"),
        *(
            ColumnSpec(
                name=f"own_{name}",
                role=Role.IGNORED,
                kind=ColumnKind.NUMERIC,
                label=f"place of the question's own passage among all, {name}",
            )
            for name in STAGES
        ),
    ]
    return COURSE.model_copy(
        update={
            "key": "education.course_dense",
            "title": "Questions over a course corpus, found by words and by meaning",
            "summary": (
                "The questions of education.course; every question is paired with its ten best passages by "
                "BM25 and TF-IDF and the ten nearest by MiniLM's vectors. Needs the extra nlp."
            ),
            "columns": (*COURSE.columns, *found, *told),
            "reader": "testamur_education.reading.course:read_course_by_meaning",
            "carried": (*COURSE.carried, *(column.name for column in told)),
            "leaks": {f"own_{name}": "known only where the answer is" for name in STAGES},
        }
    )


COURSE_DENSE = _by_meaning()
