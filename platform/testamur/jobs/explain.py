"""Says pydantic's faults in our words: what was required, what arrived, what was probably meant."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from testamur.contracts.errors import Problem
from testamur.hooks.suggest import did_you_mean
from testamur.jobs.plain import printable

MAX_LISTED = 100
_REQUIRED = " is required, "
_SECRET = ("url", "query")  # may hold a password: their values are never printed
_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "string": "a text",
    "bool": "true or false",
    "tuple": "a list",
    "list": "a list",
    "dict": "a table",
    "datetime": "a date and time",
    "model": "a table",
}
_ARRIVED = {str: "a text", bool: "true or false", int: "a whole number", float: "a number", dict: "a table"}
_BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "of at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "of at most"),
}


def explain_faults(error: ValidationError, model: type[BaseModel], *, prefix: str = "") -> list[Problem]:
    """One problem per fault.

    Args:
        error: What pydantic found.
        model: The model that was validated; names what is known at each place.
        prefix: Path of the value inside the job, such as ``model.options``.
    """
    problems: dict[tuple[str, str], Problem] = {}
    faults = error.errors(include_url=False)
    for fault in faults[:MAX_LISTED]:
        place = _Place(model, fault["loc"])
        where = ".".join(part for part in (prefix, place.path) if part) or "job"
        problem = _explain(fault, place, where)
        problems.setdefault((problem.where, problem.message), problem)
    merged = _merge_alternatives(list(problems.values()))
    if len(faults) > MAX_LISTED:  # nobody reads more, and a hostile file could hold hundreds of thousands
        merged.append(Problem(prefix or "job", f"{len(faults) - MAX_LISTED:,} more faults are not listed"))
    return merged


def _explain(fault: Any, place: _Place, where: str) -> Problem:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        return Problem(where, "the key is not known", did_you_mean(place.last, place.siblings, what="key"))
    if kind == "missing":
        return Problem(where, "a value is required, however: none was given")
    if kind == "value_error":
        return Problem(where, str(context.get("error", fault["msg"])))
    if kind in ("enum", "literal_error"):
        known = [word.strip(" '") for word in context["expected"].replace(" or ", ", ").split(",")]
        remedy = did_you_mean(str(fault["input"])[:60], known, what="value")
        remedy = "" if remedy.startswith("known:") else remedy  # the message lists them
        return Problem(where, f"one of {', '.join(known)} is required, {_arrived(fault, place)}", remedy)
    return Problem(where, f"{_required(kind, context, fault)} is required, {_arrived(fault, place)}")


def _required(kind: str, context: dict[str, Any], fault: Any) -> str:
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"a number {words} {context[key]}"
    if kind == "string_pattern_mismatch":
        return _PATTERN_WORDS.get(context["pattern"], f"a text like {context['pattern']}")
    if kind == "string_too_long":
        return f"a text of at most {context['max_length']} characters"
    base = kind.removesuffix("_type").removesuffix("_parsing").removesuffix("_from_float")
    base = base.removesuffix("_from_date")
    message = str(fault["msg"])
    return _TYPES.get(base, message[:1].lower() + message[1:])


_PATTERN_WORDS = {
    r"^[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39}){1,2}$": "a registered name like health.nhefs",
    r"^[^\x00-\x1f\x7f]*$": "a text on one line, without control characters,",
}


def _arrived(fault: Any, place: _Place) -> str:
    value = fault["input"]
    words = _ARRIVED.get(type(value), "a list" if isinstance(value, list | tuple) else "nothing")
    if place.secret or isinstance(value, dict | list | tuple) or value is None:
        return f"however: {words}"
    if isinstance(value, bool):
        return f"however: {str(value).lower()}"
    return (
        f"however: {words}, {printable(value)}" if isinstance(value, str) else f"however: {printable(value)}"
    )


def _merge_alternatives(problems: list[Problem]) -> list[Problem]:
    """A union yields one fault per alternative at the same place: keep one line for them."""
    merged: list[Problem] = []
    for problem in problems:
        wanted, required, _ = problem.message.partition(_REQUIRED)
        twin = next(
            (p for p in merged if required and p.where == problem.where and _REQUIRED in p.message), None
        )
        if twin is None:
            merged.append(problem)
            continue
        head, _, tail = twin.message.partition(_REQUIRED)
        message = f"{head} or {wanted}{_REQUIRED}{tail}"
        merged[merged.index(twin)] = Problem(twin.where, message, twin.remedy)
    return merged


class _Place:
    """A fault's place in the tree of models: its path in words, and the keys known beside it."""

    def __init__(self, model: type[BaseModel], loc: tuple[int | str, ...]) -> None:
        self.path, self.siblings, self.last = "", list(model.model_fields), ""
        node: Any = model
        for part in loc:
            if part == "[key]":
                continue
            fields = _fields(node)
            if fields is None and isinstance(part, str) and not _is_table(node):
                continue  # the name of a union's alternative
            self.last = printable(part)
            self.path += f"[{part}]" if isinstance(part, int) else f".{self.last}" if self.path else self.last
            if fields is not None:
                self.siblings = list(fields)
                node = fields[part].annotation if part in fields else None
            else:
                node = _inner(node)
        self.secret = self.last in _SECRET


def _strip(node: Any) -> Any:
    """The type inside ``Annotated[...]`` and ``... | None``."""
    while True:
        if get_origin(node) is Annotated:
            node = get_args(node)[0]
        elif get_origin(node) in (Union, UnionType):
            inner = [arg for arg in get_args(node) if arg is not type(None)]
            if len(inner) != 1:
                return node
            node = inner[0]
        else:
            return node


def _fields(node: Any) -> Any:
    stripped = _strip(node)
    return stripped.model_fields if isinstance(stripped, type) and issubclass(stripped, BaseModel) else None


def _is_table(node: Any) -> bool:
    return _strip(node) is None or get_origin(_strip(node)) is dict


def _inner(node: Any) -> Any:
    arguments = get_args(_strip(node))
    return arguments[-1] if get_origin(_strip(node)) is dict else (arguments[0] if arguments else None)
