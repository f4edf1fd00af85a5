"""The models of the education domain."""

from __future__ import annotations

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import InputShape, ModelSpec
from testamur_education.options import RerankerOptions, RowsOptions, TracingOptions

BINARY = (ProblemKind.BINARY,)
TABM = (
    "Y. Gorishniy et al.: TabM: Advancing tabular deep learning with parameter-efficient ensembling, ICLR "
    "2025"
)

RISK = ModelSpec(
    key="education.risk",
    title="Early warning",
    summary="An averaged ensemble of small networks for a cohort of a few thousand students.",
    problems=BINARY,
    build="testamur_education.nets.rows:build",
    options=RowsOptions,
    citation=TABM,
)

RANKER = ModelSpec(
    key="education.ranker",
    title="Passage ranker",
    summary=(
        "Ranks the candidate passages of a question by what BM25 and TF-IDF say, beside each of them alone."
    ),
    problems=BINARY,
    build="testamur_education.nets.rows:build",
    options=RowsOptions,
    citation=TABM,
    baselines={
        "tfidf": "testamur_education.qa.baselines:fit_tfidf",
        "bm25": "testamur_education.qa.baselines:fit_bm25",
    },
)

DENSE_RANKER = ModelSpec(
    key="education.dense_ranker",
    title="Passage ranker, words and meaning",
    summary="Ranks passages found by words or by MiniLM's vectors; needs the extra nlp.",
    problems=BINARY,
    build="testamur_education.nets.rows:build",
    options=RowsOptions,
    citation=f"{TABM}; N. Reimers, I. Gurevych: Sentence-BERT, EMNLP 2019",
    baselines={**RANKER.baselines, "meaning": "testamur_education.qa.baselines:fit_meaning"},
)

TRACING = ModelSpec(
    key="education.tracing",
    title="Answer tracing",
    summary="A small transformer over items and earlier answers (SAKT-like), beside two-parameter IRT.",
    problems=BINARY,
    input_shape=InputShape.SEQUENCES,
    build="testamur_education.nets.answers:build",
    options=TracingOptions,
    citation=(
        "S. Pandey, G. Karypis: A self-attentive model for knowledge tracing, EDM 2019; "
        "R. D. Bock, M. Aitkin, Psychometrika 1981;46:443"
    ),
    baselines={"irt": "testamur_education.irt.causal:fit_irt"},
)

RERANKER = ModelSpec(
    key="education.reranker",
    title="Passage re-ranker",
    summary="MiniLM with low-rank adapters reads question and passage; needs the extra nlp.",
    problems=BINARY,
    input_shape=InputShape.TOKENS,
    build="testamur_education.nets.reranker:build",
    tokenise="testamur_education.qa.tokenise:tokenise",
    options=RerankerOptions,
    citation=(
        "E. Hu et al.: LoRA: Low-rank adaptation of large language models, ICLR 2022; N. Reimers, "
        "I. Gurevych: Sentence-BERT, EMNLP 2019"
    ),
    baselines=RANKER.baselines,
)

MODELS = (RISK, RANKER, DENSE_RANKER, TRACING, RERANKER)
