"""``testamur receipt``."""

from __future__ import annotations

from pathlib import Path

import click

from testamur.contracts.errors import IntegrityError, NotFound
from testamur.interfaces.invocation import current, json_option


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), help="Public key of the signer, had from elsewhere.")
@click.option("--subject", help="The dataset or person as it was given to erase; needs --salt.")
@click.option("--salt", help="The salt that erase showed.")
@json_option
@click.pass_context
def receipt(
    ctx: click.Context, file: Path, key: Path | None, subject: str | None, salt: str | None, as_json: bool
) -> None:
    """Is the receipt of an erasure signed and unchanged, what does it say, and about whom is it?

    Without --key this installation's own key is the one that must have signed it. Ends with code 8 when
    something is wrong, or when the receipt is about somebody else than --subject.
    """
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.report.receipt import is_about, read_receipt

    if (subject is None) != (salt is None):
        raise click.UsageError("--subject and --salt go together")
    facts = read_receipt(file, _public_key(key))
    about = None if subject is None or salt is None else is_about(facts, subject, salt)
    if as_json:
        print_json({"signed": True, "about_subject": about, "facts": facts})
    else:
        click.echo(f"Signed and unchanged. Erased at {facts['erased_at']}, by {facts['kind']}:")
        click.echo(f"  {len(facts['jobs'])} jobs, {facts['n_files']:,} files, {facts['n_bytes']:,} bytes")
        if facts.get("dossiers"):  # receipts of earlier versions do not tell of them
            click.echo(f"  {len(facts['dossiers'])} dossiers without a stored job among them")
        if facts["n_jobs_not_known"]:
            click.echo(f"  {facts['n_jobs_not_known']} jobs whose data could not be read were left")
        if facts.get("n_dossiers_not_known"):
            click.echo(f"  {facts['n_dossiers_not_known']} dossiers whose data were not at hand were left")
        if facts.get("not_reached"):
            click.echo(f"  Not reached: {', '.join(facts['not_reached'])}")
        if about is not None:
            click.echo("It is about that subject." if about else "It is about another subject, or salt.")
    ctx.exit(IntegrityError.exit_code if about is False else 0)


def _public_key(path: Path | None) -> bytes:
    from testamur.report.keys import export

    if path is None:
        return export(current().settings().home)
    if not path.is_file():
        raise NotFound(f"the file of a public key is required, however: {path} is none")
    return path.read_bytes()
