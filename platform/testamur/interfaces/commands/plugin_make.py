"""``testamur plugin new`` and ``check``: write a plugin, and hold one against the conformance kit."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from testamur.interfaces.invocation import json_option

_COMPLAINTS = 4


@click.command()
@click.argument("name")
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where it goes; testamur-NAME when not given."
)
@json_option
def new(name: str, folder: Path | None, as_json: bool) -> None:
    """Write a new plugin: a complete distribution whose tests pass straight away."""
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.testing.scaffold import write_plugin

    target = folder or Path(f"testamur-{name.replace('_', '-')}")
    written = write_plugin(name, target)
    if as_json:
        print_json({"name": name, "folder": str(target), "files": [str(path) for path in written]})
        return
    for path in written:
        click.echo(path)
    click.echo(f"\nInstall it:  {shlex.join(['testamur', 'plugin', 'install', f'./{target}'])}")
    click.echo(f"Check it:    testamur plugin check {name}")
    click.echo(f"Test it:     {shlex.join(['python', '-m', 'pytest', str(target)])}")


@click.command()
@click.argument("name")
@json_option
@click.pass_context
def check(ctx: click.Context, name: str, as_json: bool) -> None:
    """Hold an installed plugin against the conformance kit; every complaint comes with its remedy."""
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.testing import kit

    complaints = kit.check_plugin(name)
    if as_json:
        fields = [{"rule": c.rule, "message": c.message, "remedy": c.remedy} for c in complaints]
        print_json({"name": name, "conforms": not complaints, "complaints": fields})
    else:
        _show(name, kit.RULES, complaints)
    ctx.exit(_COMPLAINTS if complaints else 0)


def _show(name: str, rules: Sequence[Any], complaints: Sequence[Any]) -> None:
    from rich.text import Text

    from testamur.interfaces.terminal.consoles import out, printable

    console = out()
    for rule in rules:
        against = [complaint for complaint in complaints if complaint.rule == rule.name]
        mark, style = ("▲", "bold red") if against else ("●", "bright_blue")
        console.print(Text.assemble((f"{mark} ", style), (f"{rule.name:<10}", "bold"), rule.title))
        for complaint in against:
            console.print(Text(f"    {printable(complaint.message)}", style="red"), soft_wrap=True)
            console.print(Text(f"    → {printable(complaint.remedy)}"), soft_wrap=True)
    words = f"{len(complaints)} complaints about" if complaints else "every rule is kept by"
    console.print(Text(f"\n{words} {printable(name)}", style="bold"))
