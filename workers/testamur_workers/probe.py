"""Asks the kernel which walls it would put up, without putting one up."""

from __future__ import annotations

import ctypes
import os
import platform
import sys

_LANDLOCK_CREATE = 444
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_GET_ACTION, _ERRNO_ACTION = 2, 0x00050000


def probe_walls() -> dict[str, str]:
    """Why a wall would not stand here, by its name; empty where it would."""
    if sys.platform != "linux":
        reason = f"{platform.system()} has no Landlock and no seccomp"
        return {"files": reason, "signing key": reason, "system calls": reason, "network": reason}
    libc = ctypes.CDLL(None, use_errno=True)
    files = "" if libc.syscall(_LANDLOCK_CREATE, None, 0, 1) > 0 else _refusal("Landlock")
    number = _SECCOMP.get(platform.machine())
    action = ctypes.c_uint32(_ERRNO_ACTION)
    if number is None:
        calls = f"no filter is known for {platform.machine()}"
    else:
        calls = _refusal("seccomp") if libc.syscall(number, _GET_ACTION, 0, ctypes.byref(action)) else ""
    return {"files": files, "signing key": files, "system calls": calls, "network": calls}


def _refusal(what: str) -> str:
    return f"the kernel has no {what}: {os.strerror(ctypes.get_errno())}"
