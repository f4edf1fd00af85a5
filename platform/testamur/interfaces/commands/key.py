"""``testamur key init`` and ``export``."""

from __future__ import annotations

from pathlib import Path

import click

from testamur.contracts.errors import StoreError
from testamur.interfaces.invocation import current, json_option


@click.command()
@json_option
def init(as_json: bool) -> None:
    """Make the signing key, or say which one there is; it is never overwritten."""
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.report.keys import KEY_FILE, load_or_create
    from testamur.settings import make_home

    home = current().settings().home
    path = home / KEY_FILE
    existed = path.exists()
    make_home(home)
    key = load_or_create(home)
    if as_json:
        print_json({"path": str(path), "fingerprint": key.fingerprint, "created": not existed})
        return
    click.echo(f"{'kept' if existed else 'made'} {path}")
    click.echo(f"fingerprint {key.fingerprint}")
    click.echo("Give the public key to whoever verifies: testamur key export FILE")


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@json_option
def export(file: Path | None, as_json: bool) -> None:
    """Print the public key in PEM form, or write it to FILE."""
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.report.keys import load_or_create

    key = load_or_create(current().settings().home)
    text = key.public_pem.decode("ascii")
    if file is not None:
        try:
            file.write_text(text, encoding="ascii")
        except OSError as error:
            raise StoreError(
                f"a file that can be written is required, however: {file}: {error.strerror}"
            ) from error
    if as_json:
        print_json({"fingerprint": key.fingerprint, "pem": text, "file": str(file) if file else None})
    elif file is None:
        click.echo(text, nl=False)
    else:
        click.echo(f"{file}: fingerprint {key.fingerprint}")
