"""Seals what a runner has left: here, in the supervisor, where no line of a plugin is ever executed.

The runner writes a dossier without a seal into a folder of its attempt, says so and ends. Then it is
taken out of there, its files are read once, listed and signed, and only a sealed one is handed in.
A supervisor that is killed at any of these steps leaves a folder that nobody takes for a dossier; the
next attempt makes its own.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from testamur.contracts.errors import IntegrityError, TestamurError
from testamur.contracts.job import Claim
from testamur.report.attest import Sealer
from testamur.report.close import close_dossier
from testamur.report.keys import SigningKey
from testamur.store.claims import ClaimRepository
from testamur_workers.glance import Ended, Glance
from testamur_workers.hand_in import take_out
from testamur_workers.watch import Departure, Wish


def seal_attempt(
    departure: Departure, claim: Claim, *, key: SigningKey, final: Path, jobs: ClaimRepository
) -> Departure:
    """Seal the dossier of an attempt whose runner says that it is done.

    Args:
        departure: How the runner ended.
        claim: The attempt.
        key: The platform's key, as it was when the attempt began.
        final: Where the dossier goes at last.
        jobs: Asked, where sealing takes long, whether the job was cancelled or lost meanwhile.

    Returns:
        The departure; whether the model is cleared is taken from the sealed report, not from what the
        runner said. What cannot be sealed has failed.
    """
    ending = departure.ending
    if ending is None or ending.kind != "done" or departure.wish is Wish.FENCED:
        return departure
    try:
        folder = take_out(final, claim.attempt)
        closed = close_dossier(
            folder,
            key,
            Sealer.SUPERVISOR,
            attempt=(claim.job_id, claim.attempt),
            check_stop=Glance(jobs, claim),
        )
    except Ended as ended:
        return replace(departure, wish=ended.wish, ending=None)
    except (OSError, TestamurError) as caught:
        error = caught if isinstance(caught, TestamurError) else _not_left(caught)
        failed = {"kind": error.kind, "message": str(error), "exit_code": error.exit_code, "dossier": ""}
        return replace(departure, ending=ending.model_copy(update={**failed, "cleared": None}))
    return replace(departure, ending=ending.model_copy(update={"cleared": closed.cleared}))


def _not_left(error: OSError) -> TestamurError:
    return IntegrityError(
        f"a dossier is required of a runner that says it is done, however: {error.strerror}",
        remedy="look at the attempt's log, then `testamur job retry`",
    )
