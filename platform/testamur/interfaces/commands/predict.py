"""``testamur predict``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from testamur.contracts.errors import ConfigurationError
from testamur.interfaces.invocation import current, json_option
from testamur.interfaces.request import read_pairs

if TYPE_CHECKING:
    from testamur.contracts.errors import Problem
    from testamur.interfaces.answering import Prediction

MOST_LINES = 12


@click.command()
@click.argument("dossier", metavar="DOSSIER|ID")
@click.argument("data", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where predictions go; FILE.predictions.csv otherwise."
)
@click.option("--report", is_flag=True, help="Also draw the plugin's insight pages of these rows.")
@click.option(
    "--columns",
    multiple=True,
    metavar="DECLARED=OWN",
    help="Name in training = name in FILE, once per column that is called otherwise.",
)
@click.option("--encoding", help="Encoding of FILE; found out otherwise.")
@click.option("--separator", help="Separator of FILE; found out otherwise.")
@click.option("--key", type=click.Path(path_type=Path), help="Public key of the signer, had from elsewhere.")
@json_option
def predict(
    dossier: str,
    data: Path,
    out: Path | None,
    report: bool,
    columns: tuple[str, ...],
    encoding: str | None,
    separator: str | None,
    key: Path | None,
    as_json: bool,
) -> None:
    """What a dossier's model says of the rows of FILE; the dossier is verified first.

    Rows are named, prepared and encoded as in training; the target may be absent. What the rows hold that
    training did not show, and a report that is over, are told. Probabilities come with the decision at
    the report's threshold, forecasts by step and quantile, rankings by user and place.
    """
    from testamur.interfaces.answering import predict_file
    from testamur.interfaces.terminal.consoles import print_json

    problems: list[Problem] = []
    mapping = read_pairs(columns, problems)
    if problems:
        raise ConfigurationError("The columns cannot be used", problems)
    reading = {"encoding": encoding, "separator": separator}
    found = predict_file(
        dossier,
        data,
        out or Path.cwd() / f"{data.stem}.predictions.csv",
        settings=current().settings(),
        columns=mapping,
        reading={name: value for name, value in reading.items() if value is not None},
        key=key,
        report=report,
    )
    if as_json:
        print_json(_in_full(found))
    else:
        _show(found)


def _in_full(found: Prediction) -> dict[str, Any]:
    return {
        "predictions": str(found.path),
        "n_rows": found.n_rows,
        "pages": [str(path) for path in found.pages],
        "warnings": list(found.warnings),
        "unfamiliar": list(found.unfamiliar),
        "notes": list(found.notes),
    }


def _show(found: Prediction) -> None:
    from testamur.interfaces.terminal.consoles import printable

    for warning in found.warnings:
        click.echo(f"! {printable(warning)}", err=True)
    for title, sentences in (("Not seen in training", found.unfamiliar), ("Noticed", found.notes)):
        if sentences:
            click.echo(f"{title}:")
        for sentence in sentences[:MOST_LINES]:
            click.echo(f"- {printable(sentence)}")
        if len(sentences) > MOST_LINES:
            click.echo(f"- and {len(sentences) - MOST_LINES} more (--json lists them)")
    click.echo(f"{found.n_rows:,} predicted: {found.path}")
    for path in found.pages:
        click.echo(f"Page: {path}")
