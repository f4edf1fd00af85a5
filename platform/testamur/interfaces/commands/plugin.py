"""``testamur plugin list`` and ``show``: read from manifests, no plugin is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from testamur.interfaces.invocation import current, json_option

if TYPE_CHECKING:
    from rich.text import Text

    from testamur.contracts.plugin import PluginInfo

_STYLES = {
    "active": "bright_blue",
    "disabled": "bright_black",
    "incompatible": "yellow",
    "broken": "bold red",
}


@click.command(name="list")
@json_option
def list_plugins(as_json: bool) -> None:
    """The installed plugins and how each stands: active, disabled, incompatible or broken."""
    from testamur.hooks.discovery import discover

    infos = discover(current().settings().home)
    if as_json:
        from testamur.interfaces.terminal.consoles import print_json

        print_json([describe_plugin(info) for info in infos])
        return
    _show_table(infos)


@click.command()
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """One plugin: what it offers, what it asks for, and the licences of what it bundles."""
    from testamur.interfaces.terminal.consoles import print_json

    info = find_plugin(name)
    fields = describe_plugin(info)
    manifest = info.manifest
    fields |= {
        "distribution": info.distribution,
        "api": list(manifest.api) if manifest else None,
        "offers": {kind: list(keys) for kind, keys in manifest.offers.items()} if manifest else {},
        "permissions": list(manifest.permissions) if manifest else [],
        "licences": dict(manifest.licences or {}) if manifest else {},
        "demo": manifest.demo if manifest else "",
    }
    if as_json:
        print_json(fields)
        return
    show_plugin(fields)


def describe_plugin(info: PluginInfo) -> dict[str, Any]:
    """The fields of a plugin in ``plugin list --json``."""
    return {
        "name": info.name,
        "version": info.version,
        "status": info.status.value,
        "error": info.error,
        "title": info.manifest.title if info.manifest else "",
    }


def find_plugin(name: str) -> PluginInfo:
    """The installed plugin of this name.

    Raises:
        NotFound: There is none.
    """
    from testamur.contracts.errors import NotFound
    from testamur.hooks.discovery import discover
    from testamur.hooks.suggest import did_you_mean

    infos = discover(current().settings().home)
    found = next((info for info in infos if info.name == name), None)
    if found is None:
        known = [info.name for info in infos]
        raise NotFound(
            f"no plugin {name[:80]!r} is installed", remedy=did_you_mean(name, known, what="plugin")
        )
    return found


def show_plugin(fields: dict[str, Any]) -> None:
    """Print what is known of one plugin."""
    from testamur.interfaces.terminal.cards import show_card

    offers = "\n".join(
        f"{kind}: {', '.join(keys)}" for kind, keys in fields.get("offers", {}).items() if keys
    )
    licences = "\n".join(f"{thing}: {terms}" for thing, terms in fields.get("licences", {}).items())
    api = fields.get("api")
    show_card(
        f"{fields['name']} {fields['version']}",
        {
            "Title": fields["title"],
            "Status": fields["status"],
            "Error": fields["error"],
            "Distribution": fields.get("distribution", ""),
            "Plugin API": f"{api[0]} to {api[1]}" if api else "",
            "Offers": offers,
            "Asks for": ", ".join(fields.get("permissions", [])) or "nothing",
            "Licences": licences,
            "Example job": fields.get("demo", ""),
        },
    )


def _show_table(infos: list[PluginInfo]) -> None:
    from rich.table import Table
    from rich.text import Text

    from testamur.interfaces.terminal.consoles import out, printable

    console = out()
    if not infos:
        console.print("No plugin is installed. Install one: testamur plugin install testamur-health")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Plugin", "Version", "Status", "Title"):
        table.add_column(heading, no_wrap=heading != "Title")
    for info in infos:
        title = info.manifest.title if info.manifest else ""
        table.add_row(info.name, info.version, _status(info), Text(printable(title)))
    console.print(table)
    for info in infos:
        if info.error:
            message = f"\n{info.name} is {info.status.value}: {printable(info.error)}"
            console.print(Text(message), soft_wrap=True)


def _status(info: PluginInfo) -> Text:
    from rich.text import Text

    return Text(info.status.value, style=_STYLES[info.status.value])
