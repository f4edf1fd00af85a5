"""Which policy a job is held to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testamur.contracts.policy import Policy
    from testamur.hooks.registry import Registry
    from testamur.jobs.validate import ResolvedJob

CORE_POLICY = "core.default"


def choose_policy(job: ResolvedJob, registry: Registry) -> Policy:
    """The policy the job names, else its dataset's, else its domain's default, else the core's.

    Raises:
        NotFound: The named policy is not registered.
    """
    if job.spec.audit.policy is not None:
        return registry.policy(job.spec.audit.policy)
    if job.dataset is not None and job.dataset.policy is not None:
        return registry.policy(job.dataset.policy)
    default = f"{job.domain}.default"
    return registry.policy(default if default in registry.policies() else CORE_POLICY)
