"""What a dry run tries: a few batches of the job's own training, on its own rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testamur.jobs.validate import ResolvedJob

if TYPE_CHECKING:
    from testamur.contracts.table import RowsTable
    from testamur.train.trial import Trial


def try_job(job: ResolvedJob, table: RowsTable, *, device: str, threads: int) -> Trial:
    """Train for a moment, keep nothing.

    Args:
        job: The request, every name known.
        table: Its rows.
        device: "cpu", "cuda" or "auto".
        threads: Where the job names none.

    Raises:
        TestamurError: What would end the training at once.
    """
    from testamur.train.devices import choose_device
    from testamur.train.trial import try_out

    training = job.spec.training
    if training.threads is None:
        training = training.model_copy(update={"threads": threads})
    return try_out(
        job.model, job.options, training, table, seed=job.spec.job.seed, device=choose_device(device)
    )
