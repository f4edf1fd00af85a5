"""What an erasure concerns, and what it did, as a terminal or a program reads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from testamur.pipeline.erase import Affected, Erased
    from testamur.pipeline.erase_dossiers import AffectedDossier


def show_found(
    affected: list[Affected], dossiers: list[AffectedDossier], files: list[str], caches: list[Path]
) -> None:
    """Every job and dossier that is concerned or not known, and what is not the platform's to delete."""
    from testamur.interfaces.terminal.cards import show_rows

    if not affected and not dossiers:
        click.echo("No job and no dossier is concerned.")
    rows = [(one.job.id, one.job.state.value, _concerned(one.known, one.reason)) for one in affected]
    rows += [
        (one.dossier.job_id, str(one.dossier.folder), _concerned(one.known, one.reason)) for one in dossiers
    ]
    if rows:
        show_rows(("Job", "State, or dossier without a stored job", "Concerned"), rows)
    for cache in caches:
        click.echo(f"Fetched data set: {cache}")
    if files:
        click.echo("Not the platform's to delete, so delete or correct them yourself:")
        for file in files:
            click.echo(f"  {file}")


def show_end(affected: list[Affected], dossiers: list[AffectedDossier], *, as_json: bool) -> None:
    """That nothing was deleted."""
    from testamur.interfaces.terminal.consoles import print_json

    if as_json:
        print_json(
            {
                "concerned": [one.job.id for one in affected if one.known],
                "not_known": {one.job.id: one.reason for one in affected if not one.known},
                "dossiers": [str(one.dossier.folder) for one in dossiers if one.known],
                "dossiers_not_known": {
                    str(one.dossier.folder): one.reason for one in dossiers if not one.known
                },
                "receipt": None,
            }
        )
    elif any(one.known for one in (*affected, *dossiers)):
        click.echo("Nothing was deleted.")


def show_receipt(done: Erased, salt: str, retrained: dict[str, str], *, as_json: bool) -> None:
    """What was deleted, and the receipt with its salt."""
    from testamur.interfaces.terminal.consoles import print_json

    if as_json:
        print_json(
            {
                "erased": list(done.job_ids),
                "dossiers": [str(folder) for folder in done.dossiers],
                "retrained": retrained,
                "n_files": done.n_files,
                "n_bytes": done.n_bytes,
                "receipt": str(done.receipt),
                "salt": salt,
            }
        )
        return
    what = f"{len(done.job_ids)} jobs and {len(done.dossiers)} dossiers without a stored job"
    click.echo(f"Deleted {what}: {done.n_files:,} files, {done.n_bytes:,} bytes.")
    for old, new in retrained.items():
        click.echo(f"  {old} is trained again without the person as {new}")
    click.echo(f"Receipt: {done.receipt}")
    click.echo(
        f"Salt, kept nowhere: {salt}. With it, whoever asked can prove that the receipt is about them."
    )


def _concerned(known: bool, reason: str) -> str:
    return "concerned" if known else f"not known: {reason}"
