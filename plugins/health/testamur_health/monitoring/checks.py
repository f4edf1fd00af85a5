"""The checks of the monitoring application."""

from __future__ import annotations

from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section
from testamur_health.monitoring.sources import ILLNESS, LE8

ALERTS = CheckSpec(
    key="health.monitoring.alerts",
    section=Section.PERFORMANCE,
    title="Alerts and false alarms",
    question="How often does an alert ring for nothing, and how often was that to be expected?",
    formula=(
        "z = (value - median of 28 days before) / (1.4826 MAD); day's number = mean z over signals, "
        "signed; alert when "
        "it is the largest of 57 days; expected = 1 / (known days + 1)"
    ),
    citation=f"V. Vovk, A. Gammerman, G. Shafer: Algorithmic Learning in a Random World, 2005; {ILLNESS}",
    needs=(Need.DATA, Need.TIME),
    problems=(ProblemKind.FORECAST,),
    datasets=("health.monitoring",),
    run="testamur_health.monitoring.alerts:run",
    golden="testamur_health.monitoring.golden:alert_cases",
)
PERSON = CheckSpec(
    key="health.monitoring.person",
    section=Section.PERFORMANCE,
    title="Score, alerts and advice",
    question="How much of the health score could be measured?",
    formula="score = mean of the points of the measured components over the last 28 days",
    citation=LE8,
    needs=(Need.DATA, Need.TIME),
    problems=(ProblemKind.FORECAST,),
    datasets=("health.monitoring",),
    run="testamur_health.monitoring.person:run",
    golden="testamur_health.monitoring.golden:person_cases",
)
