"""Daily figures of a person, and tomorrow's resting heart rate forecast from them."""

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

CHANNELS = ("resting_hr", "hrv_ms", "steps", "exercise_min", "sleep_h", "spo2")
_LABELS = {
    "mean_hr": ("mean heart rate", "per minute"),
    "max_hr": ("highest heart rate", "per minute"),
    "hr_hours": ("time with heart rate", "hours"),
    "hrv_ms": ("heart rate variability (SDNN)", "ms"),
    "spo2": ("blood oxygen", "%"),
    "steps": ("steps", "a day"),
    "exercise_min": ("exercise", "minutes a day"),
    "sleep_h": ("sleep", "hours"),
    "in_bed_h": ("in bed", "hours"),
    "awake_h": ("awake in bed", "hours"),
    "core_h": ("core sleep", "hours"),
    "deep_h": ("deep sleep", "hours"),
    "rem_h": ("REM sleep", "hours"),
    "asleep_h": ("sleep without stages", "hours"),
    "weight_kg": ("weight", "kg"),
    "glucose_mg_dl": ("glucose", "mg/dL"),
}


def _columns() -> tuple[ColumnSpec, ...]:
    target = ColumnSpec(
        name="resting_hr",
        role=Role.TARGET,
        kind=ColumnKind.NUMERIC,
        label="resting heart rate",
        unit="per minute",
    )
    others = [
        ColumnSpec(
            name=name,
            role=Role.FEATURE if name in CHANNELS else Role.IGNORED,
            kind=ColumnKind.NUMERIC,
            label=label,
            unit=unit,
        )
        for name, (label, unit) in _LABELS.items()
    ]
    return (
        ColumnSpec(name="person", role=Role.IGNORED, label="person"),
        ColumnSpec(name="day", role=Role.TIME, kind=ColumnKind.DATETIME, label="day"),
        target,
        *others,
    )


MONITORING = DatasetSpec(
    key="health.monitoring",
    title="Daily figures of a wearable",
    summary=(
        "One row per person and day from an export of Apple's Health app or plain CSV. What is shipped is a "
        "SYNTHETIC export of 420 days of a person who does not exist; bring your own with use and path."
    ),
    problem=Problem(
        kind=ProblemKind.FORECAST,
        target="resting_hr",
        event="resting heart rate of the next week",
        horizon=7,
        season=7,
        quantiles=(0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975),
        step="day",
    ),
    columns=_columns(),
    source=Source(
        title="SYNTHETIC export in the form of Apple's Health app",
        citation="made by testamur_health.synthetic.sample from a seed; nobody's data",
        licence="Apache-2.0",
        attribution="Testamur developers",
        sha256="5583cd36eb0b19cc2308292e419124a238398b0c1f52adc6fa9a2b13c007a48d",
    ),
    resource="testamur_health:data/synthetic_export.zip",
    reader="testamur_health.monitoring.read:read_person",
    windows=WindowRule(length=28, stride=1, test_stride=1, channels=CHANNELS, within="person"),
    split=SplitRule(kind=SplitKind.ROLLING, validation=0.2, test=0.25),
    carried=("person",),
    subjects="days",
    caveats=(
        "What is shipped is SYNTHETIC: it shows that reading, score and alerts work as described, and "
        "nothing about "
        "people.",
        "An export holds one person, so no protected attribute is known and none can be examined.",
        "A watch measures with error, and days on which it was not worn are missing: often those that "
        "differ.",
        "Sleep stages of a watch agree with a sleep laboratory in about three of four half-minutes at best.",
    ),
    fit_for="Looking at one's own figures over months, and noticing days that are unlike the others.",
    not_fit_for=(
        "Diagnosis; ruling out an illness; judging other people, by an employer or an insurer above all."
    ),
    policy="health.monitoring",
)
