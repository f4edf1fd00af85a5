"""Questions over a course corpus: passages, retrieval, pairs, abstention."""
