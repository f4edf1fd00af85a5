"""``testamur report export``."""

from __future__ import annotations

from pathlib import Path

import click

from testamur.interfaces.dossiers import find_dossier
from testamur.interfaces.invocation import current, json_option


@click.command()
@click.argument("name", metavar="ID|FOLDER")
@click.argument("target", type=click.Path(path_type=Path))
@json_option
def export(name: str, target: Path, as_json: bool) -> None:
    """Copy a dossier to TARGET (a folder, or a .zip) without restricted/, the files about single rows.

    The seal holds as before, and whoever receives it can verify it.
    """
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.report.export import export_dossier

    made = export_dossier(find_dossier(name, current().settings()), target.expanduser().absolute())
    if as_json:
        print_json({"path": str(made), "n_bytes": made.stat().st_size if made.is_file() else None})
        return
    click.echo(f"{made}: without restricted/; verify it with: testamur report verify")
