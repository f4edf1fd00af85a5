"""Gives up what root may do beyond its own files: a worker in a container often runs as root."""

from __future__ import annotations

import ctypes
import os
import struct
import sys

_VERSION = 0x20080522  # linux/capability.h, two words of 32 bits
_CHOWN, _DAC_OVERRIDE, _DAC_READ_SEARCH, _FOWNER = 0, 1, 2, 3
_KEPT = 1 << _CHOWN | 1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH | 1 << _FOWNER  # to read other users' data


def drop_capabilities() -> str:
    """Keep the rights over files only, in this thread and what it starts.

    Returns:
        Empty, or why this machine does not do it.
    """
    if sys.platform != "linux":
        return f"there are no capabilities on {sys.platform}"
    libc = ctypes.CDLL(None, use_errno=True)
    header = ctypes.create_string_buffer(struct.pack("=Ii", _VERSION, 0))
    words = ctypes.create_string_buffer(24)
    if libc.capget(header, words):
        return f"the kernel refuses: {os.strerror(ctypes.get_errno())}"
    effective, permitted = struct.unpack("=IIIIII", words.raw)[:2]
    kept = struct.pack("=IIIIII", effective & _KEPT, permitted & _KEPT, 0, 0, 0, 0)
    if libc.capset(header, ctypes.create_string_buffer(kept)):
        return f"the kernel refuses: {os.strerror(ctypes.get_errno())}"
    return ""
