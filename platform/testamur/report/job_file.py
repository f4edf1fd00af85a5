"""Writes a job back as TOML, so that it can be repeated elsewhere: no password, no path of this machine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from testamur.contracts.examined import Examined
from testamur.contracts.job import DatasetRequest, JobSpec
from testamur.contracts.objects import is_object
from testamur.contracts.secrets import mask_job, mask_url
from testamur.contracts.toml_text import toml_lines, toml_value

if TYPE_CHECKING:
    from testamur.contracts.table import RowsTable


def repeatable(spec: JobSpec, table: RowsTable, *, policy: str, threads: int) -> JobSpec:
    """The job as another one can repeat it.

    Without deadline and folders, and with everything written out that was found out here: roles and
    reading options from the file beside the data, the problem, the split, the policy, the threads.

    Args:
        spec: The job as it ran.
        table: The data as they were read and divided.
        policy: Key of the policy that the job was held against.
        threads: Threads that it trained with on a CPU.
    """
    request = spec.dataset
    update: dict[str, Any] = {}
    if request.use is None:
        problem = table.problem
        update |= {"problem": problem.kind, "target": problem.target, "split": table.spec.split}
        if problem.positive is not None:
            update["positive"] = problem.positive
    if request.path is not None:
        here = not is_object(request.path)
        update["path"] = PurePath(request.path).name if here else request.path
    if request.path is not None or request.query is not None:
        request = (table.request or request).model_copy(update=update)
    return spec.model_copy(
        update={
            "job": spec.job.model_copy(update={"deadline": None}),
            "dataset": request,
            "training": spec.training.model_copy(update={"threads": threads}),
            "examined": _nameless(spec.examined),
            "audit": spec.audit.model_copy(update=_policy_of(spec, policy) | _reference_of(spec)),
        }
    )


def _policy_of(spec: JobSpec, policy: str) -> dict[str, Any]:
    """A registered policy is named; one from a file goes along whole, so that no file is needed.

    The earlier dossier is left out: it lies in a folder of this machine, and changes no figure.
    """
    own = spec.audit.own_policy
    return {"policy": None if own else policy, "policy_file": None, "previous": None}


def _reference_of(spec: JobSpec) -> dict[str, Any]:
    """The reference file by its name, without the folders of this machine."""
    path = spec.audit.reference
    return {"reference": None if path is None else PurePath(path).name}


def _nameless(examined: Examined | None) -> Examined | None:
    """The model trained elsewhere, its files without the folders of this machine."""
    if examined is None:
        return None
    files = {name: getattr(examined, name) for name in ("file", "train")}
    return examined.model_copy(update={n: PurePath(path).name for n, path in files.items() if path})


def notes_on(spec: JobSpec, sha256: str) -> tuple[str, ...]:
    """What one needs besides the job file, a line each.

    Args:
        spec: What `repeatable` made.
        sha256: Digest of the data.
    """
    request = spec.dataset
    lines = [f"data: {toml_value(_data_of(request))}, SHA-256 {sha256}"]
    if request.path is not None and not is_object(request.path):
        lines.append("lay that file beside this one, and a TOML that was beside the data (labels, bands) too")
    if spec.audit.reference is not None:
        lines.append(f"lay {toml_value(spec.audit.reference)} beside this one: groups are compared with it")
    if request.url is not None and mask_url(request.url) != request.url:
        lines.append(
            'the credentials of the database are left out of url: put them back, or url = "env:NAME"'
        )
    return tuple(lines)


def _data_of(request: DatasetRequest) -> str:
    if request.path is not None:
        return request.path
    return "the rows of the query" if request.query is not None else request.use or ""


def write_job(spec: JobSpec, *, notes: Sequence[str] = ()) -> str:
    """A job file that repeats the job; values that equal their default are left out.

    Args:
        spec: The job.
        notes: Comments for its head, a line each.
    """
    tree = mask_job(json.loads(spec.model_dump_json(exclude_defaults=True)))
    tree.setdefault("job", {})["seed"] = spec.job.seed
    head = "".join(f"# {note}\n" for note in notes)
    return head + "\n\n".join(_table(name, tree[name]) for name in sorted(tree)) + "\n"


def _table(name: str, values: Mapping[str, Any]) -> str:
    return "\n".join([f"[{name}]", *toml_lines(values)])
