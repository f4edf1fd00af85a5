"""Passages found by meaning: what shares no word with the question is met, what is withheld is not."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from testamur.contracts.dataset import ReadOptions
from testamur.contracts.errors import ConfigurationError
from testamur_education.checks import retrieval
from testamur_education.datasets.course import COURSE, COURSE_DENSE
from testamur_education.golden.course import retrieval_cases
from testamur_education.qa import meaning as meaning_module
from testamur_education.qa import minilm
from testamur_education.qa.candidates import BOTH, MEANING, WORDS, find_candidates
from testamur_education.qa.features import FEATURES, OF_MEANING, STAGES
from testamur_education.qa.index import build_index
from testamur_education.qa.meaning import digest_of, read_meaning, shipped_vectors
from testamur_education.qa.pairs import make_pairs
from testamur_education.reading.course import read_course, read_course_by_meaning, read_texts
from testamur_education.reports.course_meaning import by_meaning

PASSAGES = [
    "A feline sleeps for most of the day.",
    *(f"Topic {n} concerns thing{n} and matter{n}." for n in range(12)),
    "Cat food is sold in tins.",
]
QUESTION = "Why does my cat rest so long?"
TOPICS = {"feline": 0, "cat": 0, "topic": 1}


def embed(texts):
    """Two directions: animals, and everything else; the first passage is the nearest to the question."""
    rows = [[("feline" in t or "cat" in t.lower()) + ("rest" in t or "sleeps" in t), 0.5] for t in texts]
    vectors = np.array(rows, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def candidates(k=2, hidden=-1, own=0):
    near = read_meaning([QUESTION], PASSAGES, embed)
    index = build_index(PASSAGES)
    return find_candidates(index, [QUESTION], PASSAGES, withheld=[hidden], k=k, meaning=near, own=[own])


def test_a_passage_without_a_common_word_is_found_by_meaning_alone():
    index = build_index(PASSAGES)
    assert index.score_bm25([QUESTION])[0, 0] == 0
    words = find_candidates(index, [QUESTION], PASSAGES, withheld=[-1], k=2)
    assert 0 not in (words["passage_at"].to_list()[:1])
    found = candidates()
    by = dict(zip(found["passage_at"], found["found_by"], strict=True))
    assert by[13] in (WORDS, BOTH)
    assert found.filter(pl.col("passage_at") == 0)["meaning_gap"].item() == pytest.approx(0)
    assert {"own_bm25", "own_by_words", "own_meaning", "own_fused"} == {f"own_{s}" for s in STAGES}
    assert found["own_meaning"].unique().to_list() == [1.0]
    assert found["own_bm25"].unique().item() > 1
    alone = candidates(k=1)
    assert dict(zip(alone["passage_at"], alone["found_by"], strict=True)) == {0: MEANING, 13: WORDS}


def test_what_is_withheld_is_found_by_neither():
    found = candidates(hidden=0)
    assert 0 not in found["passage_at"].to_list()
    assert found["own_meaning"].unique().to_list() == [0.0]


def test_candidates_of_words_are_what_they_were_and_places_count_from_one():
    index = build_index(PASSAGES)
    asked = [QUESTION, "What is topic 3?", "zebra"]
    plain = find_candidates(index, asked, PASSAGES, withheld=[-1, -1, 4], k=5)
    assert set(plain.columns) == {"question_at", "passage_at", *FEATURES}
    assert plain.group_by("question_at").len()["len"].to_list() == [5, 5, 5]
    for _, mine in plain.group_by("question_at"):
        assert mine["rank"].to_list() == [1.0, 2.0, 3.0, 4.0, 5.0]
    near = read_meaning(asked, PASSAGES, embed)
    both = find_candidates(index, asked, PASSAGES, withheld=[-1, -1, 4], k=5, meaning=near, own=[0, 4, 4])
    for (at,), mine in both.group_by("question_at"):
        assert 5 <= mine.height <= 10
        assert mine["rank"].to_list() == [float(i + 1) for i in range(mine.height)]
        words = set(plain.filter(pl.col("question_at") == at)["passage_at"])
        assert words == set(mine.filter(pl.col("found_by") != MEANING)["passage_at"])


def test_places_of_the_answer_are_never_a_feature():
    names = {column.name: column.role for column in COURSE_DENSE.columns}
    assert all(names[f"own_{stage}"].value == "ignored" for stage in STAGES)
    assert names["found_by"].value == "ignored"
    assert set(COURSE_DENSE.leaks) == {f"own_{stage}" for stage in STAGES}
    features = {name for name, role in names.items() if role.value == "feature"}
    assert features == {*FEATURES, *OF_MEANING}


def test_the_packages_course_is_paired_by_both_and_its_vectors_are_minilms():
    path = Path(str(files("testamur_education").joinpath("data/course.csv")))
    pairs, notes = read_course_by_meaning(path, ReadOptions())
    plain, _ = read_course(path, ReadOptions())
    assert pairs["question_id"].n_unique() == plain["question_id"].n_unique() == 281
    assert plain.height < pairs.height <= 2 * plain.height
    assert {c.name for c in COURSE_DENSE.columns} <= set(pairs.columns)
    assert {c.name for c in COURSE.columns} == set(plain.columns)
    assert "MiniLM" in notes[-1]
    from testamur_education.nets.embedder import embed as read

    passages, _, _ = read_texts(path, ReadOptions())
    texts = passages["text"].to_list()[:2]
    shipped = np.array([shipped_vectors()[digest_of(text)] for text in texts])
    assert np.allclose(read(texts), shipped, atol=2e-3)


def test_texts_of_ones_own_are_read_by_minilm_and_like_ones_lie_near(monkeypatch):
    read = []
    monkeypatch.setattr(meaning_module, "_minilm", lambda texts: read.append(texts) or embed(texts))
    frame = pl.DataFrame(
        {
            "kind": "passage", "id": [f"p{i}" for i in range(len(PASSAGES))], "text": PASSAGES,
            "subject": "s",
            "passage": "", "source": "book",
        }
    )  # fmt: skip
    asked = frame.head(1).with_columns(kind=pl.lit("question"), text=pl.lit(QUESTION), passage=pl.lit("p0"))
    pairs = make_pairs(frame, asked, meaning=True)
    assert read == [[QUESTION, *PASSAGES]]
    assert pairs.sort("meaning")["passage_id"].to_list()[-1] == "p0"
    from testamur_education.nets.embedder import embed as minilm_reads

    cat, feline, tins = minilm_reads([QUESTION, PASSAGES[0], PASSAGES[5]])
    assert cat @ feline > cat @ tins
    assert np.allclose(np.linalg.norm([cat, feline, tins], axis=1), 1, atol=1e-5)


def test_without_the_extra_a_course_by_meaning_names_the_command(monkeypatch, tmp_path):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        minilm.importlib.util, "find_spec", lambda name: None if name == "tokenizers" else found(name) or sys
    )
    (tmp_path / "course.csv").write_text("question\nWhy?\n")
    with pytest.raises(ConfigurationError, match="pip install 'testamur-education\\[nlp\\]'"):
        read_course_by_meaning(tmp_path / "course.csv", ReadOptions())
    assert read_course(tmp_path / "course.csv", ReadOptions())[0].height


def test_the_page_tells_what_meaning_adds_or_that_it_adds_nothing():
    outcome = retrieval.run(retrieval_cases()[0].given)
    tree = {file.name: json.loads(file.content) for file in outcome.evidence}
    (section,) = by_meaning(tree)
    assert "it stands higher than by BM25 alone" in section["answer"]
    assert len(section["figures"][0]["rows"]) == len(STAGES)
    tree["retrieval.json"]["gains"]["mrr_gain_of_meaning_over_bm25"]["low"] = -0.1
    assert "not shown to stand higher" in by_meaning(tree)[0]["answer"]
    more = tree["retrieval.json"]["gains"]["found_more_than_by_words"]
    for low, high, words in ((0.01, 0.1, "is more"), (-0.2, -0.1, "is less"), (0.0, 0.1, "is not shown")):
        more |= {"low": low, "high": high}
        assert words in by_meaning(tree)[0]["answer"]
    assert by_meaning({}) == []


def test_questions_of_one_subject_have_no_interval_and_their_page_says_so():
    given = retrieval_cases()[0].given
    part = replace(given.table.test, entity=np.zeros(given.table.test.n_rows, np.int64))
    outcome = retrieval.run(replace(given, table=replace(given.table, test=part)))
    assert {f.low for f in outcome.findings} == {None}
    answer = by_meaning({file.name: json.loads(file.content) for file in outcome.evidence})[0]["answer"]
    assert answer.count("no interval: one subject alone") == 2
    assert "is not shown to be more often" in answer
    assert "not shown to stand higher" in answer
