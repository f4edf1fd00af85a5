"""What retrieval says of a passage and a question: the features that rank candidates."""

from __future__ import annotations

FEATURES = {
    "bm25": "BM25 of the passage for the question",
    "bm25_gap": "BM25 below the best passage of the question, as a share of the best",
    "tfidf": "cosine of the TF-IDF vectors of question and passage",
    "tfidf_gap": "cosine below the best passage of the question",
    "covered": "share of the question's words, weighted by rarity, that the passage has",
    "rank": "place of the passage when both rankings are fused",
    "question_words": "words in the question",
    "passage_words": "words in the passage",
}
OF_MEANING = {
    "meaning": "cosine of question and passage in MiniLM's space",
    "meaning_gap": "cosine below the nearest passage of the question",
}
STAGES = ("bm25", "by_words", "meaning", "fused")  # rankings of all passages that are told apart
