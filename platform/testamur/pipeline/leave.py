"""The last two rooms: the report is composed and rendered, the dossier written and sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testamur.contracts.check import AuditInput, AuditResult
    from testamur.contracts.policy import Policy
    from testamur.jobs.validate import ResolvedJob
    from testamur.train.fit import TrainedModel


@dataclass(frozen=True, slots=True)
class Departure:
    """Everything a job has gathered on its walk."""

    job: ResolvedJob
    policy: Policy
    given: AuditInput
    result: AuditResult
    model: TrainedModel
    created_at: datetime
