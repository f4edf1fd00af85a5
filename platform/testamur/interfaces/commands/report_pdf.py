"""``testamur report pdf``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from testamur.contracts.errors import StoreError
from testamur.interfaces.dossiers import REPORT_HTML, find_dossier, read_report
from testamur.interfaces.invocation import current, json_option

if TYPE_CHECKING:
    from testamur.contracts.report import Report


@click.command()
@click.argument("name", metavar="ID|FOLDER")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Else <report id>.pdf, here.")
@json_option
def pdf(name: str, output: Path | None, as_json: bool) -> None:
    """Write a report as a tagged PDF (PDF/UA-1), beside the dossier, which stays as it was sealed.

    Needs the extra pdf (WeasyPrint) and the library Pango. The foot of each page names the report's digest.
    """
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.report.pdf import load_weasyprint

    load_weasyprint()  # before anything is read: what is missing is told at once
    folder = find_dossier(name, current().settings())
    report = read_report(folder)
    path = (output or Path(f"{report.report_id}.pdf")).expanduser().absolute()
    content = _draw(folder, report)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise StoreError(f"the PDF must be written to {path}, however: {error.strerror}") from error
    if as_json:
        print_json({"path": str(path), "n_bytes": len(content)})
    else:
        click.echo(path)


def _draw(folder: Path, report: Report) -> bytes:
    """The PDF of the page that was sealed."""
    from testamur.report.pdf import make_pdf

    try:
        html = (folder / REPORT_HTML).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise StoreError(
            f"the page {REPORT_HTML} of the dossier is required, however: it cannot be read",
            remedy=f"is it what was sealed? testamur report verify {folder}",
        ) from error
    return make_pdf(report, html)
