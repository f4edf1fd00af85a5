"""A client key stands for one request: asking again is answered with the same job."""

from __future__ import annotations

from testamur.contracts.errors import TestamurError
from testamur.contracts.job import Job, JobSpec


class KeyTaken(TestamurError):
    """A client key that was given before, with another request."""

    exit_code = 2
    kind = "key"


def same_request(known: Job, spec: JobSpec) -> Job:
    """The job `known`, where it asks for the same as `spec`.

    Raises:
        KeyTaken: It asks for something else; the parts that differ are named.
    """
    before, now = known.spec.model_dump(mode="json"), spec.model_dump(mode="json")
    differing = sorted(part for part in now if before.get(part) != now[part])
    if differing:
        raise KeyTaken(
            f"a client key stands for one request, however: job {known.id} was submitted under this key "
            f"with another {' and '.join(differing)}",
            remedy=f"give a key of its own, or look at it: testamur job show {known.id}",
        )
    return known
