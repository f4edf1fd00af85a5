"""``testamur report show``, ``open`` and ``verify``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from testamur.contracts.errors import IntegrityError
from testamur.interfaces.dossiers import REPORT_HTML, find_dossier, read_report
from testamur.interfaces.invocation import current, json_option

if TYPE_CHECKING:
    from testamur.contracts.decision import Decision
    from testamur.report.verify import Verification


@click.command()
@click.argument("name", metavar="ID|PATH")
@json_option
def show(name: str, as_json: bool) -> None:
    """The decision view of a report: the verdicts, and what could not be measured."""
    from testamur.interfaces.decision import view_report
    from testamur.interfaces.terminal.consoles import out, print_json
    from testamur.interfaces.terminal.decision_view import show_decision

    folder = find_dossier(name, current().settings())
    report = read_report(folder)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        show_decision(view_report(report), out(), dossier=folder)


@click.command(name="open")
@click.argument("name", metavar="ID|PATH")
def open_report(name: str) -> None:
    """Open a report in the browser, and print its path and those of its insight pages."""
    import webbrowser

    path = find_dossier(name, current().settings()) / REPORT_HTML
    if not path.is_file():
        raise IntegrityError(f"a dossier with a {REPORT_HTML} is required, however: {path.parent} holds none")
    click.echo(path)
    for card in read_report(path.parent).insights:
        click.echo(path.parent / card.path)
    if not webbrowser.open(path.as_uri()):
        click.echo("no browser answers here: open the file above", err=True)


@click.command()
@click.argument("name", metavar="FOLDER|ID")
@click.option("--key", type=click.Path(path_type=Path), help="Public key of the signer, had from elsewhere.")
@json_option
@click.pass_context
def verify(ctx: click.Context, name: str, key: Path | None, as_json: bool) -> None:
    """Is a dossier what was sealed, and by whom? Works offline.

    Without --key the best answer is "intact, signer unknown": the key inside the folder proves only that
    nothing in it was changed. Ends with code 8 when something is wrong.
    """
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.report.verify import verify_dossier

    folder = find_dossier(name, current().settings())
    found = verify_dossier(folder, key=key)
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "intact": found.ok,
                "status": found.status.value,
                "signer": found.signer,
                "sealed_by": found.sealed_by,
                "report_id": found.report_id,
                "n_files": found.n_files,
                "without_restricted": found.without_restricted,
                "signatures": [s.decision.model_dump(mode="json") for s in found.signatures],
                "problems": [
                    {"where": p.where, "message": p.message, "remedy": p.remedy} for p in found.problems
                ],
            }
        )
    else:
        _show(found)
    ctx.exit(0 if found.ok else IntegrityError.exit_code)


_SEALED_BY = {
    "supervisor": "sealed by the supervisor of a worker, in which no plugin code runs",
    "job": "sealed by the process that ran the job, plugin code with it (without the queue)",
}


def _show(found: Verification) -> None:
    from rich.text import Text

    from testamur.interfaces.terminal.consoles import out, printable
    from testamur.report.verify import VerificationStatus

    console = out()
    mark, style = ("●", "bright_blue") if found.ok else ("▲", "bold red")
    console.print(Text.assemble((f"{mark} ", style), (printable(str(found)), "bold")), soft_wrap=True)
    if found.ok:
        left_out = (
            "; those of restricted/ are absent and were not compared" if found.without_restricted else ""
        )
        console.print(Text(f"{found.n_files} files are as they were sealed{left_out}"), soft_wrap=True)
        if found.status is VerificationStatus.SIGNER_UNKNOWN:
            console.print(Text("→ name the signer's key to know who sealed it: --key FILE"))
        if found.sealed_by in _SEALED_BY:
            console.print(Text(_SEALED_BY[found.sealed_by]), soft_wrap=True)
        for signature in found.signatures:
            console.print(Text(printable(_signed_words(signature.decision))), soft_wrap=True)


def _signed_words(decision: Decision) -> str:
    ended = ", which is over" if decision.expires < datetime.now(UTC).date() else ""
    conditions = f" ({'; '.join(decision.conditions)})" if decision.conditions else ""
    return (
        f"{decision.kind.value}{conditions}: signed as {decision.name}, {decision.role}, "
        f"on {decision.decided_at.date()} until {decision.expires}{ended}, with key {decision.signer[:16]}"
    )
