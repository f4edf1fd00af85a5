"""``torchrun`` under our own parent: ``python -m testamur_workers.team_agent PARENT_PID ARGUMENTS``.

It must not outlive the runner that started it, and its processes must not outlive it.
"""

from __future__ import annotations

import runpy
import sys

from testamur_workers.parent import die_with_parent


def main(arguments: list[str]) -> None:
    """Become ``torchrun``."""
    die_with_parent(int(arguments[0]))
    sys.argv = ["torchrun", *arguments[1:]]
    runpy.run_module("torch.distributed.run", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
