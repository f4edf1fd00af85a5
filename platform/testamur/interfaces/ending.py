"""Lets a command put things in order when a signal ends it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_LEAVING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Have the end by a signal (`kill`, a closed terminal, a time limit) pass through ``finally`` blocks.

    It becomes `SystemExit` with the code that a shell shows for the signal; a second one does not cut the
    tidying short. Python does so by itself for Ctrl-C alone. For the main thread.
    """
    before = {number: signal.getsignal(number) for number in _LEAVING}
    before = {number: handler for number, handler in before.items() if handler not in (signal.SIG_IGN, None)}

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for number in before:  # not what is ignored: `nohup` says that a closed terminal is no reason
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
