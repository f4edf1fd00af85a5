"""The environment of a runner: what libraries need and its operator names, with its share of threads."""

from __future__ import annotations

from collections.abc import Mapping

from testamur.settings import Settings
from testamur_workers.allowed_environment import allowed

_THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def runner_environment(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """The variables that a runner sees."""
    return allowed(environ, settings.runner_variables) | dict.fromkeys(_THREAD_LIMITS, str(settings.threads))
