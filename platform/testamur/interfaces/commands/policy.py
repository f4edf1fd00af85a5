"""``testamur policy list``, ``show`` and ``check``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from testamur.interfaces.invocation import current, json_option

if TYPE_CHECKING:
    from testamur.contracts.policy import Limit, Policy
    from testamur.hooks.registry import Registry


@click.command(name="list")
@json_option
def list_policies(as_json: bool) -> None:
    """The policies of the core and of the installed plugins."""
    from testamur.interfaces.terminal.cards import show_rows
    from testamur.interfaces.terminal.consoles import print_json

    policies = _registry().policies()
    if as_json:
        print_json([policy.model_dump(mode="json") for policy in policies.values()])
        return
    rows = [
        (p.key, p.version, p.title, p.jurisdiction, len(p.limits), p.expires or "open")
        for p in policies.values()
    ]
    show_rows(("Policy", "Version", "Title", "Jurisdiction", "Limits", "Ends"), rows)


@click.command()
@click.argument("policy", metavar="KEY|FILE")
@click.option("--toml", "as_toml", is_flag=True, help="As a policy file, to be changed and given to a job.")
@json_option
def show(policy: str, as_toml: bool, as_json: bool) -> None:
    """One policy: who set it, every limit, and why it stands where it does."""
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.jobs.policyfile import write_policy

    found = _find(policy, _registry())
    if as_toml:
        click.echo(write_policy(found), nl=False)
    elif as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print(found)


@click.command()
@click.argument("policy", metavar="KEY|FILE")
@json_option
@click.pass_context
def check(ctx: click.Context, policy: str, as_json: bool) -> None:
    """Hold a policy against what is installed: checks and measures that exist, reasons, an end ahead.

    Ends with code 2 when a job could not use it as it is meant.
    """
    from datetime import UTC, datetime

    from testamur.interfaces.terminal.consoles import print_json
    from testamur.jobs.policyfile import policy_faults
    from testamur.testing.rules.policies import further_baselines, limit_faults

    registry = _registry()
    found = _find(policy, registry)
    faults = [str(fault) for fault in policy_faults(found, datetime.now(UTC).date())]
    unkept = limit_faults(found, registry.checks(), further_baselines(registry.models()))
    faults += [f"{fault.message}\n     -> {fault.remedy}" for fault in unkept]
    if as_json:
        print_json({"policy": found.key, "usable": not faults, "problems": faults})
    elif faults:
        click.echo(f"{found.key} cannot be used as it is meant\n  - " + "\n  - ".join(faults))
    else:
        click.echo(f"{found.key}: {len(found.limits)} limits, each on a measure that its check yields")
    ctx.exit(2 if faults else 0)


def _registry() -> Registry:
    from testamur.hooks.registry import Registry

    return Registry.load(current().settings().home)


def _find(name: str, registry: Registry) -> Policy:
    """A file where there is one of that name or where it looks like one, else a registered policy."""
    from testamur.jobs.policyfile import read_policy_file

    path = Path(name).expanduser()
    looks_like_file = path.suffix == ".toml" or "/" in name
    return read_policy_file(path) if looks_like_file else registry.policy(name)


def _print(policy: Policy) -> None:
    from testamur.interfaces.terminal.cards import show_card, show_rows

    show_card(
        f"{policy.key}: {policy.title}",
        {
            "Version": policy.version,
            "Set by": policy.owner,
            "Why": policy.rationale,
            "Reference": policy.reference,
            "Jurisdiction": policy.jurisdiction,
            "Ends": policy.expires,
            "A report holds": f"{policy.valid_months} months",
            "Smallest group": f"{policy.minimum_group} rows",
            "Smallest count shown": policy.minimum_cell,
            "Intervals": f"{100 * policy.level:g} %",
            "Primary measure": policy.primary_measure,
        },
    )
    click.echo()
    show_rows(("", "Limit", "Demand", "Why"), [_row(limit) for limit in policy.limits])


def _row(limit: Limit) -> tuple[str, str, str, str]:
    whom = f", {limit.attribute}" if limit.attribute else ""
    demand = f"{limit.measure}{whom} {limit.direction.value} {limit.value:g}"
    return limit.severity.value, limit.title, demand, limit.rationale
