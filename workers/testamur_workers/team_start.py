"""Runs an attempt on several devices: ``torchrun`` starts a process for each, this one passes on their words.

The process that the supervisor knows loads no plugin and trains nothing then. It writes the request
into the attempt's folder, starts ``torchrun`` and hands the events of the first process on.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testamur_workers.request import AttemptRequest

_LOOK_EVERY_S = 0.1
_CHUNK = 2**16
_SPOKEN = b'{"end":'  # how the last line of a runner begins
LOOPBACK = "127.0.0.1"


def run_team(request: AttemptRequest, descriptor: int) -> int | None:
    """Run an attempt in as many processes as it has devices.

    Args:
        request: The attempt; its bounds name the folder to work in.
        descriptor: Where events go.

    Returns:
        The exit code; None where the team ended without a last word.
    """
    folder = Path(request.bounds.scratch if request.bounds else request.folder) / "team"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    asked, events = folder / "request.json", folder / "events"
    with os.fdopen(os.open(asked, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(request.model_dump_json())
    events.unlink(missing_ok=True)
    os.mkfifo(events, 0o600)
    reading = os.open(events, os.O_RDONLY | os.O_NONBLOCK)
    try:
        agent = subprocess.Popen(  # noqa: S603 - our own module, no shell
            _command(request, asked, events), stdin=subprocess.DEVNULL, env=_environment(request)
        )
        spoken = _relay(reading, descriptor, agent)
    finally:
        os.close(reading)
        asked.unlink(missing_ok=True)
    return agent.returncode if spoken else None


def _command(request: AttemptRequest, asked: Path, events: Path) -> list[str]:
    n = request.spec.job.devices
    return [
        sys.executable, "-P", "-m", "testamur_workers.team_agent", str(os.getpid()),
        "--nnodes", "1", "--nproc-per-node", str(n), "--max-restarts", "0", "--local-addr", LOOPBACK,
        "--rdzv-backend", "c10d", "--rdzv-endpoint", f"{LOOPBACK}:0", "--rdzv-id", request.job_id,
        "-m", "testamur_workers.team_member", str(asked), str(events),
    ]  # fmt: skip


def _environment(request: AttemptRequest) -> dict[str, str]:
    own = {"GLOO_SOCKET_IFNAME": "lo", "NCCL_SOCKET_IFNAME": "lo", "TORCH_NCCL_ASYNC_ERROR_HANDLING": "1"}
    if sys.platform != "linux":
        own = {}
    if request.devices:
        own["CUDA_VISIBLE_DEVICES"] = ",".join(request.devices)
    return {**os.environ, **own}


def _relay(reading: int, descriptor: int, agent: subprocess.Popen[bytes]) -> bool:
    """Hand on what comes until the team has ended; True when it said a last word."""
    spoken, rest, running = False, b"", True
    while running:
        running = agent.poll() is None  # asked before the pipe is emptied, so that nothing stays in it
        select.select([reading], [], [], _LOOK_EVERY_S if running else 0.0)
        while chunk := _take(reading):
            rest = (rest + chunk)[-2 * _CHUNK :]
            spoken = spoken or any(line.startswith(_SPOKEN) for line in rest.split(b"\n"))
            view = memoryview(chunk)
            while view:
                view = view[os.write(descriptor, view) :]
        if running and not rest:
            select.select([], [], [], _LOOK_EVERY_S)  # nobody has opened the other end: it reads as ended
    return spoken


def _take(reading: int) -> bytes:
    try:
        return os.read(reading, _CHUNK)
    except BlockingIOError:
        return b""
