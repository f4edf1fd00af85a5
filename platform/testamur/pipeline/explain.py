"""Puts whatever ended a walk into words that name a cause and show no cell of the data.

A worker and ``testamur run`` both ask here: the same fault has the same kind and exit code either way.
"""

from __future__ import annotations

import errno
import importlib.metadata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType

from testamur.contracts.errors import DeviceOutOfMemory, OutOfMemory, StoreError, TestamurError

_CORE = frozenset({"testamur", "testamur_workers", "testamur_templates"})
_REFUSED = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EPERM})


@dataclass(frozen=True, slots=True)
class Place:
    """The deepest place in code of ours or of a plugin's that an error went through.

    Attributes:
        by_plugin: The code is a plugin's.
        text: Such as ``testamur_bank/policy.py, line 12 (register_policies)``.
    """

    by_plugin: bool
    text: str


def recognise(error: BaseException) -> TestamurError | None:
    """The error in words of ours, where its cause is known without looking at the code it came from."""
    if isinstance(error, TestamurError):
        return error
    if type(error).__name__ == "OutOfMemoryError":  # torch's, which is not imported here
        return DeviceOutOfMemory(
            "the device had no memory left",
            remedy="take a smaller training.batch_size or model, or a device with more memory",
        )
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
        return OutOfMemory(
            "the host had no memory left", remedy="free memory, or take less data or a smaller model"
        )
    if isinstance(error, OSError) and error.errno in _REFUSED and not locate(error).by_plugin:
        return StoreError(
            f"the job's files must be written below the home, however: {error.strerror}",
            remedy="make room, or set TESTAMUR_HOME to a folder that you may write to",
        )
    return None


def locate(error: BaseException) -> Place:
    """Where an error came from.

    Frames are told apart by the name of their module, never by their path: a checkout may lie in a
    folder named ``testamur``, with plugins and other people's packages below it.
    """
    plugins = _plugin_packages()
    frames = [
        (module, frame, line)
        for frame, line in _frames(error.__traceback__)
        if (package := (module := _module(frame)).partition(".")[0]) in _CORE
        or package.startswith("testamur_")
        or package in plugins
    ]
    if not frames:
        return Place(by_plugin=False, text="code outside the platform")
    module, frame, line = frames[-1]
    text = f"{_path_in_package(frame.f_code.co_filename, module)}, line {line} ({frame.f_code.co_name})"
    return Place(by_plugin=module.partition(".")[0] not in _CORE, text=text)


def _frames(trace: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while trace is not None:
        yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next


def _module(frame: FrameType) -> str:
    """Name of the frame's module; a module run with ``python -m`` is known by its real name."""
    specification = frame.f_globals.get("__spec__")
    return str(getattr(specification, "name", None) or frame.f_globals.get("__name__", ""))


def _plugin_packages() -> set[str]:
    """Packages that registered a plugin and are not ours."""
    points = importlib.metadata.entry_points(group="testamur.plugins")
    return {point.value.partition(":")[0].partition(".")[0] for point in points} - _CORE


def _path_in_package(filename: str, module: str) -> str:
    path = Path(filename)
    n_parts = len(module.split(".")) + (path.stem == "__init__")
    return "/".join(path.parts[-n_parts:])
