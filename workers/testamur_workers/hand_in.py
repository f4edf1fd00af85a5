"""Puts the dossier of an attempt under the name of its job, once the attempt is known to be the newest.

A runner seals its dossier in a folder of its attempt. Its supervisor moves it inside the transaction
that ends the job: there the job's row is locked and the token has just been compared, so no newer
attempt can begin or end between the comparison and the move, and an old one, whose supervisor slept
past its lease, moves nothing. Should the machine stop between the move and the commit, the job is
still running in the database: its lease runs out and the next attempt replaces what lies there.
"""

from __future__ import annotations

import shutil
from pathlib import Path


def attempt_folder(final: Path, attempt: int) -> Path:
    """Where an attempt seals its dossier: beside its place, so that the move is one rename.

    It lies in a folder of its attempt's own, the only one among all dossiers that a runner may change.
    """
    return final.with_name(f".{final.name}-{attempt}") / "dossier"


def hand_in(final: Path, attempt: int) -> None:
    """Move the dossier of an attempt into its place; one that lies there is of an attempt that was lost.

    Raises:
        OSError: The folder cannot be changed.
    """
    sealed = attempt_folder(final, attempt)
    earlier = final.with_name(f".{final.name}-{attempt}-earlier")
    if not final.exists():
        sealed.rename(final)
        return
    shutil.rmtree(earlier, ignore_errors=True)
    final.rename(earlier)
    try:
        sealed.rename(final)
    except OSError:
        earlier.rename(final)
        raise


def clear_away(final: Path, attempt: int) -> None:
    """Remove what attempts up to this one left unfinished or unasked for."""
    for number in range(1, attempt + 1):
        name = f".{final.name}-{number}"
        for folder in (final.with_name(name), final.with_name(f"{name}-earlier")):
            shutil.rmtree(folder, ignore_errors=True)  # what cannot be removed does no harm where it lies
