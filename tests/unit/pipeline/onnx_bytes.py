"""Writes the protobuf of small ONNX models by hand, so that no test needs the onnx package.

Field numbers are those of onnx.proto.
"""

from __future__ import annotations

import struct

FLOAT, IR_VERSION, OPSET = 1, 8, 13


def varint(value: int) -> bytes:
    out = bytearray()
    while True:
        out.append((value & 0x7F) | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(out)


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def block(field: int, content: bytes | str) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(data)) + data


def tensor(name: str, dims: tuple[int, ...], values: list[float], *, external: str = "") -> bytes:
    head = b"".join(number(1, d) for d in dims) + number(2, FLOAT) + block(8, name)
    if external:
        entry = block(1, "location") + block(2, external)
        return head + block(13, entry) + number(14, 1)
    return head + block(9, struct.pack(f"<{len(values)}f", *values))


def value_info(name: str, dims: tuple[int | str, ...]) -> bytes:
    shape = b"".join(block(1, number(1, d) if isinstance(d, int) else block(2, d)) for d in dims)
    return block(1, name) + block(2, block(1, number(1, FLOAT) + block(2, shape)))


def node(kind: str, inputs: tuple[str, ...], output: str) -> bytes:
    return b"".join(block(1, i) for i in inputs) + block(2, output) + block(4, kind)


def model(graph: bytes) -> bytes:
    opset = block(1, "") + number(2, OPSET)
    return number(1, IR_VERSION) + block(2, "tests") + block(7, graph) + block(8, opset)


def logistic(weights: list[float], bias: float, *, external: str = "", squash: bool = True) -> bytes:
    """probability = sigmoid(x w + b), one matrix of features in."""
    k, last = len(weights), "probability" if squash else "logit"
    nodes = [node("MatMul", ("x", "w"), "z"), node("Add", ("z", "b"), "a" if squash else last)]
    nodes += [node("Sigmoid", ("a",), last)] if squash else []
    graph = b"".join(block(1, n) for n in nodes) + block(2, "g")
    graph += block(5, tensor("w", (k, 1), weights, external=external)) + block(5, tensor("b", (1,), [bias]))
    graph += block(11, value_info("x", ("n", k))) + block(12, value_info(last, ("n", 1)))
    return model(graph)
