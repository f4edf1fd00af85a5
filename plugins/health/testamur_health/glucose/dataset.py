"""The monitor's readings of one person, and how a forecast is made of them."""

from __future__ import annotations

from testamur.contracts.dataset import (
    ColumnKind,
    ColumnSpec,
    DatasetSpec,
    Problem,
    ProblemKind,
    Role,
    Source,
    SplitKind,
    SplitRule,
    WindowRule,
)

HORIZON = 12  # steps of five minutes
QUANTILES = (0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98)

CGM = DatasetSpec(
    key="health.glucose",
    title="Glucose of one person, 2010",
    summary=(
        "ONE person's continuous glucose monitor, 24 March to 10 October 2010, a reading every five "
        "minutes; the "
        "next hour is forecast from the three hours before."
    ),
    problem=Problem(
        kind=ProblemKind.FORECAST,
        target="glucose",
        event="glucose in the next hour, mg/dL",
        horizon=HORIZON,
        season=1,  # the anchor is the last reading: persistence, which is hard to beat at 30 minutes
        quantiles=QUANTILES,
        step="5 minutes",
    ),
    raw=(
        ColumnSpec(name="datetime", kind=ColumnKind.DATETIME, label="moment of the reading"),
        ColumnSpec(name="glucose", kind=ColumnKind.NUMERIC, label="glucose", unit="mg/dL"),
        ColumnSpec(name="person", role=Role.IGNORED, label="person, where there are several"),
        ColumnSpec(name="unit", role=Role.IGNORED, label="mg/dL or mmol/L, where not all are mg/dL"),
    ),
    columns=(
        ColumnSpec(name="person", role=Role.IGNORED, label="person"),
        ColumnSpec(name="moment", role=Role.TIME, kind=ColumnKind.DATETIME, label="moment"),
        ColumnSpec(name="glucose", role=Role.TARGET, kind=ColumnKind.NUMERIC, label="glucose", unit="mg/dL"),
        ColumnSpec(name="day_sine", kind=ColumnKind.NUMERIC, label="place in the day (sine)"),
        ColumnSpec(name="day_cosine", kind=ColumnKind.NUMERIC, label="place in the day (cosine)"),
    ),
    source=Source(
        title="CGM, sample data of Bokeh",
        citation="bokeh_sampledata 2026.1, CGM.csv.gz; inventory licenses/datasets.json reviewed 2026-10-18",
        url="https://github.com/bokeh/bokeh/commit/e5680ea999de55f5dfd9b36c95e3ac22ee4adeaa",
        licence="Public domain (confirmed by the receiving maintainer)",
        attribution=(
            "Blood glucose measurements supplied directly to Bryan Van de Ven by a personal acquaintance."
        ),
        sha256="91fdad8325541a4487d88cb59b2fc9f6ed821c7c01eaabed0606bbb7089be8de",
    ),
    resource="testamur_health:data/cgm.csv.gz",
    prepare="testamur_health.glucose.prepare:prepare",
    windows=WindowRule(length=36, stride=3, test_stride=1, channels=("glucose",), within="person"),
    split=SplitRule(kind=SplitKind.ROLLING, validation=0.2, test=0.25),
    subjects="readings of one person",
    caveats=(
        "ONE person, one sensor, 201 days of 2010. Nothing here says how well a warning works for "
        "anyone else; "
        "no protected attribute is known, and none could be examined with one person.",
        "Meals, insulin and exercise are not recorded: a fall after insulin cannot be foreseen before "
        "it begins.",
        "9.8 % of the moments have no reading. What happened in a gap is not scored, and gaps are not "
        "at random.",
        "Moments are the device's local clock, without zone; it is read as it stands.",
        "The device states 40 to 400 mg/dL only; values at the ends are cut off. A sensor lags behind "
        "blood by "
        "5 to 15 minutes.",
    ),
    fit_for="Teaching, and trying a forecast and its alarms on a monitor's data of one's own.",
    not_fit_for=(
        "Dosing insulin; relying on an alarm; any other person than the one whose data it was fitted on."
    ),
    policy="health.glucose",
)
