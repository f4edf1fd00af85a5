"""One process of a team: ``torchrun`` starts it with a request and the place where events go.

The first one walks the job through the rooms as a runner does; the others load, train with it and end.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from testamur_workers.parent import die_with_parent

if TYPE_CHECKING:
    from testamur_workers.request import AttemptRequest


def main(arguments: list[str]) -> int:
    """Take part in one attempt; the exit code is that of its `TestamurError`, or 0."""
    die_with_parent(os.getppid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from testamur_workers.request import AttemptRequest

    request = AttemptRequest.model_validate_json(Path(arguments[0]).read_bytes())
    if os.environ["RANK"] == "0":
        return _lead(request, Path(arguments[1]))
    # The leader saves and ends first; its end is seen at the next exchange of gradients.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return _follow(request)


def _lead(request: AttemptRequest, events: Path) -> int:
    from testamur_workers.runner import attempt
    from testamur_workers.wire import WireObserver

    observer = WireObserver(os.open(events, os.O_WRONLY), job_id=request.job_id, attempt=request.attempt)
    signal.signal(signal.SIGTERM, lambda number, frame: setattr(observer, "stopping", True))
    ending = attempt(request, observer, in_team=True)
    observer.end(ending)
    return ending.exit_code


def _follow(request: AttemptRequest) -> int:
    from testamur.hooks.registry import Registry
    from testamur.pipeline.take_part import take_part
    from testamur_workers.confine import confine
    from testamur_workers.explain import explain

    try:
        if request.bounds is not None:
            confine(request.bounds, several=True)
        take_part(
            request.spec,
            job_id=request.job_id,
            attempt=request.attempt,
            registry=Registry.load(Path(request.home)),
            folder=Path(request.folder),
            home=Path(request.home),
            base=Path(request.base),
            device=request.device,
            threads=request.threads,
            environ={**os.environ, **request.variables},
            micro_batches=request.micro_batches,
        )
    except BaseException as error:  # noqa: BLE001 - the last guard of the process: the leader tells why it ended
        ending = explain(error)
        sys.stderr.write(f"process {os.environ['RANK']} of the team ended: {ending.kind}\n")
        return ending.exit_code
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
