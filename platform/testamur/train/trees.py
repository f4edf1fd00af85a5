"""Boosted trees as tensors: a bag of scikit-learn's boostings that safetensors can hold and torch can ask.

The estimators themselves could be kept as pickles only, which run code when they are read.

A tree is asked without walking it (C. Lucchese et al.: QuickScorer, SIGIR 2015): every split that sends a
row to the right strikes out the leaves on its left, and the first leaf that is left over is the answer.
Leaves are the bits of an integer, so a tree costs a comparison and a bitwise AND per split.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from testamur.train.tree_nodes import N_CODES, N_LEAVES, N_SPLITS, TreeNodes

_ROWS_AT_ONCE = 256  # 256 x 1,000 trees x 14 splits x 4 bytes = 14 MB


class Trees(nn.Module):
    """Trees of several boostings, all asked at once. Empty until `load`.

    Args:
        n_members: Boostings.
        n_outputs: Outputs of each.
    """

    feature: Tensor
    threshold: Tensor
    missing_left: Tensor
    keeps: Tensor
    leaf: Tensor
    cell: Tensor
    by_code: Tensor
    goes_left: Tensor
    start: Tensor
    flags: Tensor
    first_bit: Tensor

    def __init__(self, n_members: int, n_outputs: int) -> None:
        super().__init__()
        self.register_buffer("feature", torch.zeros(N_SPLITS, 0, dtype=torch.int32))
        self.register_buffer("threshold", torch.zeros(N_SPLITS, 0))
        self.register_buffer("missing_left", torch.zeros(N_SPLITS, 0, dtype=torch.bool))
        self.register_buffer("keeps", torch.zeros(N_SPLITS, 0, dtype=torch.int16))
        self.register_buffer("leaf", torch.zeros(N_LEAVES, 0))
        self.register_buffer("cell", torch.zeros(0, dtype=torch.int32))
        self.register_buffer("by_code", torch.zeros(0, dtype=torch.int32))
        self.register_buffer("goes_left", torch.zeros(0, N_CODES, dtype=torch.bool))
        self.register_buffer("start", torch.zeros(n_members, n_outputs))
        self.register_buffer("flags", torch.zeros(0, dtype=torch.int64))
        first = torch.tensor([(n & -n).bit_length() - 1 for n in range(1, 2**N_LEAVES)], dtype=torch.int8)
        self.register_buffer("first_bit", torch.cat([first[:1], first]), persistent=False)

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Ask about numeric (b, n_numeric + n_flags) and categorical (b, n_categorical).

        Returns:
            (b, n_members, n_outputs) logits, or values on the scale on which the leaves were loaded.
        """
        n_numbers = numeric.shape[1] - len(self.flags)
        numbers, flags = numeric[:, :n_numbers].float(), numeric[:, n_numbers:] > 0.5
        known = numbers.index_select(1, self.flags)
        numbers = numbers.index_copy(1, self.flags, torch.where(flags, torch.nan, known))
        inputs = torch.cat([numbers, categorical.float()], dim=1)  # NaN where missing
        chunks = [self._ask(inputs[i : i + _ROWS_AT_ONCE]) for i in range(0, len(inputs), _ROWS_AT_ONCE)]
        return torch.cat(chunks) if chunks else self.start.expand(0, -1, -1)

    def _ask(self, inputs: Tensor) -> Tensor:
        b, (n_splits, n_trees) = inputs.shape[0], self.feature.shape
        feature = self.feature.view(-1)
        seen = inputs.index_select(1, feature)  # (b, n_splits * n_trees)
        left = seen <= self.threshold.view(-1)
        missing = inputs.isnan()
        if bool(missing.any()):
            left |= missing.index_select(1, feature) & self.missing_left.view(-1)
        if len(self.by_code):
            code = seen.index_select(1, self.by_code).clamp(0, N_CODES - 1).long()  # (b, n_by_code)
            row = torch.arange(len(self.by_code), device=inputs.device)
            left.index_copy_(1, self.by_code.long(), self.goes_left[row, code])
        keeps = self.keeps.view(-1)
        kept = torch.where(left, torch.full_like(keeps, -1), keeps).view(b, n_splits, n_trees)
        over = kept[:, 0]
        for split in range(1, n_splits):
            over = over & kept[:, split]  # (b, n_trees): the leaves that are left over
        place = self.first_bit[(over & (2**N_LEAVES - 1)).long()].long()  # (b, n_trees)
        said = self.leaf.gather(0, place)  # (b, n_trees)
        sums = torch.zeros(b, self.start.numel(), device=inputs.device)
        sums.index_add_(1, self.cell, said)
        return sums.view(b, *self.start.shape) + self.start

    @torch.no_grad()
    def load(self, nodes: TreeNodes, flags: tuple[int, ...]) -> None:
        """Take the trees of a bag over.

        Args:
            nodes: The trees.
            flags: Numbers that have a missing-value flag, in the order of the flags.
        """
        self.flags = torch.tensor(flags, dtype=torch.int64, device=self.flags.device)
        for name, array in nodes.arrays().items():
            buffer = getattr(self, name)
            setattr(self, name, torch.as_tensor(np.ascontiguousarray(array)).to(buffer.device, buffer.dtype))

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """How many trees there are is known to the saved weights alone."""
        for name, buffer in list(self.named_buffers(recurse=False)):
            saved = state_dict.get(prefix + name)
            if saved is not None and saved.dtype == buffer.dtype and saved.dim() == buffer.dim():
                setattr(self, name, torch.empty_like(saved, device=buffer.device))
        super()._load_from_state_dict(state_dict, prefix, *rest)
