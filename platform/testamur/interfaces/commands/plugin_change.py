"""``testamur plugin install``, ``enable`` and ``disable``."""

from __future__ import annotations

import subprocess
import sys

import click

from testamur.contracts.errors import ConfigurationError, PluginError, Problem
from testamur.interfaces.commands.plugin import describe_plugin, find_plugin, show_plugin
from testamur.interfaces.invocation import current, json_option

_STANDARD_ERROR = 2


@click.command()
@click.argument("requirements", nargs=-1, required=True, metavar="REQUIREMENT...")
@json_option
def install(requirements: tuple[str, ...], as_json: bool) -> None:
    """Install plugins with pip, and show which plugins there are now.

    A REQUIREMENT is a name such as testamur-health, a folder or a wheel. A plugin is code that runs with
    your rights: install only what you trust.
    """
    from testamur.hooks.discovery import discover
    from testamur.interfaces.terminal.consoles import print_json

    odd = [text for text in requirements if text.startswith("-")]
    if odd:
        message = "a name, a folder or a wheel is required, however: a flag of pip"
        raise ConfigurationError("Nothing was installed", [Problem(text[:80], message) for text in odd])
    _run_pip(list(requirements), quiet=as_json)
    infos = discover(current().settings().home)
    if as_json:
        print_json([describe_plugin(info) for info in infos])
        return
    for info in infos:
        click.echo(
            f"{info.name} {info.version}: {info.status.value}" + (f": {info.error}" if info.error else "")
        )


@click.command()
@click.argument("name")
@json_option
def enable(name: str, as_json: bool) -> None:
    """Switch a plugin on again, and forget its last failed load."""
    from testamur.hooks import blocklist

    blocklist.enable(current().settings().home, name)
    _show(name, as_json=as_json)


@click.command()
@click.argument("name")
@json_option
def disable(name: str, as_json: bool) -> None:
    """Switch a plugin off: it is listed, but not loaded any more."""
    from testamur.hooks import blocklist

    blocklist.disable(current().settings().home, name)
    _show(name, as_json=as_json)


def _show(name: str, *, as_json: bool) -> None:
    from testamur.interfaces.terminal.consoles import print_json

    fields = describe_plugin(find_plugin(name))
    if as_json:
        print_json(fields)
    else:
        show_plugin(fields)


def _run_pip(requirements: list[str], *, quiet: bool) -> None:
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--", *requirements]
    # With --json standard output belongs to the document: what pip says goes to standard error.
    done = subprocess.run(command, check=False, stdout=_STANDARD_ERROR if quiet else None)  # noqa: S603
    if done.returncode:
        raise PluginError(
            f"pip ended with code {done.returncode}; nothing was installed",
            remedy="its own message stands above",
        )
