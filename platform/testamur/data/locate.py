"""Finds the file that a job or a plugin names, and refuses what is no regular file."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path, PurePosixPath

from testamur.contracts.errors import DataError, Problem
from testamur.data.wording import shown
from testamur.hooks.suggest import did_you_mean

CHUNK_BYTES = 1 << 20


def find_file(path: str, base: Path, *, folders: bool = False) -> Path:
    """The regular file at `path`; relative paths start at `base`.

    Args:
        path: As written.
        base: Where relative paths start.
        folders: True where a folder will do: a plugin's own reader may read one.

    Raises:
        DataError: There is nothing, a folder, a device, a pipe or a socket.
    """
    where = shown(path)
    try:
        found = (base / Path(path).expanduser()).resolve()
        mode = found.stat().st_mode
    except FileNotFoundError:
        raise _refusal(where, "a file is required, however: there is none", _near(path, base)) from None
    except (ValueError, OSError, RuntimeError) as error:
        raise _refusal(where, f"a readable file is required, however: {type(error).__name__}") from None
    if stat.S_ISDIR(mode) and folders:
        return found
    if stat.S_ISDIR(mode):
        raise _refusal(where, "a file is required, however: it is a folder", "name the file in it")
    if not stat.S_ISREG(mode):
        raise _refusal(where, "a regular file is required, however: it is a device, a pipe or a socket")
    return found


def find_resource(resource: str) -> Path:
    """The file behind ``package:relative/path``.

    Raises:
        DataError: The package or the file is absent, or the path leads out of the package.
    """
    from importlib.resources import files

    package, _, relative = resource.partition(":")
    inside = PurePosixPath(relative)
    if not package or not relative or inside.is_absolute() or ".." in inside.parts:
        raise _refusal(shown(resource), "package:relative/path inside the package is required")
    try:
        root = files(package)
    except ModuleNotFoundError:
        raise _refusal(shown(resource), f"the package {package} is not installed") from None
    return find_file(str(root.joinpath(*inside.parts)), Path.cwd())


def sha256_of(path: Path) -> str:
    """SHA-256 of a file as hexadecimal text; of a folder, over the names and digests of its files."""
    digest = hashlib.sha256()
    if path.is_dir():
        for file in sorted(entry for entry in path.iterdir() if entry.is_file()):
            digest.update(f"{sha256_of(file)}  {file.name}\n".encode())
        return digest.hexdigest()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _refusal(where: str, message: str, remedy: str = "") -> DataError:
    return DataError("The data cannot be read", [Problem(where, message, remedy)])


def _near(path: str, base: Path) -> str:
    """Proposes a file of nearly the same name in the same folder."""
    folder = (base / path).parent
    names = [shown(entry.name) for entry in folder.iterdir()] if folder.is_dir() else []
    near = did_you_mean(Path(path).name, names, what="file")
    return near if near.startswith("did you mean") else f"relative paths start at {base}"
