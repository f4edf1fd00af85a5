"""Where a file of one's own is, and what is wrong with its path."""

from __future__ import annotations

import os
from pathlib import Path

from testamur.contracts.companion import find_companion
from testamur.contracts.errors import Problem
from testamur.hooks.suggest import did_you_mean
from testamur.jobs.plain import printable

WHERE = "dataset.path"


def check_path(text: str, base: Path, *, folders: bool = False) -> tuple[Path, list[Problem]]:
    """The absolute path of a data file, and what is wrong with it.

    Args:
        text: As written in the job; relative to `base`, or with ``~``.
        base: Folder of the job file.
        folders: True where a folder will do: the dataset has a reader of its own.
    """
    try:
        path = (base / Path(text).expanduser()).absolute()
        if path.is_file() or (folders and path.is_dir()):
            return path, _readable(path)
        arrived = "a folder" if path.is_dir() else "there is none"
    except (OSError, RuntimeError, ValueError) as error:  # name too long, no such user, NUL
        name = error.strerror if isinstance(error, OSError) and error.strerror else "it is no path"
        return Path(base), [Problem(WHERE, f"a file is required, however: {name}")]
    message = f"a file is required, however: {arrived} at {printable(path, 300)}"
    return path, [Problem(WHERE, message, _near(path))]


def has_companion(path: Path) -> bool:
    """True where a TOML file beside the data may name the columns' roles; reading it is the data room's."""
    try:
        return find_companion(path) is not None
    except OSError:  # the folder may not be looked into; `check_path` says so
        return False


def _readable(path: Path) -> list[Problem]:
    if os.access(path, os.R_OK):
        return []
    return [Problem(WHERE, f"a readable file is required, however: {printable(path, 300)} may not be read")]


def _near(path: Path) -> str:
    """Names of the files beside it that were probably meant."""
    folder = path if path.is_dir() else path.parent
    try:
        names = [printable(entry.name) for entry in folder.iterdir() if entry.is_file()][:1000]
    except OSError:  # the folder itself is missing or closed
        return f"the folder {printable(folder, 300)} cannot be read"
    return did_you_mean(path.name, names, what="file") if names else "the folder holds no file"
