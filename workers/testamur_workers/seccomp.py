"""Takes system calls away from this process, its threads and its children: a seccomp filter (Linux).

Without the network only sockets between processes of this machine can be made. Whatever the network,
no process may look into another, change the kernel, or go round the filter through ``io_uring``.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys

_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _TSYNC = 1, 1
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | 1  # EPERM, as without the right to
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_AF_UNIX = 1
_X32 = 0x40000000  # the second numbering of x86-64

# linux/audit.h, and the numbers of: seccomp, socket; then ptrace, process_vm_readv and writev, bpf, keyctl,
# add_key, request_key, mount, umount2, setns, kexec_load, init_module, finit_module, delete_module,
# perf_event_open, userfaultfd, io_uring_setup
_MACHINES = {
    "x86_64": (0xC000003E, 317, 41,
               (101, 310, 311, 321, 250, 248, 249, 165, 166, 308, 246, 175, 313, 176, 298, 323, 425)),
    "aarch64": (0xC00000B7, 277, 198,
                (117, 270, 271, 280, 219, 217, 218, 40, 39, 268, 104, 105, 273, 106, 241, 282, 425)),
}  # fmt: skip


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("if_true", ctypes.c_ubyte),
        ("if_false", ctypes.c_ubyte),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


def filter_calls(*, network: bool) -> str:
    """Install the filter; it cannot be taken off again.

    Args:
        network: Let sockets of every family be made.

    Returns:
        Empty, or why this machine does not do it.
    """
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None or sys.maxsize <= 2**32:
        return f"no filter of system calls is known for {platform.system()} on {platform.machine()}"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return f"the kernel refuses no_new_privs: {os.strerror(ctypes.get_errno())}"
    lines = _compile(machine, network=network)
    array = (_Instruction * len(lines))(*(_Instruction(*line) for line in lines))
    program = _Program(len(lines), array)
    if libc.syscall(machine[1], _SET_MODE_FILTER, _TSYNC, ctypes.byref(program)):
        return f"the kernel refuses seccomp: {os.strerror(ctypes.get_errno())}"
    return ""


def _compile(
    machine: tuple[int, int, int, tuple[int, ...]], *, network: bool
) -> list[tuple[int, int, int, int]]:
    """The filter as (code, jump if true, jump if false, value)."""
    architecture, _, socket, closed = machine
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _DENY),  # another numbering of calls: none is known to be harmless
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _DENY),
    ]
    for number in closed:
        lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _DENY)]
    if not network:
        lines += [
            (_EQUAL, 0, 3, socket),
            (_LOAD, 0, 0, _FIRST_ARGUMENT),
            (_EQUAL, 1, 0, _AF_UNIX),
            (_RETURN, 0, 0, _DENY),
        ]
    return [*lines, (_RETURN, 0, 0, _ALLOW)]
