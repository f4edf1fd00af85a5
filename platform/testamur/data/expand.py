"""Reads a file's bytes, gzip expanded up to a limit: a small file may unfold into a full disk."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

from testamur.contracts.errors import DataError, Problem
from testamur.data.wording import shown

GZIP = b"\x1f\x8b"
LARGEST_EXPANDED_BYTES = 4 << 30
CHUNK_BYTES = 1 << 22


def read_expanded(path: Path, *, limit_bytes: int = LARGEST_EXPANDED_BYTES) -> bytes:
    """The bytes of a file, without the gzip layer if it has one.

    Args:
        path: A regular file.
        limit_bytes: Largest size after expansion.

    Raises:
        DataError: The file cannot be opened, is a damaged gzip file, or expands beyond the limit.
    """
    where = shown(path.name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _refusal(where, f"a readable file is required, however: {type(error).__name__}") from None
    if not content.startswith(GZIP):
        return content
    try:
        return _expand(content, limit_bytes, where)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise _refusal(where, "a whole gzip file is required, however: it is cut off or damaged") from None


def _expand(content: bytes, limit_bytes: int, where: str) -> bytes:
    pieces, n_bytes = [], 0
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
        while piece := stream.read(CHUNK_BYTES):
            n_bytes += len(piece)
            if n_bytes > limit_bytes:
                raise _refusal(
                    where,
                    f"at most {limit_bytes:,} bytes after expansion are read, however: there are more",
                    "write it as Parquet, or in several files",
                )
            pieces.append(piece)
    return b"".join(pieces)


def _refusal(where: str, message: str, remedy: str = "") -> DataError:
    return DataError("The data cannot be read", [Problem(where, message, remedy)])
