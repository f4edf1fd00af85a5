"""The check of the activity application."""

from __future__ import annotations

from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section

RECORDINGS = CheckSpec(
    key="health.activity.recordings",
    section=Section.PERFORMANCE,
    title="Recordings",
    question="How many whole recordings of people it has never seen are named rightly?",
    formula="class of the largest mean probability over the windows of a recording; share that is right",
    citation="D. M. Burns et al., Physiol Meas 2018;39:075007",
    needs=(Need.PREDICTIONS, Need.ENTITY),
    problems=(ProblemKind.BINARY, ProblemKind.MULTICLASS),
    datasets=("health.activity",),
    run="testamur_health.activity.recordings:run",
    golden="testamur_health.activity.golden:recording_cases",
)
