"""Looks now and then whether an attempt may go on, while its supervisor is at something slow of its own."""

from __future__ import annotations

import time

from testamur.contracts.errors import StoreError
from testamur.contracts.job import Claim
from testamur.store.claims import ClaimRepository
from testamur_workers.watch import LOOK_EVERY_S, Wish


class Ended(Exception):
    """The attempt must end.

    Args:
        wish: Why.
    """

    def __init__(self, wish: Wish) -> None:
        super().__init__(wish.name)
        self.wish = wish


class Glance:
    """Asks the database at most every `LOOK_EVERY_S`; what is done sooner costs no question.

    Args:
        jobs: Who is asked.
        claim: The attempt.
    """

    def __init__(self, jobs: ClaimRepository, claim: Claim) -> None:
        self._jobs, self._claim = jobs, claim
        self._next_at = time.monotonic() + LOOK_EVERY_S

    def __call__(self) -> None:
        """Return where the attempt may go on.

        Raises:
            Ended: It was cancelled, or lost.
        """
        if time.monotonic() < self._next_at:
            return
        self._next_at = time.monotonic() + LOOK_EVERY_S
        try:
            pulse = self._jobs.peek(self._claim)
        except StoreError:  # whoever settles the attempt waits for the database
            return
        if not pulse.held:
            raise Ended(Wish.FENCED)
        if pulse.cancel_requested:
            raise Ended(Wish.CANCEL)
