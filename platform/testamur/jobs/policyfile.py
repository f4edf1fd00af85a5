"""A policy as TOML: anyone who answers for a model can write one, without Python."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from testamur.contracts.errors import ConfigurationError, Problem
from testamur.contracts.policy import Direction, Limit, Policy
from testamur.contracts.toml_text import toml_lines
from testamur.jobs.explain import explain_faults
from testamur.jobs.jobfile import read_job_file

SIDES = {direction.value.replace(" ", "_"): direction for direction in Direction}
_SUMMARY = "The policy cannot be used"
_HEAD = ("key", "version", "title", "owner", "rationale", "reference", "jurisdiction")


def read_policy_file(path: str | Path) -> Policy:
    """Read a policy file.

    A limit states its side and value in one: ``at_most = 0.1``, ``at_least``, ``above`` or ``below``.

    Raises:
        ConfigurationError: The file cannot be read, or with every fault of what stands in it.
    """
    tree = read_job_file(path)
    problems = _limit_faults(tree)
    try:
        policy = Policy.parse(_with_sides(tree))
    except ValidationError as error:
        raise ConfigurationError(_SUMMARY, [*problems, *explain_faults(error, Policy)]) from error
    problems += _empty(policy)
    if problems:
        raise ConfigurationError(_SUMMARY, problems)
    return policy


def policy_faults(policy: Policy, today: date) -> list[Problem]:
    """What stands against using a policy today."""
    if policy.expires is None or policy.expires >= today:
        return []
    message = f"a policy that still holds is required, however: {policy.key} ended on {policy.expires}"
    return [Problem("audit.policy", message, "have its owner renew it, and set expires")]


def write_policy(policy: Policy) -> str:
    """A policy file that reads back as the same policy; limits in their order."""
    tree = policy.model_dump(mode="json", exclude={"limits"})
    head = {name: tree[name] for name in _HEAD if tree[name]}
    rest = {name: value for name, value in tree.items() if name not in _HEAD and value not in (None, "")}
    parts = ["\n".join(toml_lines({**head, **rest}))]
    parts += ["\n".join(["[[limits]]", *toml_lines(_one_sided(limit))]) for limit in policy.limits]
    return "\n\n".join(parts) + "\n"


def _one_sided(limit: Limit) -> dict[str, Any]:
    tree = limit.model_dump(mode="json")
    side, value = tree.pop("direction").replace(" ", "_"), tree.pop("value")
    first = {name: tree.pop(name) for name in ("id", "title", "question", "check", "measure")}
    return {**first, side: value, **{name: item for name, item in tree.items() if item != ""}}


def _with_sides(tree: dict[str, Any]) -> dict[str, Any]:
    limits = tree.get("limits")
    if not isinstance(limits, list):
        return tree
    return {**tree, "limits": [_spelt(limit) if isinstance(limit, dict) else limit for limit in limits]}


def _spelt(limit: dict[str, Any]) -> dict[str, Any]:
    """The limit as its record wants it; a side that is missing or doubled is told by `_limit_faults`."""
    sides = [name for name in SIDES if name in limit]
    if not sides:
        return limit
    rest = {name: value for name, value in limit.items() if name not in SIDES}
    return {**rest, "direction": SIDES[sides[0]].value, "value": limit[sides[0]]}


def _limit_faults(tree: dict[str, Any]) -> list[Problem]:
    problems: list[Problem] = []
    limits = tree.get("limits")
    listed = limits if isinstance(limits, list) else []
    for place, limit in enumerate(listed):
        if not isinstance(limit, dict):
            continue
        sides = [name for name in (*SIDES, "direction") if name in limit]
        if len(sides) > 1:
            message = f"one side is required, however: {', '.join(sides)}"
            problems.append(Problem(f"limits[{place}]", message, f"keep one of {', '.join(SIDES)}"))
    names = [limit.get("id") for limit in listed if isinstance(limit, dict)]
    problems += [
        Problem("limits", f"each limit needs an id of its own, however: {name} comes twice")
        for name in sorted({str(n) for n in names if n is not None and names.count(n) > 1})
    ]
    return problems


def _empty(policy: Policy) -> list[Problem]:
    """What a reader of the report would miss: who set it, why, and any limit at all."""
    faults = [
        Problem(name, "a text is required, however: it is empty")
        for name in ("title", "owner", "rationale")
        if not getattr(policy, name).strip()
    ]
    if not policy.limits:
        faults.append(Problem("limits", "at least one limit is required, however: there is none"))
    for place, limit in enumerate(policy.limits):
        faults += [
            Problem(f"limits[{place}].{name}", "a text is required, however: it is empty")
            for name in ("title", "question", "rationale")
            if not getattr(limit, name).strip()
        ]
    return faults
