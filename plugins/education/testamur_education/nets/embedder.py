"""MiniLM as it comes: vectors of texts, for finding passages that mean what a question asks."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from testamur_education.qa.minilm import find_model
from testamur_education.qa.tokenise import encode

LONGEST = 128  # tokens of a text, as in MiniLM's own training; the rest is cut off
AT_ONCE = 32  # texts


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """(n, 384) vectors of length 1: the mean over tokens (N. Reimers, I. Gurevych, Sentence-BERT, 2019).

    The weights are those of the installed package, without adapters; nothing is fetched. Texts of like
    length are read together, so that the order of `texts` makes no difference beyond rounding.

    Args:
        texts: What is read; longer ones are cut at `LONGEST` tokens.

    Raises:
        ConfigurationError: A package of the extra ``nlp`` is not installed.
        IntegrityError: The weights are not MiniLM's.
    """
    folder = find_model()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when transformers is imported: nothing is asked for
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    order = np.argsort([len(text) for text in texts], kind="stable")
    found = np.zeros((len(texts), model.config.hidden_size), dtype=np.float32)
    with torch.inference_mode():
        for begin in range(0, len(order), AT_ONCE):
            mine = order[begin : begin + AT_ONCE]
            tokens, mask = encode([texts[i] for i in mine], LONGEST)  # (b, t)
            seen = torch.from_numpy(mask)
            hidden = model(input_ids=torch.from_numpy(tokens), attention_mask=seen.long()).last_hidden_state
            weight = seen.unsqueeze(-1).to(hidden.dtype)  # (b, t, 1)
            mean = (hidden * weight).sum(dim=1) / weight.sum(dim=1).clamp_min(1.0)
            found[mine] = F.normalize(mean, dim=-1).numpy()
    return found
