"""Puts the dossier of an attempt under the name of its job, once the attempt is known to be the newest.

A runner writes its dossier in a folder of its attempt. Its supervisor takes it out of there, where no
process of the job reaches it by any name, seals it, and moves it inside the transaction that ends the
job: there the job's row is locked and the token has just been compared, so no newer attempt can begin or
end between the comparison and the move, and an old one, whose supervisor slept past its lease, moves
nothing. Should the machine stop between the move and the commit, the job is still running in the
database: its lease runs out and the next attempt replaces what lies there.
"""

from __future__ import annotations

import shutil
from pathlib import Path


def attempt_folder(final: Path, attempt: int) -> Path:
    """Where an attempt writes its dossier: beside its place, so that each move is one rename.

    It lies in a folder of its attempt's own, the only one among all dossiers that a runner may change.
    """
    return final.with_name(f".{final.name}-{attempt}") / "dossier"


def sealing_folder(final: Path, attempt: int) -> Path:
    """Where the dossier of an attempt is sealed; closed to runners."""
    return final.with_name(f".{final.name}-{attempt}-left")


def take_out(final: Path, attempt: int) -> Path:
    """Take what an attempt has written out of the folder that its processes may change.

    Returns:
        Where it lies now.

    Raises:
        OSError: There is none, or the folder cannot be changed.
    """
    taken = sealing_folder(final, attempt)
    attempt_folder(final, attempt).rename(taken)
    return taken


def hand_in(final: Path, attempt: int) -> None:
    """Move a sealed dossier into its place; one that lies there is of an attempt that was lost.

    Raises:
        OSError: The folder cannot be changed.
    """
    sealed = sealing_folder(final, attempt)
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
        for folder in (final.with_name(f"{name}{end}") for end in ("", "-left", "-earlier")):
            shutil.rmtree(folder, ignore_errors=True)  # what cannot be removed does no harm where it lies
