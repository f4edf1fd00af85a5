"""Whose turn it is: queue and waiting time first, then who has had the least for its share.

A pure rule, so that it can be read and tested without a database. Jobs of one queue, project and owner
run in the order in which they came; only the first of each such line is compared with the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from testamur.contracts.job import Priority, Quota

EACH = "*"  # name of the quota that holds for whoever has none of their own
HALF_LIFE_S = 24 * 3600.0  # time had counts half after a day
_LEVELS = {Priority.URGENT: 0, Priority.NORMAL: 1, Priority.BATCH: 2}


@dataclass(frozen=True, slots=True)
class Line:
    """The queued jobs of one owner for one project in one queue.

    Attributes:
        priority: The queue.
        project: What they are counted for.
        owner: Who asked for them.
        since: When the first of them began to wait.
    """

    priority: Priority
    project: str
    owner: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """What one owner has and had for one project.

    Attributes:
        n_running: Jobs that run now.
        seconds: Running time, that of long ago counted less (see `decayed`).
    """

    n_running: int = 0
    seconds: float = 0.0


class Ledger:
    """Who has and had how much, and what each may have.

    Args:
        usage: By (project, owner).
        quotas: All that are set.
    """

    def __init__(self, usage: Mapping[tuple[str, str], Usage], quotas: Iterable[Quota]) -> None:
        self._of_owner = usage
        self._quotas = {(quota.kind, quota.name): quota for quota in quotas}

    def quota(self, kind: str, name: str) -> Quota:
        """The quota of a user or project: its own, else that of each, else one without bounds."""
        none = Quota(kind=kind, name=name)
        return self._quotas.get((kind, name)) or self._quotas.get((kind, EACH)) or none

    def may_run(self, line: Line) -> bool:
        """True where neither the owner nor the project runs as many jobs as it may."""
        n_by = {"user": 0, "project": 0}
        for (project, owner), usage in self._of_owner.items():
            n_by["user"] += usage.n_running * (owner == line.owner)
            n_by["project"] += usage.n_running * (project == line.project)
        bounds = {
            "user": self.quota("user", line.owner).max_running,
            "project": self.quota("project", line.project).max_running,
        }
        return all(bound is None or n_by[kind] < bound for kind, bound in bounds.items())

    def time_had(self, line: Line) -> tuple[float, float]:
        """Seconds per share of the project, and of the owner within it: who has less comes first."""
        project = sum(usage.seconds for (name, _), usage in self._of_owner.items() if name == line.project)
        own = self._of_owner.get((line.project, line.owner), Usage()).seconds
        return (
            project / self.quota("project", line.project).share,
            own / self.quota("user", line.owner).share,
        )


def order_lines(lines: Iterable[Line], ledger: Ledger, *, now: datetime, ageing_s: float) -> list[Line]:
    """The lines that may run a job now, whoever's turn it is first.

    Args:
        lines: Of all queued jobs.
        ledger: Who has and had how much.
        now: The present moment.
        ageing_s: A job that has waited so long counts as one of the next higher queue, and so on.
    """

    def rank(line: Line) -> tuple[int, float, float, datetime]:
        return (level(line, now=now, ageing_s=ageing_s), *ledger.time_had(line), line.since)

    return sorted((line for line in lines if ledger.may_run(line)), key=rank)


def level(line: Line, *, now: datetime, ageing_s: float) -> int:
    """0 for urgent, 1 for normal, 2 for batch; one less for each `ageing_s` of waiting, down to 0."""
    waited = max((now - line.since) / timedelta(seconds=1), 0.0)
    return max(_LEVELS[line.priority] - int(waited // ageing_s), 0)


def decayed(seconds: float, *, as_of: datetime, now: datetime) -> float:
    """Running time as it counts now: half of it is forgotten every `HALF_LIFE_S` (an exponential average)."""
    passed = max((now - as_of) / timedelta(seconds=1), 0.0)
    return float(seconds * 0.5 ** (passed / HALF_LIFE_S))
