"""Writes to a pipe whose reader may have died."""

from __future__ import annotations

import os


def send_all(descriptor: int, data: bytes) -> bool:
    """Write everything; False when nobody reads any more."""
    left = memoryview(data)
    try:
        while left:
            left = left[os.write(descriptor, left) :]
    except BrokenPipeError:
        return False
    return True
