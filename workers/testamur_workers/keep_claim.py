"""Keeps a claim while its supervisor waits for something slow that is not the runner, such as an upload."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from testamur.contracts.errors import StoreError
from testamur.contracts.job import Claim
from testamur.store.claims import ClaimRepository

_log = logging.getLogger(__name__)


@contextmanager
def keep_claim(jobs: ClaimRepository, claim: Claim, *, lease_s: float) -> Iterator[None]:
    """Report every third of a lease that the attempt is alive, until the block ends.

    Without it a checkpoint that takes longer than a lease to copy would cost its job, again and again.

    Args:
        jobs: Where the claim is kept.
        claim: The attempt; once it is lost nothing is reported any more, and `settle` finds that out.
        lease_s: Length of a lease.
    """
    ended = threading.Event()
    beating = threading.Thread(target=_beat, args=(jobs, claim, lease_s, ended), name="claim", daemon=True)
    beating.start()
    try:
        yield
    finally:
        ended.set()
        beating.join()


def _beat(jobs: ClaimRepository, claim: Claim, lease_s: float, ended: threading.Event) -> None:
    while not ended.wait(lease_s / 3):
        try:
            if not jobs.heartbeat(claim, lease_s=lease_s).held:
                return
        except StoreError as error:  # tried again in a third of a lease
            _log.warning("the claim of job %s was not prolonged: %s", claim.job_id, error.message)
