"""The request to audit a model trained elsewhere, from flags or Python arguments."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testamur.contracts.errors import ConfigurationError, PluginError, Problem
from testamur.interfaces.request import FLAGS, Flag, put_flags

if TYPE_CHECKING:
    from testamur.contracts.job import JobSpec

_CALL = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_OF_TRAINING = ("model", "epochs", "horizon", "season")
_OF_QUEUE = ("priority", "max-attempts", "client-key", "deadline")

AUDIT_FLAGS = (
    Flag("probability", ("examined", "probability"), "Column of the event's probability, from 0 to 1."),
    Flag("predicted", ("examined", "predicted"), "Column of the predicted class, or of the predicted value."),
    Flag(
        "probabilities",
        ("examined", "probabilities"),
        "Label = column of its probability, such as setosa=p_setosa; once for each class.",
        pairs=True,
    ),
    Flag("train", ("examined", "train"), "The rows that the model was trained on.", is_file=True),
    Flag("trust", ("examined", "trusted"), "Types that a skops file may build, one by one.", many=True),
    Flag("title", ("examined", "title"), "What the model is called."),
    *(flag for flag in FLAGS if flag.name not in (*_OF_TRAINING, *_OF_QUEUE)),
)


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """What is audited.

    Attributes:
        tree: Tree of a job file with an ``[examined]`` part.
        base: Folder that relative paths start from.
        call: The callable or estimator, where there is one.
    """

    tree: dict[str, Any]
    base: Path
    call: Any = None


def make_request(
    target: Any, given: Mapping[str, Any], *, data: str | None = None, folder: Path | None = None
) -> AuditRequest:
    """Settle what `target` is, and put the flags into their places.

    Args:
        target: A job file (``.toml``), a file with predictions, a model file, ``module:function``, or the
            callable or estimator itself.
        given: Values of `AUDIT_FLAGS` by argument name.
        data: The rows to examine the model on; None where they stand in `target` itself.
        folder: Where ``module:function`` is looked for first.

    Raises:
        ConfigurationError: What is named is nothing of the kind, or rows are missing.
        PluginError: The module cannot be imported or lacks the name.
    """
    if isinstance(target, str | Path) and str(target).lower().endswith(".toml"):
        return _of_job_file(Path(target).expanduser(), given, folder)
    tree: dict[str, Any] = {"examined": {}, "dataset": {}}
    call, path = None, data
    stated = any(given.get(name) for name in ("probability", "predicted", "probabilities"))
    if not isinstance(target, str | Path):
        call, tree["examined"]["call"] = target, _name_of(target)
    elif _CALL.fullmatch(str(target)) and not Path(target).exists():
        call, tree["examined"]["call"] = find_call(str(target), folder), str(target)
    elif stated:
        path = path or str(target)
    else:
        tree["examined"]["file"] = str(Path(target).expanduser().absolute())
    named = path or any(given.get(name) for name in ("dataset", "query"))
    if not named:
        raise ConfigurationError("The audit cannot be made", [_without_rows(str(target))])
    return AuditRequest(put_flags(tree, {**given, "data": path}, AUDIT_FLAGS), Path.cwd(), call)


def find_call(reference: str, folder: Path | None = None) -> Any:
    """Import what ``module:name`` names: a function, or an object with ``predict``.

    Args:
        reference: ``module:name``.
        folder: Looked into before the installed packages; None: installed packages alone.

    Raises:
        PluginError: The module cannot be imported, lacks the name, or it is neither of the two.
    """
    module_name, _, name = reference.partition(":")
    places: Sequence[str] = [str(folder)] if folder is not None and str(folder) not in sys.path else []
    sys.path[:0] = places
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        raise PluginError(
            f"a module that can be imported is required, however: {module_name} ends with "
            f"{type(error).__name__}",
            remedy=f"try it out: python -c 'import {module_name}'",
        ) from error
    finally:
        for place in places:
            sys.path.remove(place)
    found = getattr(module, name, None)
    if found is None or not (callable(found) or hasattr(found, "predict")):
        raise PluginError(
            f"a function or an object with predict is required, however: {reference} is "
            + ("not there" if found is None else f"a {type(found).__name__}")
        )
    return found


def build_request(request: AuditRequest, home: Path) -> JobSpec:
    """The job, or every fault in it.

    Raises:
        ConfigurationError: With every fault.
    """
    from testamur.hooks.registry import Registry
    from testamur.jobs.all_faults import build_or_explain

    return build_or_explain(request.tree, lambda: Registry.load(home), base=request.base)


def _of_job_file(path: Path, given: Mapping[str, Any], folder: Path | None) -> AuditRequest:
    from testamur.jobs.jobfile import read_job_file

    tree = put_flags(read_job_file(path), given, AUDIT_FLAGS)
    if not tree.get("examined"):
        message = "an [examined] part is required, however: there is none"
        remedy = "it names the model; a job without one trains a model: testamur run"
        raise ConfigurationError("The audit cannot be made", [Problem(path.name, message, remedy)])
    base = path.absolute().parent
    named = tree["examined"].get("call") if isinstance(tree["examined"], Mapping) else None
    call = find_call(named, folder or base) if isinstance(named, str) and _CALL.fullmatch(named) else None
    return AuditRequest(tree, base, call)


def _without_rows(target: str) -> Problem:
    message = "rows to examine the model on are required, however: none are named"
    remedy = (
        "--data FILE (or --dataset, --query) with --target; "
        "if it is a file of predictions: --probability COLUMN or --predicted COLUMN"
    )
    return Problem(Path(target).name[:80], message, remedy)


def _name_of(call: Any) -> str:
    """``module:name`` of what was handed over in Python; what has no such name is told by its type."""
    function = f"{getattr(call, '__module__', '')}:{getattr(call, '__name__', '')}"
    if _CALL.fullmatch(function):
        return function
    return f"{type(call).__module__.replace('__main__', 'main')}:{type(call).__name__}"
