"""The flags of ``job submit`` and ``run``, and the request they make together with a job file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from testamur.interfaces.invocation import current
from testamur.interfaces.request import FLAGS, Flag, put_flags

if TYPE_CHECKING:
    from testamur.contracts.job import JobSpec
    from testamur.hooks.registry import Registry

Body = TypeVar("Body", bound=Callable[..., Any])


def request_options(body: Body) -> Body:
    """Give a command an optional job file, ``--set`` and a flag for everything common in a job file."""
    decorated = click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        help="Any entry of a job file, such as training.epochs=5 or model.options.hidden=128.",
    )(body)
    decorated = flag_options(FLAGS)(decorated)
    return click.argument("job_file", required=False, type=click.Path(path_type=Path))(decorated)


def flag_options(flags: Sequence[Flag]) -> Callable[[Body], Body]:
    """Give a command a click option for each of the flags, in their order."""

    def decorate(body: Body) -> Body:
        for flag in reversed(flags):
            body = _option(flag)(body)
        return body

    return decorate


def read_request(
    job_file: Path | None, settings: tuple[str, ...], given: dict[str, Any]
) -> tuple[JobSpec, Path]:
    """The request, and the folder that its relative paths start from.

    Raises:
        ConfigurationError: With every fault.
        click.UsageError: Neither a job file nor a dataset is given.
    """
    from testamur.jobs.all_faults import build_or_explain
    from testamur.jobs.jobfile import apply_settings, read_job_file

    if job_file is None and not settings and not any(_is_given(value) for value in given.values()):
        raise click.UsageError("a job file is required, or --dataset, or --data with --target")
    tree = read_job_file(job_file) if job_file else {}
    base = job_file.absolute().parent if job_file else Path.cwd()
    tree = apply_settings(put_flags(tree, given), list(settings))
    return build_or_explain(tree, _load_registry, base=base), base


def _load_registry() -> Registry:
    from testamur.hooks.registry import Registry

    return Registry.load(current().settings().home)


def _is_given(value: Any) -> bool:
    return value is not None and value != ()


def _option(flag: Flag) -> Callable[[Body], Body]:
    attributes: dict[str, Any] = {"type": flag.kind, "help": flag.help, "metavar": _metavar(flag)}
    if flag.pairs:
        attributes |= {"multiple": True}
    if flag.many:
        attributes |= {"multiple": True, "callback": _split_commas}
    return click.option(f"--{flag.name}", flag.argument, **attributes)


def _metavar(flag: Flag) -> str:
    if flag.is_file:
        return "FILE"
    if flag.many:
        return "COLUMNS"
    if flag.pairs:
        return "DECLARED=OWN"
    return "NUMBER" if flag.kind is int else "TEXT"


def _split_commas(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())
