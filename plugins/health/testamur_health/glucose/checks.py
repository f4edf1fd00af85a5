"""The checks of the glucose application."""

from __future__ import annotations

from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section

ALARMS = CheckSpec(
    key="health.glucose.alarms",
    section=Section.PERFORMANCE,
    title="Glucose alarms",
    question="How many falls below 70 and rises above 180 mg/dL does it foresee, how early, at what price?",
    formula=(
        "an onset (first of 3 readings in a row beyond the limit) is foreseen when an alarm rings within the "
        "horizon before it; lead = onset - first ring; after a ring there is silence for the horizon; "
        "a ring is "
        "false when no onset follows within the horizon; threshold: most onsets foreseen on validation "
        "with at "
        "most 1 false alarm a day"
    ),
    citation=(
        "T. Danne et al.: International consensus on use of continuous glucose monitoring, Diabetes Care "
        "2017;40:1631-1640; T. Battelino et al., Diabetes Care 2019;42:1593-1603"
    ),
    needs=(Need.PREDICTIONS, Need.TIME),
    problems=(ProblemKind.FORECAST,),
    datasets=("health.glucose",),
    run="testamur_health.glucose.alarms:run",
    golden="testamur_health.glucose.golden:alarm_cases",
)
ERRORS = CheckSpec(
    key="health.glucose.errors",
    section=Section.PERFORMANCE,
    title="Glucose error",
    question="How many mg/dL is the forecast off, and how much less than saying that nothing changes?",
    formula=(
        "mean |median forecast - reading|; persistence: the last reading; trend: its last 15 minutes go on"
    ),
    citation=(
        "S. Oviedo et al.: A review of personalized blood glucose prediction strategies for T1DM patients, "
        "Int J Numer Method Biomed Eng 2017;33:e2833"
    ),
    needs=(Need.PREDICTIONS, Need.TIME),
    problems=(ProblemKind.FORECAST,),
    datasets=("health.glucose",),
    run="testamur_health.glucose.errors:run",
    golden="testamur_health.glucose.golden:error_cases",
)
