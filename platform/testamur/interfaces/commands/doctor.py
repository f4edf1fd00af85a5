"""``testamur doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from testamur.interfaces.invocation import current, json_option

if TYPE_CHECKING:
    from testamur.interfaces.diagnosis import Diagnosis


@click.command()
@json_option
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Look for what is missing on this machine, and say how to mend it.

    Ends with code 1 when something will not work.
    """
    from testamur.interfaces.diagnosis import Health, examine_machine
    from testamur.interfaces.terminal.consoles import print_json

    found = examine_machine(current().settings())
    if as_json:
        print_json([_describe(item) for item in found])
    else:
        _show(found)
    ctx.exit(1 if any(item.health is Health.FAIL for item in found) else 0)


def _describe(item: Diagnosis) -> dict[str, str]:
    return {"name": item.name, "status": item.health.value, "found": item.found, "remedy": item.remedy}


def _show(found: list[Diagnosis]) -> None:
    from rich.text import Text

    from testamur.interfaces.terminal.consoles import out, printable

    styles = {"ok": ("●", "bright_blue"), "warn": ("◌", "yellow"), "fail": ("▲", "bold red")}
    console = out()
    for item in found:
        mark, style = styles[item.health.value]
        console.print(
            Text.assemble(
                (f"{mark} {item.health.value:<5}", style), (f"{item.name:<15}", "bold"), printable(item.found)
            ),
            soft_wrap=True,
        )
        if item.remedy:
            console.print(Text(f"{'':<22}→ {printable(item.remedy)}"), soft_wrap=True)
