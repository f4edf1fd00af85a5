"""How a check says that it does not run after all."""

from __future__ import annotations

from testamur.contracts.finding import CheckStatus


class Skip(Exception):
    """A check found out that it does not apply or cannot run.

    Args:
        status: `NOT_APPLICABLE` or `NOT_RUN`.
        reason: One sentence for the coverage ledger.
    """

    def __init__(self, status: CheckStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
