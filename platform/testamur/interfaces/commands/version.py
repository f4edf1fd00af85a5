"""``testamur version`` and ``testamur exit-codes``."""

from __future__ import annotations

import platform
import sys

import click

from testamur import API_VERSION, __version__
from testamur.interfaces.invocation import EXIT_CODES, current, json_option


@click.command()
@json_option
def version(as_json: bool) -> None:
    """The versions of Testamur, Python and the installed plugins."""
    from testamur.hooks.discovery import discover
    from testamur.interfaces.terminal.consoles import print_json

    plugins = {info.name: info.version for info in discover(current().settings().home)}
    if as_json:
        print_json(
            {
                "testamur": __version__,
                "api": API_VERSION,
                "python": platform.python_version(),
                "platform": sys.platform,
                "plugins": plugins,
            }
        )
        return
    click.echo(f"testamur {__version__}, plugin API {API_VERSION}, Python {platform.python_version()}")
    for name, number in plugins.items():
        click.echo(f"  {name} {number}")


@click.command(name="exit-codes")
def exit_codes() -> None:
    """What the exit codes mean."""
    click.echo(EXIT_CODES)
