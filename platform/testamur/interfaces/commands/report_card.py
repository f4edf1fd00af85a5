"""``testamur report card``."""

from __future__ import annotations

from pathlib import Path

import click

from testamur.contracts.errors import StoreError
from testamur.interfaces.dossiers import find_dossier, read_report
from testamur.interfaces.invocation import current, json_option


@click.command()
@click.argument("name", metavar="ID|FOLDER")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write; else it is printed.")
@json_option
def card(name: str, output: Path | None, as_json: bool) -> None:
    """A Markdown model card, in the form of the Hugging Face hub, with the numbers of the report.

    The same card lies in the dossier as model_card.md.
    """
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.report.model_card import make_card

    text = make_card(read_report(find_dossier(name, current().settings())))
    if output is not None:
        path = output.expanduser().absolute()
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise StoreError(f"the card must be written to {path}, however: {error.strerror}") from error
    if as_json:
        print_json({"path": str(output) if output else None, "card": text})
    elif output is not None:
        click.echo(output)
    else:
        click.echo(text, nl=False)
