"""The network of ``education.reranker``: MiniLM with adapters reads both texts, a line adds them up."""

from __future__ import annotations

import os
import warnings
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from testamur.contracts.model import BuildContext
from testamur_education.options import RerankerOptions
from testamur_education.qa.minilm import BASE, find_model

N_LAYERS = 6  # of MiniLM-L6
TEXTS_AT_ONCE = 64  # where no gradient is needed
FIRST_SLOPE, FIRST_BIAS = 8.0, -6.0  # of the cosine: related texts begin near even odds


class Reranker(nn.Module):
    """Cosine of question and passage in MiniLM's space, beside what retrieval by words says.

    logit = w cos(f(question), f(passage)) + <v, lexical features> + b, where f is MiniLM with low-rank
    adapters in its queries and values (E. Hu et al., LoRA, ICLR 2022), averaged over tokens (N. Reimers,
    I. Gurevych, Sentence-BERT, EMNLP 2019).

    Args:
        reader: MiniLM with adapters.
        n_numeric: Lexical features; 0 leaves them out.
    """

    def __init__(self, reader: nn.Module, n_numeric: int) -> None:
        super().__init__()
        self.base = dict(BASE)
        self.reader = reader
        self.line = nn.Linear(n_numeric + 1, 1)
        with torch.no_grad():
            self.line.weight.zero_()
            self.line.weight[0, 0] = FIRST_SLOPE
            self.line.bias.fill_(FIRST_BIAS)

    def forward(self, tokens: Tensor, mask: Tensor, numeric: Tensor, categorical: Tensor) -> Tensor:
        """From tokens (b, 2, t), mask and lexical features (b, m) to logits (b, 1)."""
        b, k, t = tokens.shape
        flat = torch.cat([tokens, mask.long()], dim=-1).flatten(0, 1)  # (2b, 2t)
        unique, place = torch.unique(flat, dim=0, return_inverse=True)  # each text is read once
        vectors = self._read(unique[:, :t], unique[:, t:].bool())[place].view(b, k, -1)  # (b, 2, width)
        cosine = (vectors[:, 0] * vectors[:, 1]).sum(dim=-1, keepdim=True)  # (b, 1)
        seen = numeric[:, : self.line.in_features - 1]
        logits: Tensor = self.line(torch.cat([cosine, seen], dim=-1))
        return logits

    def _read(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """(m, width) vectors of length 1."""
        if torch.is_grad_enabled():
            return self._vectors(tokens, mask)
        order = mask.sum(dim=-1).argsort()  # texts of like length together: less padding
        pieces = [self._vectors(*_trimmed(tokens[at], mask[at])) for at in order.split(TEXTS_AT_ONCE)]
        found = torch.cat(pieces) if pieces else tokens.new_zeros((0, 1), dtype=torch.float32)
        return found[order.argsort()]

    def _vectors(self, tokens: Tensor, mask: Tensor) -> Tensor:
        hidden = self.reader(input_ids=tokens, attention_mask=mask.long()).last_hidden_state  # (m, t, width)
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weight).sum(dim=1) / weight.sum(dim=1).clamp_min(1.0)
        return F.normalize(mean, dim=-1)


def build(context: BuildContext, options: RerankerOptions) -> nn.Module:
    """MiniLM from the installed package, with fresh adapters; nothing is fetched.

    Args:
        context: What is known of the inputs.
        options: Validated options.

    Raises:
        ConfigurationError: A package of the extra ``nlp`` is not installed.
        IntegrityError: The weights are not MiniLM's.
    """
    folder = find_model()
    return Reranker(_with_adapters(folder, options), context.n_numeric if options.lexical else 0)


def _with_adapters(folder: Any, options: RerankerOptions) -> nn.Module:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when transformers is imported: nothing is asked for
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    model = AutoModel.from_pretrained(folder, local_files_only=True)
    adapters = LoraConfig(
        r=options.rank,
        lora_alpha=options.alpha,
        lora_dropout=options.dropout,
        target_modules=["query", "value"],
        layers_to_transform=list(range(N_LAYERS - options.layers, N_LAYERS)),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by an old name
        adapted: nn.Module = get_peft_model(model, adapters)
    return adapted


def _trimmed(tokens: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    longest = max(int(mask.sum(dim=-1).max()), 1)
    return tokens[:, :longest], mask[:, :longest]
