"""How far a training has come: all that a checkpoint must say besides tensors."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field

from testamur.contracts.model import EpochMetrics

ENOUGH_MEMBERS = 0.9  # of an ensemble: when their patience is at an end, so is the training
_PLAIN = (
    "epoch", "batch", "best_epoch", "waited", "seconds", "scale", "n_good_steps", "finished", "stopped_early",
    "member_losses", "member_epochs",
)  # fmt: skip


@dataclass(slots=True)
class Progress:
    """Position and early-stopping state of a training.

    Attributes:
        epoch: The epoch under way, from 1.
        batch: Batches of it that are done.
        best_loss: Lowest validation loss so far.
        best_epoch: Its epoch, 0 before the first.
        waited: Epochs since then.
        seconds: Seconds of training, over all attempts.
        scale: Loss scale of fp16.
        n_good_steps: Steps since an fp16 gradient overflowed.
        finished: True when no epoch is left to do.
        stopped_early: True when patience ran out.
        history: Metrics of the finished epochs.
        member_losses: Lowest held-out loss of each member; empty where members share their held-out rows.
        member_epochs: The epochs of these.
        resumed_from: Finished epochs at the checkpoint this attempt began from, or None.
    """

    epoch: int = 1
    batch: int = 0
    best_loss: float = math.inf
    best_epoch: int = 0
    waited: int = 0
    seconds: float = 0.0
    scale: float = 1.0
    n_good_steps: int = 0
    finished: bool = False
    stopped_early: bool = False
    history: list[EpochMetrics] = field(default_factory=list)
    resumed_from: int | None = None
    member_losses: list[float] = field(default_factory=list)
    member_epochs: list[int] = field(default_factory=list)

    def to_json(self) -> str:
        """As JSON, without what concerns this attempt only."""
        tree = {name: getattr(self, name) for name in _PLAIN}
        tree["best_loss"] = None if math.isinf(self.best_loss) else self.best_loss
        tree["history"] = [metrics.model_dump(mode="json") for metrics in self.history]
        return json.dumps(tree, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Progress:
        """Read what `to_json` wrote, as the beginning of a new attempt."""
        tree = json.loads(text)
        best, history = tree.pop("best_loss"), tree.pop("history")
        return cls(
            **tree,
            best_loss=math.inf if best is None else best,
            history=[EpochMetrics.parse(metrics) for metrics in history],
            resumed_from=tree["epoch"] - 1,
        )

    def improve_members(self, losses: list[float], *, epoch: int) -> list[bool]:
        """Note the members' losses of an epoch; which of them are lower than ever."""
        if losses and not self.member_losses:
            self.member_losses, self.member_epochs = [math.inf] * len(losses), [0] * len(losses)
        improved = [loss < best for loss, best in zip(losses, self.member_losses, strict=True)]
        for member in (i for i, better in enumerate(improved) if better):
            self.member_losses[member], self.member_epochs[member] = losses[member], epoch
        return improved

    def close_epoch(self, metrics: EpochMetrics, *, patience: int, epochs: int) -> None:
        """Note a finished epoch and whether it was the last."""
        self.history.append(metrics)
        if metrics.best:
            self.best_loss, self.best_epoch, self.waited = metrics.validation_loss, metrics.epoch, 0
        else:
            self.waited += 1
        waiting = [metrics.epoch - epoch for epoch in self.member_epochs] or [self.waited]
        n_done = sum(waited >= patience for waited in waiting)
        self.stopped_early = n_done >= ENOUGH_MEMBERS * len(waiting)
        self.finished = self.stopped_early or metrics.epoch >= epochs
        self.epoch, self.batch = metrics.epoch + 1, 0
