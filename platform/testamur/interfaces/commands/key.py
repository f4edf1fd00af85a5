"""``testamur key init``, ``export`` and ``person``."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

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


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--passphrase-file", type=click.File("r"), help="Its first line is the passphrase; else asked.")
@json_option
def person(file: Path, passphrase_file: TextIO | None, as_json: bool) -> None:
    """Make a key for one person who signs decisions: FILE is private, FILE.pub is for those who verify."""
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.report.person_key import make_person_key

    passphrase = read_passphrase(passphrase_file, confirm=True)
    key = make_person_key(file, passphrase)
    public = file.with_name(f"{file.name}.pub")
    public.write_bytes(key.public_pem)
    if as_json:
        print_json({"path": str(file), "public": str(public), "fingerprint": key.fingerprint})
        return
    click.echo(f"made {file} and {public}\nfingerprint {key.fingerprint}")


def read_passphrase(given: TextIO | None, *, confirm: bool = False) -> str:
    """The passphrase from a file, or asked without showing it."""
    if given is not None:
        return given.readline().rstrip("\n")
    answer: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)
    return answer
