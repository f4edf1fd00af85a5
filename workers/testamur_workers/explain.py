"""Puts whatever ended an attempt into words that name a cause and show no cell of the data."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import TracebackType

from testamur.contracts.errors import OutOfMemory, TestamurError
from testamur_workers.request import Ending

_UNEXPECTED = 5  # exit code of a job that failed


def explain(error: BaseException) -> Ending:
    """The last word of a runner that ended by `error`."""
    known = _as_known(error)
    if known is not None:
        return Ending(kind=known.kind, message=str(known), exit_code=known.exit_code)
    kind, place = _locate(error.__traceback__)
    return Ending(
        kind=kind,
        message=f"{type(error).__name__} in {place}\n  -> its traceback is in the log: testamur job logs",
        exit_code=4 if kind == "plugin" else _UNEXPECTED,
    )


def describe_traceback(error: BaseException) -> str:
    """The places an error went through. Messages are left out: they may quote a cell."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        lines = [*traceback.format_tb(cause.__traceback__), f"{type(cause).__qualname__}\n", *lines]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
        if cause is not None:
            lines.insert(0, "which led to\n")
    return "".join(lines)


def _as_known(error: BaseException) -> TestamurError | None:
    if isinstance(error, TestamurError):
        return error
    if type(error).__name__ == "OutOfMemoryError":  # torch's, which is not imported here
        return OutOfMemory(
            "the device had no memory left",
            remedy="take a smaller training.batch_size or model, or a device with more memory",
        )
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
        return OutOfMemory(
            "the host had no memory left", remedy="free memory, or take less data or a smaller model"
        )
    return None


def _locate(trace: TracebackType | None) -> tuple[str, str]:
    """Kind of the fault and the deepest place in code of ours or of a plugin's."""
    frames = [frame for frame in traceback.extract_tb(trace) if _package(frame.filename)]
    if not frames:
        return "internal", "code outside the platform"
    package = _package(frames[-1].filename)
    parts = Path(frames[-1].filename).parts
    path = "/".join(parts[len(parts) - 1 - parts[::-1].index(package) :])
    place = f"{path}, line {frames[-1].lineno} ({frames[-1].name})"
    core = package in ("testamur", "testamur_workers", "testamur_templates")
    return ("internal" if core else "plugin"), place


def _package(filename: str) -> str:
    """The package of ours that a file belongs to, or nothing."""
    return next(
        (part for part in Path(filename).parts if part == "testamur" or part.startswith("testamur_")), ""
    )
