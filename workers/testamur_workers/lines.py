"""Cuts what comes through a pipe into lines, without ever waiting for more."""

from __future__ import annotations

import os

LONGEST_LINE = 2**20  # bytes; more without a line end is cut
_CHUNK = 2**16


class Lines:
    """The reading end of a pipe.

    Args:
        descriptor: The pipe; it is made non-blocking.
    """

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self.ended = False
        self._rest = b""

    def read(self) -> list[bytes]:
        """The lines that are there now; at the end of the pipe also one without a line end."""
        while not self.ended:
            try:
                chunk = os.read(self.descriptor, _CHUNK)
            except BlockingIOError:
                break
            self.ended = not chunk
            self._rest += chunk
            if len(self._rest) > LONGEST_LINE:
                break
        *lines, self._rest = self._rest.split(b"\n")
        if self._rest and (self.ended or len(self._rest) > LONGEST_LINE):
            lines.append(self._rest)
            self._rest = b""
        return lines
