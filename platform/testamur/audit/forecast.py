"""Forecasts: how far off, how honest their intervals are, for whom, and whether the future leaked."""

from __future__ import annotations

from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section

FORECASTS = (ProblemKind.FORECAST,)
WINDOWED = (ProblemKind.FORECAST, ProblemKind.BINARY, ProblemKind.MULTICLASS)
_GOLDEN = "testamur.audit.golden_forecast"

DATA = CheckSpec(
    key="core.data.series",
    section=Section.DATA,
    title="Series and gaps",
    question="How many series are there, how long are they, and how much of them is unknown?",
    formula="steps whose value is unknown / steps; share of known values that are 0; median length",
    citation="Hyndman and Athanasopoulos 2021, Forecasting: Principles and Practice, ch. 13",
    needs=(Need.DATA,),
    problems=FORECASTS,
    run="testamur.audit.forecast_data:run",
    golden=f"{_GOLDEN}:data_cases",
)
LEAKAGE = CheckSpec(
    key="core.leakage.windows",
    section=Section.DATA,
    title="Steps seen before",
    question="Has training already seen the steps that the model is tested on?",
    formula=(
        "forecasts: test windows whose future begins before the last training target ends / test windows; "
        "classes: test windows that share a step with a training window / test windows"
    ),
    citation="Kapoor and Narayanan 2023, Patterns 4:100804; Tashman 2000, Int J Forecasting 16:437",
    needs=(Need.DATA,),
    problems=WINDOWED,
    run="testamur.audit.forecast_data:run_leakage",
    golden=f"{_GOLDEN}:leakage_cases",
)
CHANNELS = CheckSpec(
    key="core.leakage.channels",
    section=Section.DATA,
    title="Channels that show the future",
    question="Does a channel already hold the value that is to be forecast?",
    formula=(
        "largest |partial correlation| over steps ahead of a channel at the origin (or, known ahead, at that "
        "step) with the value ahead, given the value at the origin and one cycle before; by series"
    ),
    citation="Kapoor and Narayanan 2023, Patterns 4:100804; Fisher 1924, Metron 3:329",
    needs=(Need.DATA,),
    problems=FORECASTS,
    run="testamur.audit.leakage_channels:run",
    golden=f"{_GOLDEN}:channel_cases",
)
ACCURACY = CheckSpec(
    key="core.forecast.accuracy",
    section=Section.PERFORMANCE,
    title="Size of the forecast errors",
    question="How far are the forecasts from what came, beside repeating the last cycle?",
    formula=(
        "MASE = mean |y - median| / mean training |y(t) - y(t-m)|; sMAPE = mean 2|y - f| / (|y| + |f|); "
        "WQL = sum of 2 pinball losses, averaged over levels / sum |y|; scaled CRPS = mean 2 pinball / "
        "MASE scale"
    ),
    citation=(
        "Hyndman and Koehler 2006, Int J Forecasting 22:679; Gneiting and Raftery 2007, JASA 102:359; "
        "resampling whole series, or blocks of origins: Carlstein 1986"
    ),
    problems=FORECASTS,
    run="testamur.audit.forecast_accuracy:run",
    golden=f"{_GOLDEN}:accuracy_cases",
)
COVERAGE = CheckSpec(
    key="core.forecast.coverage",
    section=Section.CALIBRATION,
    title="Honesty of the intervals",
    question="Does what comes fall into the stated intervals as often as they say?",
    formula="known steps with q(a) <= y <= q(1-a) / known steps, less 1 - 2a; steps with y <= q(a) likewise",
    citation="Gneiting, Balabdaoui and Raftery 2007, JRSS B 69:243",
    problems=FORECASTS,
    run="testamur.audit.forecast_coverage:run",
    golden=f"{_GOLDEN}:coverage_cases",
)
GROUPS = CheckSpec(
    key="core.fairness.forecast",
    section=Section.FAIRNESS,
    title="Forecasts per group",
    question="Are forecasts further off, off to one side, or less honest for some groups?",
    formula=(
        "MASE, mean (median - y) / MASE scale and coverage of the widest interval, per group, each series "
        "counting once; largest difference between two groups"
    ),
    citation="Student 1908; joint intervals after Sidak 1967, differences after Zou and Donner 2008",
    needs=(Need.PREDICTIONS, Need.PROTECTED),
    problems=FORECASTS,
    run="testamur.audit.forecast_groups:run",
    golden=f"{_GOLDEN}:group_cases",
)

CHECKS: tuple[CheckSpec, ...] = (DATA, LEAKAGE, CHANNELS, ACCURACY, COVERAGE, GROUPS)
