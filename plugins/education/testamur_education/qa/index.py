"""BM25 and TF-IDF over the passages of a corpus: what has the question's words, weighted by rarity.

BM25: sum over the question's words of idf f (k1 + 1) / (f + k1 (1 - b + b len / mean len)), idf =
log(1 + (n - df + 0.5) / (df + 0.5)) (S. Robertson, H. Zaragoza 2009, with Lucene's idf). TF-IDF: cosine of
(1 + log f) idf vectors, idf = log((1 + n) / (1 + df)) + 1 (scikit-learn).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur_education.qa.words import words_of

Floats = NDArray[np.float64]
K1, B = 1.2, 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """A corpus, ready to be asked.

    Attributes:
        counter: scikit-learn's CountVectorizer, fitted.
        counts: (p, v) sparse: how often each word occurs in each passage.
        bm25: (p, v) sparse: weight of each word in each passage.
        tfidf: scikit-learn's TfidfTransformer, fitted.
        vectors: (p, v) sparse TF-IDF vectors of length 1.
        idf: (v,) of BM25.
    """

    counter: Any
    counts: Any
    bm25: Any
    tfidf: Any
    vectors: Any
    idf: Floats

    def score_bm25(self, questions: Sequence[str]) -> Floats:
        """(q, p) BM25; a word asked twice counts once."""
        asked = (self.counter.transform(questions) > 0).astype(np.float64)
        return np.asarray((asked @ self.bm25.T).todense())

    def score_tfidf(self, questions: Sequence[str]) -> Floats:
        """(q, p) cosines from 0 to 1."""
        asked = self.tfidf.transform(self.counter.transform(questions))
        return np.asarray((asked @ self.vectors.T).todense())

    def covered(self, questions: Sequence[str]) -> Floats:
        """(q, p) share of each question's weight in idf whose words the passage has; words unknown to
        the corpus weigh as much as the rarest.
        """
        asked = (self.counter.transform(questions) > 0).astype(np.float64)
        unknown = np.array([len(set(words_of(q)) - self.counter.vocabulary_.keys()) for q in questions])
        weight = asked @ self.idf + unknown * (self.idf.max() if self.idf.size else 1.0)
        has = (self.counts > 0).astype(np.float64)
        shared = np.asarray((asked.multiply(self.idf).tocsr() @ has.T).todense())
        covered: Floats = shared / np.maximum(weight, 1e-12)[:, None]
        return covered


def build_index(passages: Sequence[str]) -> Index:
    """Index the texts of passages.

    Raises:
        ValueError: No passage has a word.
    """
    from scipy import sparse
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

    counter = CountVectorizer(analyzer=words_of)
    counts = sparse.csr_matrix(counter.fit_transform(passages), dtype=np.float64)
    n, df = counts.shape[0], np.asarray((counts > 0).sum(axis=0)).ravel()
    idf = np.log1p((n - df + 0.5) / (df + 0.5))
    length = np.asarray(counts.sum(axis=1)).ravel()
    norm = K1 * (1 - B + B * length / max(float(length.mean()), 1e-12))
    bm25 = counts.copy()
    rows = np.repeat(np.arange(n), np.diff(bm25.indptr))
    bm25.data = idf[bm25.indices] * bm25.data * (K1 + 1) / (bm25.data + norm[rows])
    tfidf = TfidfTransformer(sublinear_tf=True)
    vectors = tfidf.fit_transform(counts)
    return Index(counter, counts, bm25, tfidf, vectors, idf)
