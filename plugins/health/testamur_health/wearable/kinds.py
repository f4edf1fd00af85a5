"""The kinds of records that are read, with their units, the values that can be, and Apple's names."""

from __future__ import annotations

from dataclasses import dataclass, field

MG_DL_PER_MMOL_L = 18.0156  # glucose, molar mass 180.156 g/mol
KG_PER_LB = 0.45359237  # exact, international pound
KG_PER_STONE = 6.35029318  # 14 lb


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record.

    Attributes:
        name: As the plugin calls it; a CSV file may call it so.
        label: As printed.
        units: Factor to the kind's own unit by unit as written, compared without case.
        low: Smallest value that can be, in the kind's own unit.
        high: Largest value that can be.
        spans: A record lasts from its start to its end; else it is a reading at its start.
    """

    name: str
    label: str
    units: dict[str, float] = field(default_factory=dict)
    low: float = 0.0
    high: float = 1e9
    spans: bool = False


BEATS = {"count/min": 1.0, "bpm": 1.0, "/min": 1.0}
HEART_RATE = Kind("heart_rate", "heart rate", BEATS, low=20, high=250)
RESTING_HR = Kind("resting_hr", "resting heart rate", BEATS, low=20, high=150)
HRV = Kind("hrv", "heart rate variability", {"ms": 1.0, "s": 1000.0}, low=1, high=500)
SPO2 = Kind("spo2", "blood oxygen", {"%": 1.0}, low=50, high=100)
STEPS = Kind("steps", "steps", {"count": 1.0, "steps": 1.0}, low=0, high=100_000, spans=True)
EXERCISE = Kind(
    "exercise", "exercise", {"min": 1.0, "s": 1 / 60, "h": 60.0, "hr": 60.0}, high=1440, spans=True
)
SLEEP = Kind("sleep", "sleep", {"": 1.0}, low=0, high=5, spans=True)
WEIGHT = Kind(
    "weight",
    "weight",
    {"kg": 1.0, "lb": KG_PER_LB, "lbs": KG_PER_LB, "g": 0.001, "st": KG_PER_STONE},
    low=20,
    high=400,
)
GLUCOSE = Kind(
    "glucose",
    "glucose",
    {"mg/dl": 1.0, "mmol/l": MG_DL_PER_MMOL_L, "mmol<180.1558800000541>/l": MG_DL_PER_MMOL_L},
    low=10,
    high=1000,
)
KINDS = (HEART_RATE, RESTING_HR, HRV, SPO2, STEPS, EXERCISE, SLEEP, WEIGHT, GLUCOSE)
BY_NAME = {kind.name: kind for kind in KINDS}
# Where a CSV states no unit: these have one that everyone means. Weight and glucose have not.
USUAL_UNIT = {
    "heart_rate": "count/min", "resting_hr": "count/min", "hrv": "ms", "spo2": "%", "steps": "count",
    "exercise": "min", "sleep": "",
}  # fmt: skip

IN_BED, ASLEEP, AWAKE, CORE, DEEP, REM = range(6)
STAGES = ("in_bed", "asleep", "awake", "core", "deep", "rem")

_QUANTITY = "HKQuantityTypeIdentifier"
APPLE = {
    f"{_QUANTITY}HeartRate": HEART_RATE,
    f"{_QUANTITY}RestingHeartRate": RESTING_HR,
    f"{_QUANTITY}HeartRateVariabilitySDNN": HRV,
    f"{_QUANTITY}OxygenSaturation": SPO2,
    f"{_QUANTITY}StepCount": STEPS,
    f"{_QUANTITY}AppleExerciseTime": EXERCISE,
    f"{_QUANTITY}BodyMass": WEIGHT,
    f"{_QUANTITY}BloodGlucose": GLUCOSE,
    "HKCategoryTypeIdentifierSleepAnalysis": SLEEP,
}
_SLEEP = "HKCategoryValueSleepAnalysis"
APPLE_STAGES = {
    f"{_SLEEP}InBed": IN_BED,
    f"{_SLEEP}Asleep": ASLEEP,
    f"{_SLEEP}AsleepUnspecified": ASLEEP,
    f"{_SLEEP}Awake": AWAKE,
    f"{_SLEEP}AsleepCore": CORE,
    f"{_SLEEP}AsleepDeep": DEEP,
    f"{_SLEEP}AsleepREM": REM,
}
