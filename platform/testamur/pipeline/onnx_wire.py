"""Reads the protobuf of an ONNX file as far as needed to know what it would load, before anything loads it.

Field numbers are those of onnx.proto (IR version 10): tensors lie in graphs, in attributes of nodes, in
functions, and in sparse tensors; each may keep its numbers in another file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

_INSIDE: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_TENSOR_NAME, _EXTERNAL_DATA, _DATA_LOCATION = 8, 13, 14
_PRODUCER, _OPSET = 2, 8
_DEEPEST = 64


class NotOnnx(ValueError):
    """The bytes are no protobuf of an ONNX model."""


@dataclass(slots=True)
class OnnxFacts:
    """What an ONNX file says of itself.

    Attributes:
        producer: Who wrote it.
        opsets: Domain -> version of the operators; the empty domain is ONNX's own.
        external: Names of tensors whose numbers lie in another file.
        n_nodes: Operators, also in nested graphs.
    """

    producer: str = ""
    opsets: dict[str, int] = field(default_factory=dict)
    external: list[str] = field(default_factory=list)
    n_nodes: int = 0


def read_facts(content: bytes) -> OnnxFacts:
    """Walk through the whole model.

    Args:
        content: The file.

    Raises:
        NotOnnx: It ends within a field, holds no graph, or is nested beyond reason.
    """
    facts = OnnxFacts()
    view, graphs = memoryview(content), 0
    for number, value in _fields(view):
        if number == _PRODUCER and isinstance(value, memoryview):
            facts.producer = bytes(value).decode("utf-8", "replace")[:80]
        elif number == _OPSET and isinstance(value, memoryview):
            domain, version = _read_opset(value)
            facts.opsets[domain] = version
        graphs += number == 7
    if not graphs:
        raise NotOnnx("it holds no graph")
    _walk(view, "model", facts, 0)
    return facts


def _walk(view: memoryview, kind: str, facts: OnnxFacts, depth: int) -> None:
    if depth > _DEEPEST:
        raise NotOnnx(f"it is nested more than {_DEEPEST} deep")
    if kind == "tensor":
        _look_at_tensor(view, facts)
        return
    for number, value in _fields(view):
        inside = _INSIDE[kind].get(number)
        if inside is not None and isinstance(value, memoryview):
            facts.n_nodes += inside == "node"
            _walk(value, inside, facts, depth + 1)


def _look_at_tensor(view: memoryview, facts: OnnxFacts) -> None:
    name, external = "", False
    for number, value in _fields(view):
        if number == _TENSOR_NAME and isinstance(value, memoryview):
            name = bytes(value).decode("utf-8", "replace")[:80]
        external |= number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value == 1)
    if external:
        facts.external.append(name or "a tensor without a name")


def _read_opset(view: memoryview) -> tuple[str, int]:
    domain, version = "", 0
    for number, value in _fields(view):
        if number == 1 and isinstance(value, memoryview):
            domain = bytes(value).decode("utf-8", "replace")[:80]
        elif number == 2 and isinstance(value, int):
            version = value
    return domain, version


def _fields(view: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """(field number, value) of one message: numbers as int, everything else as bytes."""
    at, end = 0, len(view)
    while at < end:
        key, at = _varint(view, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(view, at)
            yield number, value
            continue
        if wire == 2:
            size, at = _varint(view, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise NotOnnx(f"it holds wire type {wire}")
        if number == 0 or at + size > end:
            raise NotOnnx("it ends within a field")
        yield number, view[at : at + size]
        at += size


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(view):
            raise NotOnnx("it ends within a number")
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise NotOnnx("it holds a number without an end")
