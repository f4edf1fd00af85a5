"""What the core's policy asks of forecasts and of windows."""

from __future__ import annotations

from testamur.contracts.policy import Direction, Limit, Severity

FORECAST_LIMITS = (
    Limit(
        id="windows_not_seen_before",
        check="core.leakage.windows",
        measure="seen_window_share",
        direction=Direction.AT_MOST,
        value=0.0,
        severity=Severity.MUST,
        title="Steps seen before",
        question="Is the model tested on steps that training has not seen?",
        rationale="A window that overlaps what was learnt from, or a future already known, rewards memory.",
        reference="Kapoor and Narayanan 2023, Patterns 4:100804",
    ),
    Limit(
        id="forecasts_beat_naive",
        check="core.forecast.accuracy",
        measure="mase_gain_over_naive",
        direction=Direction.ABOVE,
        value=0.0,
        severity=Severity.MUST,
        title="Better than repeating the last cycle",
        question="Are the forecasts closer than the last cycle repeated?",
        rationale="A forecast not shown to beat the last day, week or year repeated has no use of its own.",
        reference="Hyndman and Koehler 2006, Int J Forecasting 22:679",
    ),
    Limit(
        id="forecasts_keep_up_with_boosting",
        check="core.forecast.accuracy",
        measure="mase_gain_over_boosting",
        direction=Direction.AT_LEAST,
        value=-0.03,
        severity=Severity.SHOULD,
        title="Not worse than a classical model",
        question="Are the forecasts about as close as gradient boosting on lags of the same series?",
        rationale="A network that loses more than 0.03 of MASE to it asks for a reason to prefer it.",
        reference="Makridakis, Spiliotis and Assimakopoulos 2022, Int J Forecasting 38:1346",
    ),
    Limit(
        id="intervals_not_too_narrow",
        check="core.forecast.coverage",
        measure="coverage_gap",
        direction=Direction.AT_LEAST,
        value=-0.05,
        severity=Severity.SHOULD,
        title="Intervals not too narrow",
        question="Does what comes fall into the widest stated interval about as often as it says?",
        rationale="Stock, staff and alarms are planned by these intervals; five points less is felt.",
        reference="Gneiting, Balabdaoui and Raftery 2007, JRSS B 69:243",
    ),
    Limit(
        id="intervals_not_too_wide",
        check="core.forecast.coverage",
        measure="coverage_gap",
        direction=Direction.AT_MOST,
        value=0.1,
        severity=Severity.SHOULD,
        title="Intervals not too wide",
        question="Are the intervals no wider than they need to be?",
        rationale="Intervals that hold far more than they state cost what the forecast was to save.",
        reference="Gneiting, Balabdaoui and Raftery 2007, JRSS B 69:243",
    ),
)
