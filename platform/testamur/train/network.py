"""A trained network, seen from outside."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from testamur.contracts.errors import TestamurError
from testamur.contracts.protocols import Exchanges
from testamur.contracts.table import Predictions, RowsPart
from testamur.train.form import Form, PredictingForm, RowwiseForm

CHUNK_ROWS = 2048  # see EVALUATION_ROWS in `testamur.train.loop`


class NetworkPredictor:
    """Predicts with a network; implements `testamur.contracts.protocols.Predictor`.

    Args:
        module: The network, on its device.
        form: How a part becomes its inputs, and its outputs predictions.
        device: Where it runs.
    """

    def __init__(self, module: nn.Module, form: Form, device: str) -> None:
        self._module = module.eval()
        self._form = form
        self._device = device

    @property
    def form(self) -> Form:
        """How outputs become predictions."""
        return self._form

    def with_form(self, form: Form) -> NetworkPredictor:
        """The same network, whose outputs become predictions in another way."""
        return NetworkPredictor(self._module, form, self._device)

    def predict(self, part: RowsPart) -> Predictions:
        """Predict every row of `part`, in chunks."""
        if isinstance(self._form, PredictingForm):
            return self._form.predict(self._module, part, self._device)
        return cast(RowwiseForm, self._form).as_predictions(self.settled(part), part)

    def exchanging(self, part: RowsPart) -> Exchanges | None:
        """A shorter way to answer for exchanged columns, where the network is one of this room's."""
        from testamur.train.exchange import find_exchanges

        return find_exchanges(self._module.eval(), self._form, self._device, part)

    def settled(self, part: RowsPart) -> np.ndarray:
        """(n, ...) settled outputs of every row of `part`, float64; forms by rows only."""
        inputs = cast(RowwiseForm, self._form).inputs(part)
        starts = range(0, max(part.n_rows, 1), CHUNK_ROWS)  # no rows: one empty chunk gives the shape
        chunks = [self._chunk(inputs(slice(i, i + CHUNK_ROWS))) for i in starts]
        settled: np.ndarray = torch.cat(chunks).double().numpy()
        _refuse_unbounded(settled)
        return settled

    def _chunk(self, inputs: tuple[Tensor, ...]) -> Tensor:
        self._module.eval()
        with torch.no_grad():
            # Copied, as torch's own memory begins at a multiple of 64 bytes: where a matrix begins can
            # change the last bit of a product.
            output = self._module(*(tensor.to(self._device, copy=True) for tensor in inputs))
            return self._form.settle(output).cpu()


def _refuse_unbounded(settled: np.ndarray) -> None:
    bad = ~np.isfinite(settled)  # (n, ...)
    n_bad = int(np.count_nonzero(bad.reshape(len(bad), -1).any(axis=1))) if len(bad) else 0
    if n_bad:
        raise TestamurError(
            f"finite predictions are required, however: those of {n_bad:,} of {len(bad):,} rows are not",
            remedy="look for extreme numbers in the features; lower training.learning_rate",
        )
