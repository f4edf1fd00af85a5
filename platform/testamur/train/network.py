"""A trained network, seen from outside."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import TestamurError
from testamur.contracts.table import Predictions, RowsPart
from testamur.train.inputs import Layout, numeric_input
from testamur.train.loss import averaged

CHUNK_ROWS = 2048  # see EVALUATION_ROWS in `testamur.train.loop`


class NetworkPredictor:
    """Predicts with a network; implements `testamur.contracts.protocols.Predictor`.

    Args:
        module: The network, on its device.
        layout: How a part becomes its inputs.
        device: Where it runs.
    """

    def __init__(self, module: nn.Module, layout: Layout, device: str) -> None:
        self._module = module.eval()
        self._layout = layout
        self._device = device

    def predict(self, part: RowsPart) -> Predictions:
        """Predict every row of `part`, in chunks."""
        numbers = torch.from_numpy(numeric_input(part, self._layout))
        codes = torch.from_numpy(np.ascontiguousarray(part.categorical, dtype=np.int64))
        starts = range(0, max(part.n_rows, 1), CHUNK_ROWS)  # no rows: one empty chunk gives the shape
        chunks = [self._chunk(numbers[i : i + CHUNK_ROWS], codes[i : i + CHUNK_ROWS]) for i in starts]
        mean = torch.cat(chunks).double().numpy()
        _refuse_unbounded(mean)
        return self._as_predictions(mean)

    def _chunk(self, numbers: Tensor, codes: Tensor) -> Tensor:
        self._module.eval()
        with torch.no_grad():
            # Copied, as torch's own memory begins at a multiple of 64 bytes: where a matrix begins can
            # change the last bit of a product.
            output = self._module(numbers.to(self._device, copy=True), codes.to(self._device, copy=True))
            return averaged(output, self._layout.problem).cpu()

    def _as_predictions(self, mean: np.ndarray) -> Predictions:
        if self._layout.problem is ProblemKind.REGRESSION:
            return Predictions(values=mean * self._layout.target_scale + self._layout.target_mean)
        if self._layout.problem is ProblemKind.BINARY:
            return Predictions(probabilities=np.stack([1.0 - mean, mean], axis=1))
        return Predictions(probabilities=mean / mean.sum(axis=1, keepdims=True))


def _refuse_unbounded(mean: np.ndarray) -> None:
    bad = ~np.isfinite(mean)  # (n,) or (n, n_classes)
    n_bad = int(np.count_nonzero(bad.any(axis=1) if bad.ndim == 2 else bad))
    if n_bad:
        raise TestamurError(
            f"finite predictions are required, however: those of {n_bad:,} of {len(bad):,} rows are not",
            remedy="look for extreme numbers in the features; lower training.learning_rate",
        )
