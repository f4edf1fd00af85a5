"""What a training did, as the dossier tells it."""

from __future__ import annotations

from typing import Any

from torch import nn

from testamur.contracts.model import ModelOptions, ModelSpec, Precision, TrainingSummary
from testamur.contracts.table import RowsTable
from testamur.train.fair_loop import FairLoop
from testamur.train.form import Conclusion
from testamur.train.loop import Loop
from testamur.train.private_fit import tell_spent
from testamur.train.private_loop import PrivateLoop
from testamur.train.progress import Progress
from testamur.train.trained import digest


def summarise(
    spec: ModelSpec,
    options: ModelOptions,
    module: nn.Module,
    loop: Loop | None,
    weights: bytes,
    device: str,
    seconds: float,
    concluded: Conclusion,
    *,
    table: RowsTable,
    refitted: bool,
) -> TrainingSummary:
    """What was done, in `seconds` over all attempts; without a loop nothing was trained in epochs.

    Args:
        spec: The model.
        options: Its options.
        module: The network as it ended.
        loop: What trained it; None where nothing is learnt by gradients.
        weights: The dumped weights.
        device: "cpu" or "cuda".
        seconds: Of all attempts.
        concluded: What was settled on rows held out.
        table: The rows it learnt from.
        refitted: True where the network was trained again on all rows before the test.
    """
    progress = loop.progress if loop else Progress()
    summary = TrainingSummary(
        model=spec.key,
        options=options.model_dump(mode="json"),
        n_parameters=sum(p.numel() for p in module.parameters()),
        epochs_run=len(progress.history),
        best_epoch=progress.best_epoch,
        stopped_early=progress.stopped_early,
        device=device,
        precision=loop.mixed.precision.value if loop else Precision.FP32.value,
        batch_size=loop.batch_size if loop else 0,
        micro_batches=loop.micro_batches if loop else 1,
        seconds=seconds,
        history=tuple(progress.history),
        member_epochs=tuple(progress.member_epochs),
        settled=dict(concluded.settled),
        resumed_from_epoch=progress.resumed_from,
        weights_sha256=digest(weights),
    )
    return summary.model_copy(update=_further(loop, table, refitted=refitted))


def _further(loop: Loop | None, table: RowsTable, *, refitted: bool) -> dict[str, Any]:
    """What only some trainings have to tell."""
    told: dict[str, Any] = {}
    if refitted and table.whole is not None:
        told["refitted_on"] = table.whole.n_rows
    if isinstance(loop, PrivateLoop):
        told["privacy"] = tell_spent(loop, table)
    if isinstance(loop, FairLoop):
        told["settled"] = loop.settled()
    return told
