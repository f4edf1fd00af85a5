"""SYNTHETIC exports in the form of Apple's Health app, for tests, benchmarks and the example.

The form (root ``HealthData``, an internal document type, ``Record`` elements with ``type``, ``sourceName``,
``unit``, ``startDate``, ``endDate``, ``value``, grouped by type) is that of ``export.xml`` as the app writes
it; a real export is a person's and is never shipped. Records are written as they are made: any size can
be made in constant memory.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from testamur_health.synthetic.person import Day

WATCH, PHONE = "Synthetic Watch", "Synthetic iPhone"
DEVICE = "&lt;&lt;HKDevice: 0x281234567&gt;, name:Synthetic Watch, model:Watch, software:0.0&gt;"
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 13; SYNTHETIC, made by testamur_health -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Workout)*)>
<!ATTLIST HealthData locale CDATA #REQUIRED>
<!ELEMENT ExportDate EMPTY>
<!ATTLIST ExportDate value CDATA #REQUIRED>
<!ELEMENT Me EMPTY>
<!ELEMENT Record (MetadataEntry*)>
<!ATTLIST Record type CDATA #REQUIRED sourceName CDATA #REQUIRED sourceVersion CDATA #IMPLIED
  device CDATA #IMPLIED unit CDATA #IMPLIED creationDate CDATA #IMPLIED startDate CDATA #REQUIRED
  endDate CDATA #REQUIRED value CDATA #IMPLIED>
<!ELEMENT MetadataEntry EMPTY>
<!ATTLIST MetadataEntry key CDATA #REQUIRED value CDATA #REQUIRED>
]>
<HealthData locale="en_GB">
 <ExportDate value="2026-01-01 12:00:00 +0100"/>
"""
TAIL = "</HealthData>\n"
MOTION = '>\n  <MetadataEntry key="HKMetadataKeyHeartRateMotionContext" value="0"/>\n </Record>'
QUANTITY = "HKQuantityTypeIdentifier"
SLEEP = "HKCategoryTypeIdentifierSleepAnalysis"
STAGE_CYCLE = (("AsleepCore", 25), ("AsleepDeep", 20), ("AsleepCore", 25), ("AsleepREM", 18), ("Awake", 3))


def export_text(
    days: list[Day], *, every_s: int = 300, seed: int = 0, offset: str = "+0100"
) -> Iterator[str]:
    """The pieces of an ``export.xml``; joined they are the whole.

    Args:
        days: The days of a made person, see `person.make_days`.
        every_s: Seconds between readings of heart rate.
        seed: Of every draw.
        offset: Of all moments, as ``+0100``.
    """
    r = np.random.default_rng(seed)
    yield HEAD
    for day in days:
        if day.worn:
            yield _heart_rate(day, every_s, r, offset)
    for make in (_steps, _sleep, _others):
        for day in days:
            yield make(day, r, offset)
    yield TAIL


def write_export(path: Path, days: list[Day], *, every_s: int = 300, seed: int = 0) -> None:
    """Write ``export.zip`` (or ``export.xml``, by the ending); the same arguments give the same bytes."""
    if path.suffix != ".zip":
        with path.open("w", encoding="utf-8") as file:
            file.writelines(export_text(days, every_s=every_s, seed=seed))
        return
    member = zipfile.ZipInfo("apple_health_export/export.xml", date_time=(2026, 1, 1, 0, 0, 0))
    member.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as archive, archive.open(member, "w") as stream:
        for piece in export_text(days, every_s=every_s, seed=seed):
            stream.write(piece.encode())


def record(kind: str, source: str, unit: str, start: datetime, end: datetime, value: str, offset: str) -> str:
    """One ``Record`` element, as the app writes it."""
    about = f' unit="{unit}"' if unit else ""
    device = f' device="{DEVICE}"' if source == WATCH else ""
    return (
        f' <Record type="{kind}" sourceName={quoteattr(source)} sourceVersion="0.0"{device}{about} '
        f'creationDate="{end} {offset}" startDate="{start} {offset}" endDate="{end} {offset}" '
        f'value="{value}"/>\n'
    )


def _midnight(day: Day) -> datetime:
    return datetime.combine(day.day, datetime.min.time())


def _heart_rate(day: Day, every_s: int, r: np.random.Generator, offset: str) -> str:
    start = _midnight(day)
    seconds = np.arange(0, 86400, every_s) + r.integers(0, max(every_s // 2, 1), 86400 // every_s)
    hours = seconds / 3600
    awake = np.clip(np.sin((hours - 7) / 24 * 2 * np.pi), 0, None)
    rate = day.resting + 2 + 22 * awake * r.uniform(0.4, 1.6, hours.size) + r.normal(0, 3, hours.size)
    moments = [start + timedelta(seconds=int(s)) for s in seconds]
    kind = f"{QUANTITY}HeartRate"
    return "".join(
        record(kind, WATCH, "count/min", at, at, f"{max(value, 35):.0f}", offset).replace("/>", MOTION, 1)
        for at, value in zip(moments, rate, strict=True)
    )


def _steps(day: Day, r: np.random.Generator, offset: str) -> str:
    """The watch counts all; the phone counts about half of it again, in stretches that overlap."""
    share = r.dirichlet(np.full(14, 1.5))
    kind, lines = f"{QUANTITY}StepCount", []
    for hour, part in enumerate(share, start=8):
        start = _midnight(day) + timedelta(hours=hour, minutes=int(r.integers(0, 20)))
        end = start + timedelta(minutes=int(r.integers(15, 35)))
        n_steps = round(day.steps * part)
        if day.worn:
            lines.append(record(kind, WATCH, "count", start, end, str(n_steps), offset))
        if not day.worn or r.uniform() < 0.5:
            shift = timedelta(minutes=int(r.integers(-3, 4)))
            lines.append(
                record(kind, PHONE, "count", start + shift, end + shift, str(round(0.9 * n_steps)), offset)
            )
    return "".join(lines)


def _sleep(day: Day, r: np.random.Generator, offset: str) -> str:
    if not day.worn:
        return ""
    begin = _midnight(day) - timedelta(hours=6) + timedelta(minutes=day.asleep_at)
    lines = [
        record(SLEEP, PHONE, "", begin - timedelta(minutes=12), begin + timedelta(minutes=day.asleep + 8),
               "HKCategoryValueSleepAnalysisInBed", offset)
    ]  # fmt: skip
    at, stop, place = begin, begin + timedelta(minutes=day.asleep), 0
    while at < stop:
        stage, minutes = STAGE_CYCLE[place % len(STAGE_CYCLE)]
        end = min(at + timedelta(minutes=int(minutes * r.uniform(0.7, 1.3))), stop)
        lines.append(record(SLEEP, WATCH, "", at, end, f"HKCategoryValueSleepAnalysis{stage}", offset))
        at, place = end, place + 1
    return "".join(lines)


def _others(day: Day, r: np.random.Generator, offset: str) -> str:
    """Resting heart rate, variability, oxygen and, once in a while, weight."""
    noon = _midnight(day) + timedelta(hours=12)
    lines = []
    if day.worn:
        values = (
            ("RestingHeartRate", "count/min", f"{day.resting:.0f}"),
            ("HeartRateVariabilitySDNN", "ms", f"{day.hrv:.3f}"),
            ("OxygenSaturation", "%", f"{min(r.normal(0.967, 0.008), 1):.2f}"),
            ("AppleExerciseTime", "min", str(int(day.steps / 300))),
        )
        lines += [
            record(QUANTITY + kind, WATCH, unit, noon, noon, value, offset) for kind, unit, value in values
        ]
    if day.day.day % 3 == 0:
        lines.append(record(f"{QUANTITY}BodyMass", PHONE, "kg", noon, noon, f"{day.weight:.1f}", offset))
    return "".join(lines)
