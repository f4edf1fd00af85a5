"""Rows with texts on their way through the loop: tokens beside numbers and codes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from testamur.contracts.errors import TestamurError
from testamur.contracts.model import BuildContext, ModelOptions, ModelSpec
from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur.hooks.references import resolve
from testamur.train.form import Batch, Inputs
from testamur.train.inputs import Tensors
from testamur.train.rows_form import RowsForm

Tokenise = Callable[[RowsPart], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Rows with their tokens on the device; implements `form.Examples`.

    Attributes:
        rows: Numbers, codes, target and weight.
        tokens: (n, k, t) int64: k texts per row.
        mask: (n, k, t) True where there is a token.
    """

    rows: Tensors
    tokens: Tensor
    mask: Tensor

    @property
    def n(self) -> int:
        """How many rows there are."""
        return self.rows.n

    def taken(self, order: Tensor) -> Texts:
        """The rows in another order, (n,)."""
        return Texts(
            self.rows.taken(order), self.tokens.index_select(0, order), self.mask.index_select(0, order)
        )

    def batch(self, part: slice) -> Batch:
        """The rows at these places, their texts cut to the longest of them."""
        rows = self.rows.batch(part)
        return Batch((*cut(self.tokens[part], self.mask[part]), *rows.inputs), rows.target, rows.weight)


@dataclass(frozen=True, slots=True)
class TokensForm:
    """Texts beside numbers and codes; implements `form.RowwiseForm`.

    Attributes:
        rows: The form of everything but the texts.
        tokenise: From a part to (n, k, t) tokens and their mask.
        options: Of the model, as JSON; kept beside the weights, for `tokenise` takes them.
    """

    rows: RowsForm
    tokenise: Tokenise
    options: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def plan(cls, spec: ModelSpec, options: ModelOptions, table: RowsTable) -> TokensForm:
        """The form that the training part asks for.

        Raises:
            DataError: No row in a part.
            TestamurError: The model names no function that makes tokens.
        """
        return cls(RowsForm.plan(table), _tokeniser(spec, options), options.model_dump(mode="json"))

    @classmethod
    def read(cls, spec: ModelSpec, tree: dict[str, Any]) -> TokensForm:
        """From `description`."""
        options = spec.options.model_validate(tree["options"])
        return cls(RowsForm.read(tree["rows"]), _tokeniser(spec, options), tree["options"])

    def context(self, table: RowsTable, *, n_bins: int, seed: int) -> BuildContext:
        """What the build function is told."""
        return self.rows.context(table, n_bins=n_bins, seed=seed)

    def examples(self, part: RowsPart, device: str, by_class: np.ndarray | None) -> Texts:
        """The rows and their tokens as resident tensors."""
        tokens, mask = (torch.from_numpy(array).to(device) for array in self.tokenise(part))
        return Texts(self.rows.examples(part, device, by_class), tokens, mask)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """As for rows."""
        return self.rows.loss(output, batch)

    def held_out(self, settled: Tensor, batch: Batch) -> Tensor:
        """As for rows."""
        return self.rows.held_out(settled, batch)

    def settle(self, output: Tensor) -> Tensor:
        """As for rows."""
        return self.rows.settle(output)

    def inputs(self, part: RowsPart) -> Inputs:
        """Tokens (b, k, t), mask (b, k, t), numbers and codes."""
        tokens, mask = (torch.from_numpy(array) for array in self.tokenise(part))
        rows = self.rows.inputs(part)
        return lambda stretch: (*cut(tokens[stretch], mask[stretch]), *rows(stretch))

    def as_predictions(self, settled: np.ndarray, part: RowsPart) -> Predictions:
        """As for rows."""
        return self.rows.as_predictions(settled, part)

    def description(self) -> dict[str, Any]:
        """The form of the rows, and the options."""
        return {"rows": self.rows.description(), "options": self.options}


def cut(tokens: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """The tokens up to the longest text, one at least."""
    longest = max(int(mask.sum(dim=-1).max()) if mask.numel() else 1, 1)
    return tokens[..., :longest], mask[..., :longest]


def _tokeniser(spec: ModelSpec, options: ModelOptions) -> Tokenise:
    if spec.tokenise is None:
        raise TestamurError(
            f"{spec.key}: a model of texts names the function that makes tokens, however: it names none",
            remedy="ModelSpec(tokenise='module:function')",
        )
    function = resolve(spec.tokenise)
    return lambda part: function(part, options)
