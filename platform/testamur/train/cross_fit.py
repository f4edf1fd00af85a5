"""Cross-fitting on its way through the loop: members learn side by side, each held from its own fold.

All members see the same batches; a row weighs nothing for the members that hold it out. After every epoch
each member is measured on its own fold, and its weights are kept where it was best. What the finished model
says of training and validation rows comes from the members that never learnt from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.table import PartName, Predictions, RowsTable
from testamur.train.blend import as_settled, settle_share
from testamur.train.boosting import categorical_mask, grow_bag
from testamur.train.ensemble import Ensemble
from testamur.train.folds import assign_folds, join_parts
from testamur.train.form import Batch, Conclusion, Examples
from testamur.train.inputs import Tensors, check_table, load_tensors, plan_layout, row_weights
from testamur.train.loss import by_member, member_losses
from testamur.train.network import NetworkPredictor
from testamur.train.rows_form import RowsForm, as_predictions
from testamur.train.tree_nodes import gather_nodes

_ROWS_AT_ONCE = 2048  # see EVALUATION_ROWS in `testamur.train.loop`


@dataclass(frozen=True, slots=True)
class SharedBatch(Batch):
    """A batch for all members.

    Attributes:
        share: (b, k) weight of each row for each member; in learning 0 in the member's own fold, in judging
            0 outside.
    """

    share: Tensor


@dataclass(frozen=True, slots=True)
class SharedRows:
    """Rows that all members see; implements `form.Examples`.

    Attributes:
        rows: The rows.
        share: (n, k) as in `SharedBatch`.
    """

    rows: Tensors
    share: Tensor

    @property
    def n(self) -> int:
        """How many rows there are."""
        return self.rows.n

    def taken(self, order: Tensor) -> SharedRows:
        """The rows in another order, (n,)."""
        return SharedRows(self.rows.taken(order), self.share.index_select(0, order))

    def batch(self, part: slice) -> SharedBatch:
        """The rows at these places."""
        plain = self.rows.batch(part)
        return SharedBatch(plain.inputs, plain.target, plain.weight, self.share[part])


@dataclass(frozen=True, slots=True)
class CrossFitForm(RowsForm):
    """Rows for members that each hold one fold out; implements `form.MemberwiseForm`.

    Attributes:
        n_folds: Folds; member i holds out fold i % n_folds.
        n_members: Members, as many as folds at least.
    """

    n_folds: int
    n_members: int

    @classmethod
    def plan_folds(cls, table: RowsTable, *, n_folds: int, n_members: int) -> CrossFitForm:
        """The form that the training part asks for.

        Raises:
            DataError: No feature, or a part without rows.
        """
        check_table(table)
        return cls(plan_layout(table), n_folds, n_members)

    def shared(
        self, table: RowsTable, device: str, by_class: np.ndarray | None, seed: int
    ) -> tuple[Examples, Examples]:
        """Training and validation rows together, twice: to learn from, and to judge each member by.

        Raises:
            DataError: There are fewer rows or entities than folds.
        """
        rows = load_tensors(join_parts(table), self.layout, device, by_class)
        held = torch.from_numpy(self.held(table, seed)).to(device)  # (n, k)
        weight = torch.ones(rows.n, device=device) if rows.weight is None else rows.weight
        mass = (weight.unsqueeze(1) * held).sum(dim=0).clamp_min(torch.finfo(torch.float32).tiny)
        learning = (1.0 - held) * (self.n_folds / (self.n_folds - 1))
        return SharedRows(rows, learning), SharedRows(rows, held * (rows.n / mass))

    def held(self, table: RowsTable, seed: int) -> np.ndarray:
        """(n, k) float32, 1 where a member holds a row out, in the order of `folds.join_parts`."""
        fold = assign_folds(table, self.n_folds, seed=seed)
        own = np.arange(self.n_members) % self.n_folds
        return (fold[:, None] == own[None, :]).astype(np.float32)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Mean loss over rows and members, without the rows that a member holds out."""
        assert isinstance(batch, SharedBatch)
        rows = member_losses(output, batch.target, self.layout.problem) * batch.share
        return rows.mean() if batch.weight is None else (rows * batch.weight.unsqueeze(1)).mean()

    def judge(self, output: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Sums over the rows, float64: the loss of the held-out members' average, and each member's (k,)."""
        assert isinstance(batch, SharedBatch)
        rows = member_losses(output.float(), batch.target, self.layout.problem) * batch.share
        if batch.weight is not None:
            rows = rows * batch.weight.unsqueeze(1)
        mean = held_out_mean(by_member(output, self.layout.problem), batch.share)
        return self.held_out(mean, batch), rows.double().sum(dim=0)

    def conclude(
        self,
        module: nn.Module,
        table: RowsTable,
        *,
        by_class: np.ndarray | None,
        seed: int,
        device: str,
        threads: int,
        stop: Callable[[], None],
    ) -> Conclusion:
        """Blend perceptrons with boosted trees where the module has any, and predict the rows held out."""
        said = self.held_out_output(module, table, device, seed).double().numpy()
        if not isinstance(module, Ensemble) or module.trees is None:
            return Conclusion(self._by_part(said, table))
        bag = grow_bag(table, seed=seed, threads=threads, by_class=by_class, n_folds=self.n_folds, stop=stop)
        layout = self.layout
        nodes = gather_nodes(
            bag, categorical_mask(table), n_outputs=table.n_outputs,
            mean=layout.target_mean, scale=layout.target_scale,
        )  # fmt: skip
        module.trees.load(nodes, layout.flags)
        of_trees = as_settled(bag.held_out(table), layout)
        rows = join_parts(table)
        target = rows.target
        if layout.problem is ProblemKind.REGRESSION:
            target = (rows.target - layout.target_mean) / layout.target_scale
        share = settle_share(said, of_trees, target, row_weights(rows, by_class))
        module.share.fill_(share)
        return Conclusion(
            self._by_part(said + share * (of_trees - said), table),
            {"networks": NetworkPredictor(module.nets, self, device), "bagged": bag},
            {"share of gradient boosting": share},
        )

    def _by_part(self, said: np.ndarray, table: RowsTable) -> dict[PartName, Predictions]:
        n = table.train.n_rows
        return {
            "train": as_predictions(said[:n], self.layout),
            "validation": as_predictions(said[n:], self.layout),
        }

    @torch.no_grad()
    def held_out_output(self, module: nn.Module, table: RowsTable, device: str, seed: int) -> Tensor:
        """(n,) or (n, n_classes) on the CPU: the average of the members that hold each row out."""
        inputs, held = self.inputs(join_parts(table)), torch.from_numpy(self.held(table, seed))
        module.eval()
        means = []
        for begin in range(0, held.shape[0], _ROWS_AT_ONCE):
            part = slice(begin, begin + _ROWS_AT_ONCE)
            output = module(*(tensor.to(device, copy=True) for tensor in inputs(part)))
            means.append(held_out_mean(by_member(output, self.layout.problem).cpu(), held[part]))
        return torch.cat(means)


def held_out_mean(members: Tensor, share: Tensor) -> Tensor:
    """(b,) or (b, n_classes) average over the members whose share (b, k) of a row is not 0.

    Args:
        members: (b, k) or (b, k, n_classes) from `loss.by_member`.
        share: (b, k).
    """
    held = (share > 0).to(members.dtype)
    held = held / held.sum(dim=1, keepdim=True)
    return (members * (held if members.dim() == 2 else held.unsqueeze(-1))).sum(dim=1)
