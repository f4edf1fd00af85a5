"""Reads what a pickle says without doing what it says: nothing that it names is imported or called.

A pickle is a program for a small stack machine. The standard library's `pickle` runs it, and with it
whatever the file's author wants run. Here the opcodes are only interpreted: plain values become plain
values, and where the program would call something, a record of the call is kept (`Called`). What the
records mean is settled by `inert_arrays`, which knows numpy's and pandas' own, and refuses all others.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from testamur.contracts.errors import DataError, Problem

MOST_OPCODES = 50_000_000
_MARK = object()


@dataclass(frozen=True, slots=True)
class Named:
    """A name that the stream would import, such as ``numpy.dtype``; a text and nothing else."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(slots=True, eq=False)
class Called:
    """A call that the stream asks for and that is not made.

    Attributes:
        what: What would be called.
        arguments: With what.
        state: What would be set on the result, or None.
        items: What would be appended to the result.
    """

    what: Any
    arguments: tuple[Any, ...]
    state: Any = None
    items: list[Any] = field(default_factory=list)


def read_stream(content: bytes, *, where: str) -> Any:
    """The value that a pickle describes, with `Named` and `Called` in the place of objects.

    Args:
        content: The pickle.
        where: Name of the file, for messages.

    Raises:
        DataError: It is cut off, is no pickle, or asks for what has no place in a data file
            (persistent identifiers, extension codes, buffers beside the stream).
    """
    try:
        return _Machine().run(_opcodes(content))
    except _Refused as error:
        reason = str(error)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as e:
        reason = f"it is cut off or damaged ({type(e).__name__})"
    raise DataError(
        "The data cannot be read", [Problem(where, f"a pickle of plain data is required, however: {reason}")]
    )


class _Refused(Exception):
    """An opcode that is not interpreted."""


def _opcodes(content: bytes) -> Iterator[tuple[str, Any]]:
    for count, (opcode, argument, _) in enumerate(pickletools.genops(io.BytesIO(content))):
        if count > MOST_OPCODES:
            raise _Refused(f"it has more than {MOST_OPCODES:,} instructions")
        yield opcode.name, argument


class _Machine:
    """The stack, the marks in it and the memo of one stream."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self, opcodes: Iterator[tuple[str, Any]]) -> Any:
        """Interpret a stream up to its STOP."""
        for name, argument in opcodes:
            if name == "STOP":
                return self.stack.pop()
            if name in _VALUES:
                self.stack.append(argument)
            elif name in _STEPS:
                _STEPS[name](self, argument)
            elif name not in _NOTHING:
                raise _Refused(f"its instruction {name} is not plain data")
        raise _Refused("it ends before its end mark")

    def since_mark(self) -> list[Any]:
        """Take what lies above the last mark, and the mark."""
        at = len(self.stack) - 1
        while self.stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise IndexError("no mark")
        found = self.stack[at + 1 :]
        del self.stack[at:]
        return found


def _constant(value: Any) -> Callable[[_Machine, Any], None]:
    return lambda machine, _: machine.stack.append(value)


def _empty(kind: type) -> Callable[[_Machine, Any], None]:
    return lambda machine, _: machine.stack.append(kind())


def _tuple_of(n: int) -> Callable[[_Machine, Any], None]:
    def step(machine: _Machine, _: Any) -> None:
        if len(machine.stack) < n:
            raise IndexError("stack")
        taken = tuple(machine.stack[-n:])
        machine.stack[-n:] = [taken]

    return step


def _put(machine: _Machine, index: Any) -> None:
    machine.memo[int(index)] = machine.stack[-1]


def _get(machine: _Machine, index: Any) -> None:
    machine.stack.append(machine.memo[int(index)])


def _name(machine: _Machine, argument: Any) -> None:
    module, _, name = str(argument).partition(" ")
    machine.stack.append(Named(module, name))


def _stack_name(machine: _Machine, _: Any) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    if not isinstance(name, str) or not isinstance(module, str):
        raise TypeError("names are texts")
    machine.stack.append(Named(module, name))


def _call(machine: _Machine, _: Any) -> None:
    arguments, what = machine.stack.pop(), machine.stack.pop()
    machine.stack.append(Called(what, tuple(arguments)))


def _call_with_names(machine: _Machine, _: Any) -> None:
    named, arguments, what = machine.stack.pop(), machine.stack.pop(), machine.stack.pop()
    machine.stack.append(Called(what, (*arguments, named)))


def _call_since_mark(machine: _Machine, argument: Any) -> None:
    taken = machine.since_mark()
    if argument is None:  # OBJ: the class lies first above the mark
        machine.stack.append(Called(taken[0], tuple(taken[1:])))
    else:  # INST names it
        module, _, name = str(argument).partition(" ")
        machine.stack.append(Called(Named(module, name), tuple(taken)))


def _set_state(machine: _Machine, _: Any) -> None:
    state, made = machine.stack.pop(), machine.stack[-1]
    if not isinstance(made, Called):
        raise TypeError("state is set on what was made")
    made.state = state


def _append(machine: _Machine, values: list[Any]) -> None:
    target = machine.stack[-1]
    (target.items if isinstance(target, Called) else target).extend(values)


def _put_items(machine: _Machine, values: list[Any]) -> None:
    if len(values) % 2:
        raise ValueError("keys and values come in pairs")
    target = machine.stack[-1]
    pairs = zip(values[::2], values[1::2], strict=True)
    if isinstance(target, Called):
        target.items.extend(pairs)
    else:
        target.update(pairs)


def _two(machine: _Machine) -> list[Any]:
    value, key = machine.stack.pop(), machine.stack.pop()
    return [key, value]


def _pop(machine: _Machine, _: Any) -> None:
    machine.stack.pop()


_STEPS: dict[str, Callable[[_Machine, Any], None]] = {
    "NONE": _constant(None),
    "NEWTRUE": _constant(True),
    "NEWFALSE": _constant(False),
    "MARK": _constant(_MARK),
    "EMPTY_LIST": _empty(list),
    "EMPTY_DICT": _empty(dict),
    "EMPTY_SET": _empty(set),
    "EMPTY_TUPLE": _constant(()),
    "TUPLE1": _tuple_of(1),
    "TUPLE2": _tuple_of(2),
    "TUPLE3": _tuple_of(3),
    "TUPLE": lambda m, _: m.stack.append(tuple(m.since_mark())),
    "LIST": lambda m, _: m.stack.append(m.since_mark()),
    "FROZENSET": lambda m, _: m.stack.append(frozenset(m.since_mark())),
    "DICT": lambda m, _: _make_dict(m),
    "APPEND": lambda m, _: _append(m, [m.stack.pop()]),
    "APPENDS": lambda m, _: _append(m, m.since_mark()),
    "SETITEM": lambda m, _: _put_items(m, _two(m)),
    "SETITEMS": lambda m, _: _put_items(m, m.since_mark()),
    "ADDITEMS": lambda m, _: m.stack[-1].update(m.since_mark()),
    "PUT": _put,
    "BINPUT": _put,
    "LONG_BINPUT": _put,
    "MEMOIZE": lambda m, _: _put(m, len(m.memo)),
    "GET": _get,
    "BINGET": _get,
    "LONG_BINGET": _get,
    "GLOBAL": _name,
    "STACK_GLOBAL": _stack_name,
    "REDUCE": _call,
    "NEWOBJ": _call,
    "NEWOBJ_EX": _call_with_names,
    "INST": _call_since_mark,
    "OBJ": _call_since_mark,
    "BUILD": _set_state,
    "POP": _pop,
    "POP_MARK": lambda m, _: m.since_mark() and None,
    "DUP": lambda m, _: m.stack.append(m.stack[-1]),
}
_VALUES = frozenset(
    (
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "STRING", "SHORT_BINSTRING"),
        *("BINSTRING", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BYTEARRAY8"),
    )
)
_NOTHING = frozenset(["PROTO", "FRAME"])


def _make_dict(machine: _Machine) -> None:
    values = machine.since_mark()
    machine.stack.append({})
    _put_items(machine, values)
