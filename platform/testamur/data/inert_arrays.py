"""Numpy arrays and pandas' tables out of a pickle that was read without being run.

Knows by name the few functions with which numpy and pandas write themselves down, and builds the
arrays anew from the bytes; whatever else a file names is refused. Numpy alone is needed.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import math
from pathlib import Path
from typing import Any

import numpy as np

from testamur.contracts.errors import DataError, Problem
from testamur.data.inert_pickle import Called, Named, read_stream

LARGEST_BYTES = 2 << 30  # of a file after expansion
CHUNK_BYTES = 1 << 20
PLAIN_KINDS = "biufcSUmMO"
_ENDS = ("_reconstruct", "_frombuffer", "scalar")
_BYTES = ("__builtin__.bytes", "builtins.bytes", "builtins.bytearray")
_OPENERS = {b"\xfd7zXZ\x00": lzma.open, b"\x1f\x8b": gzip.open, b"BZh": bz2.open}


def read_pickle(path: Path, *, limit_bytes: int = LARGEST_BYTES) -> Any:
    """Plain values and numpy arrays of a pickle (as it is, or compressed with xz, gzip or bzip2).

    A pandas ``DataFrame`` becomes a dictionary from column name to an array (n,); its index is left out.

    Args:
        path: The file.
        limit_bytes: Largest size after expansion.

    Raises:
        DataError: It cannot be read, is too large, or holds anything else than such values.
    """
    return settle(read_stream(read_expanded(path, limit_bytes), where=path.name), where=path.name)


def read_npy(path: Path, *, limit_bytes: int = LARGEST_BYTES) -> np.ndarray:
    """An ``.npy`` file, one of Python objects too: those are read without being run.

    Raises:
        DataError: As `read_pickle`.
    """
    with path.open("rb") as stream:
        try:
            version = np.lib.format.read_magic(stream)
            read_header = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            shape, fortran, dtype = read_header(stream)
        except (ValueError, KeyError):
            raise _refused(path.name, "it is no .npy file of version 1 or 2") from None
        if path.stat().st_size > limit_bytes:
            raise _refused(path.name, f"it has more than {limit_bytes:,} bytes")
        content = stream.read()
    if not dtype.hasobject:
        return _from_bytes(content, dtype, shape, fortran=fortran, where=path.name)
    found = settle(read_stream(content, where=path.name), where=path.name)
    if not isinstance(found, np.ndarray) or found.shape != shape:
        raise _refused(path.name, "its header and its content are of different shapes")
    return found


def read_expanded(path: Path, limit_bytes: int) -> bytes:
    """The bytes of a file, without a layer of xz, gzip or bzip2.

    Raises:
        DataError: It is damaged, or larger than `limit_bytes` after expansion.
    """
    with path.open("rb") as stream:
        head = stream.read(6)
    opener = next((o for mark, o in _OPENERS.items() if head.startswith(mark)), Path.open)
    pieces: list[bytes] = []
    n_bytes = 0
    try:
        with opener(path, "rb") as stream:
            while piece := stream.read(CHUNK_BYTES):
                n_bytes += len(piece)
                if n_bytes > limit_bytes:
                    raise _refused(path.name, f"it has more than {limit_bytes:,} bytes after expansion")
                pieces.append(piece)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise _refused(path.name, f"it is cut off or damaged ({type(error).__name__})") from None
    return b"".join(pieces)


def settle(value: Any, *, where: str) -> Any:
    """Plain values as they are; records of calls as the arrays and tables they stand for.

    Args:
        value: From `inert_pickle.read_stream`.
        where: Name of the file, for messages.

    Raises:
        DataError: A record stands for something that is no plain data.
    """
    try:
        return _Settler(where).settle(value)
    except RecursionError:
        raise _refused(where, "its values are nested too deeply") from None


class _Settler:
    """Settles the values of one file; a record that is used twice is settled once."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.known: dict[int, Any] = {}
        self.open: set[int] = set()

    def settle(self, value: Any) -> Any:
        """The value with every record in it replaced."""
        if not isinstance(value, list | tuple | dict | set | frozenset | Called | Named):
            return value
        place = id(value)
        if place in self.known:
            return self.known[place]
        if place in self.open:
            raise _refused(self.where, "a value contains itself")
        self.open.add(place)
        self.known[place] = self._settled(value)
        self.open.discard(place)
        return self.known[place]

    def _settled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self.settle(k): self.settle(v) for k, v in value.items()}
        if isinstance(value, Named):
            raise _refused(self.where, f"it names {_printed(value)}, which is no data")
        if isinstance(value, Called):
            return self._made(value)
        return type(value)(self.settle(inner) for inner in value)

    def _made(self, call: Called) -> Any:
        what = call.what
        if not isinstance(what, Named):
            raise _refused(self.where, "it calls what is no name")
        package = what.module.partition(".")[0]
        try:
            if str(what) == "_codecs.encode":
                return str(call.arguments[0]).encode("latin-1")
            if str(what) in _BYTES:
                return b"".join(bytes(self.settle(inner)) for inner in call.arguments)
            if str(what) == "numpy.dtype":
                return self._dtype(call)
            if package == "numpy" and what.name in _ENDS:
                return self._array(what.name, call)
            if str(what) == "builtins.slice":
                return np.arange(*(int(bound) for bound in call.arguments), dtype=np.int64)
            if package == "pandas":
                return self._table_part(what, call)
        except (IndexError, TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            raise _refused(self.where, f"{_printed(what)} is damaged ({type(error).__name__})") from None
        raise _refused(self.where, f"it would call {_printed(what)}, which is not read")

    def _dtype(self, call: Called) -> np.dtype[Any]:
        code = str(self.settle(call.arguments[0]))
        if code[:1] not in PLAIN_KINDS or not code[1:].isdigit():
            raise _refused(self.where, "an array holds structures, not numbers, texts or moments")
        state = self.settle(call.state) or (3, "|")
        order = str(state[1])
        if code[0] in "mM":  # the unit lies at the end of the state: ({}, (b'ns', 1, 1, 1))
            unit = state[-1][1][0]
            code = f"{code}[{unit.decode() if isinstance(unit, bytes) else unit}]"
        if order not in "<>|=":
            raise _refused(self.where, "an array has an unknown order of bytes")
        return np.dtype(code if order == "|" else f"{order}{code}")

    def _array(self, kind: str, call: Called) -> Any:
        if kind == "scalar":
            dtype, content = (self.settle(a) for a in call.arguments)
            return _from_bytes(bytes(content), dtype, (1,), fortran=False, where=self.where)[0]
        if kind == "_frombuffer":
            content, dtype, shape, order = (self.settle(a) for a in call.arguments)
            return _from_bytes(bytes(content), dtype, shape, fortran=order == "F", where=self.where)
        _, shape, dtype, fortran, content = (self.settle(part) for part in call.state)
        if not dtype.hasobject:
            return _from_bytes(_as_bytes(content), dtype, shape, fortran=bool(fortran), where=self.where)
        if not isinstance(content, list) or len(content) != math.prod(shape):
            raise _refused(self.where, "an array of objects holds more or fewer than its shape says")
        flat = np.empty(len(content), dtype=object)
        flat[:] = content
        return flat.reshape(shape, order="F" if fortran else "C")

    def _table_part(self, what: Named, call: Called) -> Any:
        if what.name == "DataFrame":
            return self.settle(call.state["_mgr"])
        if what.name == "_unpickle_block":
            values, places, _ = call.arguments
            return self.settle(values), self.settle(places)
        if what.name == "_new_Index":
            return self._index(*call.arguments)
        if what.name == "BlockManager":
            blocks, axes = call.arguments
            return _columns_of(self.settle(blocks), self.settle(axes), self.where)
        raise _refused(self.where, f"it holds {_printed(what)}, which is not read")

    def _index(self, kind: Any, facts: dict[str, Any]) -> np.ndarray:
        if isinstance(kind, Named) and kind.name == "RangeIndex":
            return np.arange(int(facts["start"]), int(facts["stop"]), int(facts["step"]))
        if not isinstance(kind, Named) or kind.name != "Index":
            raise _refused(self.where, f"it holds the index {_printed(kind)}, which is not read")
        return np.asarray(self.settle(facts["data"]))


def _columns_of(blocks: Any, axes: Any, where: str) -> dict[str, np.ndarray]:
    """Column name -> (n,) array, from pandas' blocks (each k columns x n rows)."""
    names = [str(name) for name in axes[0]]
    if len(set(names)) < len(names):
        raise _refused(where, "several columns have one name")
    columns: dict[str, np.ndarray] = {}
    for values, places in blocks:
        for row, place in enumerate(places):
            columns[names[int(place)]] = np.asarray(values[row])
    lengths = {len(column) for column in columns.values()}
    if set(columns) != set(names) or len(lengths) > 1:
        raise _refused(where, "columns are missing, or are of different lengths")
    return {name: columns[name] for name in names}


def _from_bytes(content: bytes, dtype: Any, shape: Any, *, fortran: bool, where: str) -> np.ndarray:
    """An array from its bytes; as many are required as shape and type say."""
    if not isinstance(dtype, np.dtype) or dtype.hasobject:
        raise _refused(where, "bytes of Python objects are no data")
    wanted = math.prod(int(n) for n in shape) * dtype.itemsize
    if any(int(n) < 0 for n in shape) or len(content) != wanted:
        raise _refused(where, f"an array of {wanted:,} bytes is announced, however: {len(content):,} came")
    flat = np.frombuffer(content, dtype=dtype)
    return flat.reshape(tuple(int(n) for n in shape), order="F" if fortran else "C").copy()


def _as_bytes(content: Any) -> bytes:
    return content.encode("latin-1") if isinstance(content, str) else bytes(content)


def _printed(name: object) -> str:
    text = ascii(str(name))[1:-1]
    return text if len(text) <= 80 else f"{text[:80]}..."


def _refused(where: str, reason: str) -> DataError:
    return DataError(
        "The data cannot be read", [Problem(where, f"plain arrays are required, however: {reason}")]
    )
