"""Questions and passages as tokens of MiniLM."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.table import RowsPart
from testamur_education.options import RerankerOptions
from testamur_education.qa.minilm import find_model

COLUMNS = ("question", "passage_text")
Tokens = tuple[NDArray[np.int64], NDArray[np.bool_]]


def tokenise(part: RowsPart, options: RerankerOptions) -> Tokens:
    """(n, 2, t) tokens of question and passage of every row, and their mask; longer texts are cut.

    Args:
        part: Rows that carry `COLUMNS`.
        options: Names the most tokens of a text.

    Raises:
        ConfigurationError: A package of the extra ``nlp`` is not installed.
    """
    texts = [[str(text) for text in part.carried[name]] for name in COLUMNS]
    unique = sorted({text for column in texts for text in column})
    tokens, mask = encode(unique, options.length)
    place = {text: at for at, text in enumerate(unique)}
    rows = np.array([[place[text] for text in column] for column in texts], dtype=np.int64).T  # (n, 2)
    return tokens[rows], mask[rows]


def encode(texts: Sequence[str], length: int) -> Tokens:
    """(m, t) tokens of texts, each at most `length` long, and their mask."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(find_model() / "tokenizer.json"))
    tokenizer.enable_truncation(max_length=length)
    tokenizer.enable_padding()
    found = tokenizer.encode_batch(list(texts)) if texts else []
    if not found:
        return np.zeros((0, 1), np.int64), np.zeros((0, 1), np.bool_)
    return (
        np.array([one.ids for one in found], dtype=np.int64),
        np.array([one.attention_mask for one in found], dtype=np.bool_),
    )
