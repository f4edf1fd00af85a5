"""Brings one object of a store to a folder of this machine, through fsspec: whole, or not at all.

Nothing of the store is read afterwards: rows come from the file, and so does the digest in the report.
Credentials are those that the store's own library finds in the environment; no message quotes them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from testamur.contracts.errors import ConfigurationError, DataError, Problem, StoreError
from testamur.contracts.objects import WHERE, find_url_faults
from testamur.data.wording import shown

_BLOCK = 4 << 20  # bytes at once: at 10 MB/s a cancelled job still ends within half a second


def bring_object(url: str, folder: Path, *, check_stop: Callable[[], None] = lambda: None) -> Path:
    """Copy an object into a folder, under its own name.

    Args:
        url: ``s3://bucket/folder/name``.
        folder: Made where it is missing, for its owner alone.
        check_stop: Asked between blocks; it raises where the copy is not needed any more.

    Raises:
        ConfigurationError: The URL cannot be used, or the extra ``s3`` is not installed.
        DataError: There is no such object, or it may not be read.
        StoreError: The disk is full.
    """
    if faults := find_url_faults(url):
        raise ConfigurationError("The data cannot be read", faults)
    files = _open_store(url)
    path = folder / PurePosixPath(url).name
    draft = path.with_name(f".{path.name}.part")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with _asked(files.open, url, "rb", cache_type="none", block_size=_BLOCK) as source:
            _copy(source, draft, check_stop)
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def _open_store(url: str) -> Any:
    try:
        import fsspec

        return fsspec.core.url_to_fs(url, skip_instance_cache=True)[0]
    except ImportError as error:
        problem = Problem(WHERE, f"a library for s3:// is required, however: {error}")
        remedy = "pip install 'testamur[s3]'"
        raise ConfigurationError("The data cannot be read", [problem], remedy=remedy) from error


def _copy(source: Any, draft: Path, check_stop: Callable[[], None]) -> None:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        while block := _asked(source.read, _BLOCK):
            check_stop()
            try:
                target.write(block)
            except OSError as error:
                message = f"room for the data is required, however: {error.strerror}"
                raise StoreError(message, remedy="make room, then `testamur job retry`") from error


def _asked(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """What the store answers; its faults in our words, without what they quote."""
    try:
        return function(*arguments, **options)
    except Exception as error:  # noqa: BLE001 - each store's library has errors of its own, of no common kind
        raise DataError("The data cannot be read", [_explain(error)]) from None


def _explain(error: Exception) -> Problem:
    if isinstance(error, FileNotFoundError):
        return Problem(WHERE, "an object is required, however: there is none of this name")
    if isinstance(error, PermissionError):
        remedy = "who may read it? credentials come from the environment (AWS_ACCESS_KEY_ID and the like)"
        return Problem(WHERE, "an object that may be read is required, however: the store refuses", remedy)
    if type(error).__name__ == "NoCredentialsError":
        return Problem(WHERE, "credentials are required, however: the environment holds none")
    return Problem(WHERE, f"a store that answers is required, however: {shown(type(error).__name__)}")
