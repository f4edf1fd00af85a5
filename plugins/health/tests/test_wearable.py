"""The reader of exports: what it accepts, what it refuses, and how it counts. All exports are synthetic."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.contracts.dataset import ReadOptions
from testamur.contracts.errors import DataError
from testamur_health.monitoring.read import read_person
from testamur_health.synthetic.export import export_text, write_export
from testamur_health.synthetic.person import make_days
from testamur_health.wearable.cover import uncovered_share
from testamur_health.wearable.fast_lane import RECORD
from testamur_health.wearable.log import Readings
from testamur_health.wearable.moments import Clock
from testamur_health.wearable.read import read_daily

QUANTITY = "HKQuantityTypeIdentifier"


def line(kind: str, value: object, unit: str, start: str, end: str = "", source: str = "Watch") -> str:
    return (
        f'<Record type="{QUANTITY}{kind}" sourceName="{source}" unit="{unit}" startDate="{start}" '
        f'endDate="{end or start}" value="{value}"/>\n'
    )


def heart(value: object, at: str = "2024-03-01 08:00:00 +0100") -> str:
    return line("HeartRate", value, "count/min", at)


def document(*records: str, dtd: str = "", root: str = "HealthData") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{dtd}<{root} locale="en">\n{"".join(records)}</{root}>\n'


def read(tmp_path: Path, text: str | bytes, name: str = "export.xml", zone: str | None = None):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_daily(path, ReadOptions(zone=zone))


def refusal(tmp_path: Path, text: str | bytes, name: str = "export.xml", zone: str | None = None) -> str:
    with pytest.raises(DataError) as caught:
        read(tmp_path, text, name, zone)
    return str(caught.value)


def zipped(text: str, name: str = "apple_health_export/export.xml") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return stream.getvalue()


def test_a_synthetic_export_comes_back_as_the_days_it_was_made_of(tmp_path):
    days = make_days(date(2025, 3, 1), 40, seed=5)
    write_export(tmp_path / "export.zip", days, every_s=900)
    frame, notes = read_daily(tmp_path / "export.zip", ReadOptions())
    assert frame["day"].to_list() == [day.day for day in days]
    for day, row in zip(days, frame.iter_rows(named=True), strict=True):
        assert (row["resting_hr"] is not None) == day.worn
        if day.worn:
            assert row["resting_hr"] == round(day.resting)
            assert row["hrv_ms"] == pytest.approx(day.hrv, abs=1e-3)
            assert row["sleep_h"] + row["awake_h"] == pytest.approx(day.asleep / 60, abs=0.02)
            # the phone saw part of the same steps again; its few minutes beside the watch's add some
            assert 0.97 * day.steps <= row["steps"] <= 1.15 * day.steps
    assert "count once" in " ".join(notes)


def test_zip_and_xml_give_the_same(tmp_path):
    days = make_days(date(2025, 3, 1), 6, seed=5)
    write_export(tmp_path / "export.zip", days, every_s=900)
    write_export(tmp_path / "export.xml", days, every_s=900)
    assert read_daily(tmp_path / "export.zip", ReadOptions())[0].equals(
        read_daily(tmp_path / "export.xml", ReadOptions())[0]
    )


def test_the_fast_lane_and_the_parser_agree(tmp_path):
    text = "".join(export_text(make_days(date(2025, 3, 1), 6, seed=2), every_s=1800))
    # a comment in each tag's place keeps the expression from matching, so that expat reads everything
    slow = text.replace("<Record type=", "<Record  type=")
    assert not RECORD.search(slow.encode())
    assert RECORD.search(text.encode())
    assert read(tmp_path, text)[0].equals(read(tmp_path, slow)[0])


@pytest.mark.parametrize(
    "dtd",
    [
        '<!DOCTYPE HealthData [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;&a;&a;&a;&a;">]>\n',
        '<!DOCTYPE HealthData [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>\n',
        '<!DOCTYPE HealthData [<!entity x SYSTEM "http://example.org/x">]>\n',
        '<!DOCTYPE HealthData SYSTEM "http://example.org/health.dtd">\n',
        '<!DOCTYPE HealthData PUBLIC "-//X//Y" "health.dtd" [<!ELEMENT Record EMPTY>]>\n',
    ],
)
def test_entities_and_references_outside_are_refused(tmp_path, dtd):
    told = refusal(tmp_path, document(heart(60), dtd=dtd))
    assert "without entities and external references is required" in told


def test_an_entity_bomb_in_another_encoding_is_refused_by_the_parser(tmp_path):
    bomb = document(heart(60), dtd='<!DOCTYPE HealthData [<!ENTITY a "b">]>\n').replace("UTF-8", "UTF-16")
    assert "without entities is required" in refusal(tmp_path, bomb.encode("utf-16"))


def test_an_undeclared_entity_is_no_well_formed_document(tmp_path):
    assert "undefined entity" in refusal(tmp_path, document(heart(60), "<X>&lol;</X>"))


def test_the_document_type_of_a_real_export_is_no_obstacle_even_where_it_is_faulty(tmp_path):
    dtd = (
        "<!DOCTYPE HealthData [\n<!-- HealthKit Export Version: 13, a SYSTEM of records -->\n"
        "<!ELEMENT HealthData (ExportDate,Record*)>\n<!ATTLIST Record type CDATA #REQUIRED\n"
        "startDate CDATA #REQUIRED\n<!ELEMENT Broken EMPTY>\n]>\n"
    )
    assert read(tmp_path, document(heart(60), dtd=dtd))[0]["max_hr"].to_list() == [60]


def test_truncated_archives_and_documents_are_told(tmp_path):
    whole = zipped(
        document(*[heart(60 + i % 30, f"2024-03-01 08:{i % 60:02d}:00 +0100") for i in range(500)])
    )
    assert "a whole zip archive is required" in refusal(tmp_path, whole[:-30], "export.zip")
    damaged = whole[:200] + bytes(20) + whole[220:]
    assert "zip archive" in refusal(tmp_path, damaged, "export.zip")
    assert "it ends too early" in refusal(tmp_path, document(heart(60))[:-20])
    assert "it ends too early" in refusal(tmp_path, b"")


def test_zip_bombs_passwords_and_other_archives_are_refused(tmp_path):
    bomb = zipped("<HealthData>" + " " * 30_000_000 + "</HealthData>")
    assert "unpacks to at most 200 times" in refusal(tmp_path, bomb, "export.zip")
    assert "there is none in it" in refusal(tmp_path, zipped("hello", "photos/readme.txt"), "export.zip")
    locked = bytearray(zipped(document(heart(60))))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        place = locked.find(mark)
        locked[place + (6 if mark[2] == 3 else 8)] |= 1
    assert "encrypted" in refusal(tmp_path, bytes(locked), "export.zip")


def test_another_document_is_refused(tmp_path):
    assert "the root HealthData is required" in refusal(tmp_path, document(root="html"))


def test_a_tag_without_end_does_not_fill_the_memory(tmp_path):
    text = document().replace("</HealthData>", '<Record type="' + "x" * (20 << 20))
    assert "tags of at most" in refusal(tmp_path, text)


def test_negative_and_impossible_heart_rates_are_left_out_and_counted(tmp_path):
    frame, notes = read(
        tmp_path, document(heart(60), heart(-5), heart(-7), heart(400), heart("abc"), heart("nan"))
    )
    assert frame["max_hr"].to_list() == [60]
    told = "\n".join(notes)
    assert "heart rate: 2 records left out, below zero (the first is record 2)" in told
    assert "heart rate: 1 record left out, outside 20 to 250" in told
    assert "cannot be read" in told
    assert "not a number" in told
    assert "-5" not in told


def test_exact_repetitions_count_once_and_are_told(tmp_path):
    steps = [
        line("StepCount", 100, "count", f"2024-03-01 0{h}:00:00 +0100", f"2024-03-01 0{h}:10:00 +0100")
        for h in (7, 8)
    ]
    frame, notes = read(tmp_path, document(*steps, *steps, *steps))
    assert frame["steps"].to_list() == [200]
    assert "steps: 4 records left out, an exact repetition of another" in notes


def test_overlapping_devices_count_each_moment_once_and_the_watch_first(tmp_path):
    watch = line(
        "StepCount", 100, "count", "2024-03-01 08:00:00 +0100", "2024-03-01 08:10:00 +0100", "My Watch"
    )
    phone = line(
        "StepCount", 300, "count", "2024-03-01 08:05:00 +0100", "2024-03-01 08:15:00 +0100", "A Phone"
    )
    frame, notes = read(tmp_path, document(phone, watch))
    assert frame["steps"].to_list() == [250]  # all of the watch, half of the phone
    assert any("37.5 %" in note for note in notes)


def test_units_change_from_record_to_record(tmp_path):
    at = "2024-03-0{} 08:00:00 +0100"
    frame, notes = read(
        tmp_path,
        document(
            line("BodyMass", 70, "kg", at.format(1)),
            line("BodyMass", 154.324, "lb", at.format(2)),
            line("BodyMass", 11.023, "st", at.format(3)),
            line("BloodGlucose", 99.086, "mg/dL", at.format(1)),
            line("BloodGlucose", 5.5, "mmol&lt;180.1558800000541&gt;/L", at.format(2)),
            line("BloodGlucose", 5.5, "mmol/L", at.format(3)),
            line("BloodGlucose", 5.5, "teaspoons", at.format(3)),
        ),
    )
    assert frame["weight_kg"].to_numpy() == pytest.approx([70, 70, 70], abs=0.01)
    assert frame["glucose_mg_dl"].to_numpy() == pytest.approx([99.086] * 3, abs=0.01)
    assert any("glucose: 1 record left out, of a unit or stage that is not known" in note for note in notes)


def test_oxygen_is_a_share_or_a_percentage(tmp_path):
    values = [line("OxygenSaturation", v, "%", "2024-03-01 08:00:00 +0100") for v in (0.97, 97)]
    assert read(tmp_path, document(*values))[0]["spo2"].to_numpy() == pytest.approx([97])


def test_moments_without_a_zone_are_refused_unless_one_is_stated(tmp_path):
    text = document(heart(60, "2024-07-01 23:30:00"))
    told = refusal(tmp_path, text)
    assert "without a time zone" in told
    assert "zone = 'Europe/Berlin'" in told
    frame, _ = read(tmp_path, text, zone="Europe/Berlin")
    assert frame["day"].to_list() == [date(2024, 7, 1)]
    assert "the name of a time zone is required" in refusal(tmp_path, text, zone="Mars/Olympus")


def test_the_hour_that_comes_twice_and_the_one_that_does_not_come_are_told(tmp_path):
    rows = "time,heart_rate\n2024-10-27 02:30:00,60\n2024-03-31 02:30:00,61\n2024-03-31 12:00:00,61\n"
    _, notes = read(tmp_path, rows, "hr.csv", zone="Europe/Berlin")
    told = "\n".join(notes)
    assert "1 moments lie in the hour that the clock runs through twice" in told
    assert "1 moments lie in the hour that the clock leaves out" in told


def test_the_day_is_the_one_of_the_local_clock(tmp_path):
    frame, _ = read(
        tmp_path, document(heart(60, "2024-03-01 23:59:00 -0800"), heart(61, "2024-03-02 00:01:00 +0900"))
    )
    assert frame["day"].to_list() == [date(2024, 3, 1), date(2024, 3, 2)]


def test_sleep_counts_one_source_a_night_and_belongs_to_the_morning(tmp_path):
    def stage(name: str, start: str, end: str, source: str) -> str:
        return (
            f'<Record type="HKCategoryTypeIdentifierSleepAnalysis" sourceName="{source}" '
            f'startDate="{start} +0100" endDate="{end} +0100" value="HKCategoryValueSleepAnalysis{name}"/>\n'
        )

    frame, _ = read(
        tmp_path,
        document(
            stage("InBed", "2024-03-01 22:00:00", "2024-03-02 07:00:00", "Phone"),
            stage("Asleep", "2024-03-01 22:00:00", "2024-03-02 07:00:00", "Phone"),
            stage("AsleepCore", "2024-03-01 23:00:00", "2024-03-02 03:00:00", "Watch"),
            stage("AsleepDeep", "2024-03-02 02:00:00", "2024-03-02 04:00:00", "Watch"),
            stage("Awake", "2024-03-02 04:00:00", "2024-03-02 04:30:00", "Watch"),
            stage("AsleepREM", "2024-03-02 04:30:00", "2024-03-02 06:00:00", "Watch"),
        ),
    )
    night = frame.row(0, named=True)
    assert night["day"] == date(2024, 3, 2)
    told = {name: night[name] for name in ("core_h", "deep_h", "rem_h", "awake_h", "sleep_h", "in_bed_h")}
    assert told == {"core_h": 3, "deep_h": 2, "rem_h": 1.5, "awake_h": 0.5, "sleep_h": 6.5, "in_bed_h": 0}


def test_days_without_records_are_rows_without_values(tmp_path):
    frame, _ = read(
        tmp_path, document(heart(60, "2024-03-01 08:00:00 +0100"), heart(62, "2024-03-05 08:00:00 +0100"))
    )
    assert frame["max_hr"].to_list() == [60, None, None, None, 62]


def test_heart_rate_by_the_hour_gives_no_resting_rate_and_that_is_told(tmp_path):
    rows = "".join(f"2024-03-{d:02d}T{h:02d}:00:00Z,{60 + h}\n" for d in (1, 2, 3) for h in range(24))
    path = tmp_path / "hr.csv"
    path.write_text(f"time,heart_rate\n{rows}")
    with pytest.raises(DataError, match="36 stretches of 5 minutes a day and more, however: none of 3 days"):
        read_person(path, ReadOptions())


def test_days_without_exercise_count_as_none_where_the_device_was_worn(tmp_path):
    """An export has no record of exercise that was not done: without them a weekly mean is too high."""
    records = [heart(60, f"2024-03-{day:02d} 08:00:00 +0100") for day in (1, 2, 3, 5, 6)]
    records += [
        line(
            "AppleExerciseTime",
            30,
            "min",
            f"2024-03-{day:02d} 09:00:00 +0100",
            f"2024-03-{day:02d} 09:30:00 +0100",
        )
        for day in (2, 5)
    ]
    frame, notes = read(tmp_path, document(*records))
    assert frame["exercise_min"].to_list() == [None, 30, 0, None, 30, None]  # the 4th: not worn
    assert any(note.startswith("exercise: 1 days on which the device was worn") for note in notes)


def test_lines_without_end_do_not_fill_the_memory(tmp_path):
    for text in ("time," + "x" * (2 << 20), "time,heart_rate\n" + "1" * (2 << 20)):
        assert "lines of at most 1,048,576 characters" in refusal(tmp_path, text, "long.csv")


def test_plain_csv_of_several_people_and_files(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(
            "hr.csv", "Time;HR;Person\n2024-03-01T08:00:00Z;60;a\n2024-03-01T08:00:00+01:00;-1;b\n"
        )
        archive.writestr(
            "steps.csv", "start,end,steps,person\n2024-03-01 08:00+01:00,2024-03-01 09:00+01:00,900,b\n"
        )
        archive.writestr("sleep.csv", "start,end,stage,person\n2024-03-01 00:00Z,2024-03-01 07:00Z,deep,a\n")
        archive.writestr(
            "more.csv",
            "kind,time,value,unit,person\nweight,2024-03-01 07:00Z,150,lb,a\nmood,2024-03-01 07:00Z,3,,a\n",
        )
    frame, notes = read(tmp_path, stream.getvalue(), "mine.zip")
    rows = {row["person"]: row for row in frame.iter_rows(named=True)}
    assert rows["a"]["max_hr"] == 60
    assert rows["a"]["deep_h"] == 7
    assert rows["a"]["weight_kg"] == pytest.approx(68.04, abs=0.01)
    assert rows["b"]["steps"] == 900
    assert any(note.startswith("person 2: heart rate: 1 record left out, below zero") for note in notes)


def test_a_file_that_calls_everyone_another_person_is_refused(tmp_path):
    rows = "".join(f"2024-03-01 08:00Z,60,p{i}\n" for i in range(10_002))
    told = refusal(tmp_path, f"time,heart_rate,person\n{rows}", "many.csv")
    assert "at most 10,000 people" in told
    assert "p9999" not in told


def test_a_csv_without_moments_values_or_units_is_told_all_at_once(tmp_path):
    told = refusal(tmp_path, "day_of_life,weight\n1,70\n", "w.csv")
    assert "a column with moments is required" in told
    assert "weight needs its unit" in told


def test_without_recorded_resting_rates_they_are_made_and_that_is_told(tmp_path):
    rows = "".join(f"2024-03-01T{i // 12:02d}:{i % 12 * 5:02d}:00Z,{60 + i % 20}\n" for i in range(200))
    frame, notes = read(tmp_path, f"time,heart_rate\n{rows}", "hr.csv")
    assert frame["resting_hr"].item() == pytest.approx(np.quantile([60 + i % 20 for i in range(200)], 0.05))
    assert any("lowest twentieth" in note for note in notes)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20), st.integers(0, 2)), min_size=1, max_size=14)
)
def test_each_second_counts_once_as_counting_by_hand_says(records):
    records = sorted(records)
    start, length, source = (np.array(column, dtype=np.int64) for column in zip(*records, strict=True))
    readings = Readings(start, start + length, np.ones(start.size), source, start * 0, start)
    share = uncovered_share(readings, [2, 0, 1])
    covered: set[int] = set()
    for which in (2, 0, 1):
        for i in np.flatnonzero(source == which):
            mine = set(range(start[i], start[i] + length[i]))
            assert share[i] == pytest.approx(len(mine - covered) / length[i])
            covered |= mine


@given(st.datetimes(datetime(1995, 1, 1), datetime(2090, 1, 1)), st.integers(-840, 840))
def test_moments_are_read_as_the_standard_library_reads_them(moment, minutes):
    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    seconds, offset = Clock().apple(aware.strftime("%Y-%m-%d %H:%M:%S %z"))
    assert seconds == int(aware.timestamp())
    assert offset == minutes * 60
    assert Clock().read(aware.isoformat())[0] == seconds
