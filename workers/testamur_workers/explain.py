"""The last word of a runner, and the traceback that goes into its log."""

from __future__ import annotations

import traceback

from testamur.pipeline.explain import locate, recognise
from testamur_workers.request import Ending

LONGEST_MESSAGE = 16_000  # characters; the store keeps 20,000, and a line of the pipe holds a million bytes
_UNEXPECTED = 5  # exit code of a job that failed
_PLUGIN = 4


def explain(error: BaseException) -> Ending:
    """The last word of a runner that ended by `error`."""
    known = recognise(error)
    if known is not None:
        return Ending(kind=known.kind, message=str(known), exit_code=known.exit_code)
    place = locate(error)
    return Ending(
        kind="plugin" if place.by_plugin else "internal",
        message=f"{type(error).__name__} in {place.text}\n"
        "  -> its traceback is in the log: testamur job logs",
        exit_code=_PLUGIN if place.by_plugin else _UNEXPECTED,
    )


def shorten(ending: Ending) -> Ending:
    """The ending with a message that pipe and store can hold; it says what is left out."""
    n_cut = len(ending.message) - LONGEST_MESSAGE
    if n_cut <= 0:
        return ending
    note = f"\n... {n_cut:,} more characters are left out\n  -> all of it is in the log: testamur job logs"
    return ending.model_copy(update={"message": ending.message[:LONGEST_MESSAGE] + note})


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
