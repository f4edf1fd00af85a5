"""Glucose, monitoring, activity and clinical risk: preparation, rules, pages, and the jobs that ship."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import testamur_health
from testamur.contracts.dataset import Role
from testamur.contracts.errors import DataError
from testamur.contracts.finding import Finding
from testamur.contracts.job import DatasetRequest
from testamur.data.load import load_source
from testamur.hooks.references import resolve
from testamur.jobs.jobfile import build_spec, read_job_file
from testamur.testing.reports import make_report
from testamur_health.activity.read import read_watch
from testamur_health.activity.recordings import confusion, vote
from testamur_health.clinical.benefit import benefit_in_words, useful_range
from testamur_health.clinical.cleveland import CLEVELAND
from testamur_health.clinical.tripod import ANSWERS
from testamur_health.clinical.tripod_items import items
from testamur_health.datasets import NHEFS
from testamur_health.glucose.alarms import run as run_alarms
from testamur_health.glucose.dataset import CGM
from testamur_health.glucose.episodes import HIGH, LOW, judge_alarms, onsets
from testamur_health.glucose.golden import alarm_cases
from testamur_health.glucose.prepare import prepare
from testamur_health.glucose.scores import probability_below
from testamur_health.insight.glucose import render as render_glucose
from testamur_health.insight.person import render as render_person
from testamur_health.monitoring.advice import find_advice
from testamur_health.monitoring.dataset import MONITORING
from testamur_health.monitoring.person import describe
from testamur_health.monitoring.score import activity_points, find_score, sleep_points
from testamur_health.monitoring.signals import find_signals
from testamur_health.plugin import register_datasets, register_policies
from testamur_health.reports import REPORTS
from testamur_health.synthetic.sample import planted_days, sample_days, write_sample

PACKAGE = Path(testamur_health.__file__).parent


@pytest.mark.parametrize("spec", [CLEVELAND, CGM, MONITORING, NHEFS], ids=lambda spec: spec.key)
def test_shipped_files_are_those_described(spec):
    path = PACKAGE / spec.resource.partition(":")[2]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert digest == spec.source.sha256
    about = path.with_name(path.name.partition(".")[0] + ".md").read_text(encoding="utf-8")
    assert digest in about


@pytest.mark.parametrize("path", sorted((PACKAGE / "examples").glob("*.toml")), ids=lambda path: path.stem)
def test_every_example_is_a_job_on_what_is_offered(path):
    spec = build_spec(read_job_file(path))
    assert spec.dataset.use in {d.key for d in register_datasets()}
    assert spec.audit.policy in {p.key for p in register_policies()}
    assert spec.purpose.intended
    assert spec.purpose.excluded


def test_cleveland_is_the_cohort_of_its_page():
    loaded = load_source(DatasetRequest(use=CLEVELAND.key), CLEVELAND, base=Path.cwd())
    frame = loaded.frame
    assert frame.height == 303
    assert frame["disease"].value_counts().sort("disease")["count"].to_list() == [164, 139]
    assert frame["sex"].value_counts().sort("sex")["count"].to_list() == [97, 206]
    assert frame["ca"].null_count() + frame["thal"].null_count() == 6


def test_diagnoses_and_prescriptions_of_nhefs_cannot_be_changed_and_habits_can():
    fixed = {c.name for c in NHEFS.columns if c.immutable}
    assert {"sex", "race", "age", "ht", "diabetes", "hbpmed", "smokeyrs", "school"} <= fixed
    assert {"smokeintensity", "exercise", "active", "cholesterol"}.isdisjoint(fixed)


# --- glucose


def readings(values, minutes=None, **columns):
    minutes = range(0, 5 * len(values), 5) if minutes is None else minutes
    start = datetime(2024, 3, 1, tzinfo=UTC)
    moments = [start + timedelta(minutes=m) for m in minutes]
    return pl.DataFrame({"datetime": moments, "glucose": [float(v) for v in values], **columns})


def test_readings_fall_on_the_grid_and_the_last_of_a_moment_counts():
    frame, notes = prepare(readings([100, 101, 105, 110], minutes=[1, 4, 6, 24]))
    assert frame["moment"].dt.minute().to_list() == [0, 5, 25]
    assert frame["glucose"].to_list() == [100, 105, 110]
    assert any("1 readings fell on a moment of another" in note for note in notes)


def test_units_of_glucose_change_row_by_row_and_are_never_guessed():
    frame, _ = prepare(readings([90, 5.0], unit=["mg/dL", "mmol/L"]))
    assert frame["glucose"].to_numpy() == pytest.approx([90, 90.08], abs=0.01)
    with pytest.raises(DataError, match="as mmol/L do"):
        prepare(readings([5.0, 6.0, 7.0]))
    with pytest.raises(DataError, match="the unit mg/dL or mmol/L is required in every row"):
        prepare(readings([90, 5.0], unit=["mg/dL", "spoons"]))


def test_impossible_readings_are_left_out_and_counted():
    frame, notes = prepare(readings([100, -4, 5000, 110]))
    assert frame["glucose"].to_list() == [100, 110]
    assert any(note.startswith("2 readings left out") for note in notes)


def test_episodes_begin_with_three_in_a_row_and_end_with_three():
    series = np.full(60, 100.0)
    series[[5, 6]] = 60  # two in a row are none
    series[10:14] = 60
    series[15:18] = 60  # only one reading above between: the same episode
    series[30:33] = 60
    assert onsets(series, LOW).tolist() == [10, 30]
    assert onsets(250 - series, HIGH).tolist() == [10, 30]
    series[31] = np.nan  # a gap breaks the row
    assert onsets(series, LOW).tolist() == [10]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), min_size=30, max_size=80), st.sets(st.integers(5, 79), max_size=4))
def test_alarms_are_judged_as_counting_by_hand_says(alarm, starts):
    horizon, steps = 6, np.arange(len(alarm))
    starts = np.array(sorted(s for s in starts if s < len(alarm)), dtype=np.int64)
    found = judge_alarms(np.array(alarm), steps, starts, horizon=horizon)
    rings, silent = [], -1
    for step, on in enumerate(alarm):
        if on and step >= silent:
            rings.append(step)
            silent = step + horizon
    assert found.n_alarms == len(rings)
    assert found.false_step.tolist() == [r for r in rings if not any(r < s <= r + horizon for s in starts)]
    lead = [next((5 * (s - r) for r in rings if s - horizon <= r < s), None) for s in starts]
    assert [None if np.isnan(x) else x for x in found.lead_min] == lead


def test_the_chance_of_being_below_is_read_off_the_quantiles():
    levels = np.array([0.1, 0.5, 0.9])
    quantiles = np.array([[60.0, 100.0, 140.0]])
    for limit, expected in ((60, 0.1), (80, 0.3), (100, 0.5), (140, 0.9), (0, 0.05), (300, 0.95)):
        assert probability_below(quantiles, levels, limit)[0] == pytest.approx(expected)


# --- monitoring


def test_points_are_those_of_the_published_table():
    assert [activity_points(m) for m in (200, 150, 130, 100, 70, 40, 5, 0)] == [
        100,
        100,
        90,
        80,
        60,
        40,
        20,
        0,
    ]
    assert [sleep_points(h) for h in (3, 4.5, 5.5, 6.5, 7, 8.9, 9.5, 11)] == [0, 20, 40, 70, 100, 100, 90, 40]


def test_what_was_not_measured_is_not_scored():
    days = {"steps": np.full(60, 8000.0), "resting_hr": np.full(60, np.nan)}
    score = find_score(days, seed=0)
    assert score.value is None
    assert "1 of 4 components" in score.reason
    days["sleep_h"] = np.where(np.arange(60) < 50, np.nan, 8.0)  # ten nights of the last 28
    assert find_score(days, seed=0).value is None
    days["sleep_h"] = np.full(60, 8.0)
    both = find_score(days, seed=0)
    assert both.value == 100
    assert (both.low, both.high) == (100, 100)


def test_a_score_wavers_as_its_days_do():
    r = np.random.default_rng(0)
    days = {"steps": r.normal(5000, 2500, 60).clip(0), "sleep_h": r.normal(6.9, 1.2, 60)}
    score = find_score(days, seed=0)
    assert score.low < score.value < score.high


def test_advice_cites_its_guideline_and_keeps_silent_without_days():
    days = {"exercise_min": np.full(30, 10.0), "spo2": np.full(30, 85.0), "sleep_h": np.full(10, 5.0)}
    advice = find_advice(days)
    assert [a.asks_a_doctor for a in advice] == [True, False]
    assert "70 minutes" in advice[1].text
    assert all(a.source for a in advice)


def test_no_day_is_judged_by_its_own_future():
    r = np.random.default_rng(3)
    days = {
        "resting_hr": r.normal(60, 2, 200),
        "hrv_ms": r.normal(45, 6, 200),
        "steps": r.normal(8000, 2500, 200),
    }
    whole = find_signals(days)
    cut = find_signals({name: values[:150] for name, values in days.items()})
    assert np.array_equal(whole.alert[:150], cut.alert)
    assert np.allclose(whole.strain[:150], cut.strain, equal_nan=True)


def test_the_promised_rate_of_false_alerts_holds_for_days_that_are_alike():
    r = np.random.default_rng(1)
    alerts = days = 0
    for _ in range(30):
        found = find_signals({"resting_hr": r.normal(60, 2, 400), "hrv_ms": r.normal(45, 6, 400)})
        judged = np.isfinite(found.expected)
        alerts += int(found.alert[judged].sum())
        days += int(judged.sum())
    # strain is not exactly exchangeable: baselines of neighbouring days overlap
    assert alerts / days == pytest.approx(1 / 57, rel=0.25)


def test_gaps_and_short_series_alert_nobody():
    short = find_signals({"resting_hr": np.full(20, 60.0)})
    assert not short.alert.any()
    assert np.isnan(short.expected).all()
    gaps = np.full(200, np.nan)
    gaps[::10] = 60.0
    assert not find_signals({"resting_hr": gaps}).alert.any()


def test_the_shipped_export_is_made_by_the_generator(tmp_path):
    days = sample_days()
    first = date(1970, 1, 1)
    assert {(day.day - first).days for day in days if day.unwell} == planted_days()
    write_sample(tmp_path / "made.zip")
    loaded = load_source(DatasetRequest(use=MONITORING.key), MONITORING, base=Path.cwd())
    mine = DatasetRequest(use=MONITORING.key, path="made.zip")
    made = load_source(mine, MONITORING, base=tmp_path)
    assert made.frame.equals(loaded.frame)
    assert any("count once" in note for note in made.notes)


def test_ones_own_csv_without_zone_is_told_what_to_do(tmp_path):
    rows = "".join(f"2024-{1 + i // 28:02d}-{1 + i % 28:02d} 08:00:00,{55 + i % 7}\n" for i in range(120))
    (tmp_path / "mine.csv").write_text(f"time,resting_hr\n{rows}")
    asked = DatasetRequest(use=MONITORING.key, path="mine.csv")
    with pytest.raises(DataError, match="zone = 'Europe/Berlin'"):
        load_source(asked, MONITORING, base=tmp_path)
    stated = asked.model_copy(update={"zone": "Europe/Berlin"})
    frame = load_source(stated, MONITORING, base=tmp_path).frame
    assert frame["resting_hr"].count() == 120
    assert frame.height == (frame["day"].max() - frame["day"].min()).days + 1  # gaps are rows


# --- clinical


def test_tripod_answers_only_items_that_there_are():
    numbers = [item.number for item in items()]
    assert len(numbers) == len(set(numbers)) == 52
    assert set(ANSWERS) <= set(numbers)
    assert {"6c", "17", "18a", "19"}.isdisjoint(ANSWERS)  # nothing here can know them


def test_a_decision_curve_is_put_into_words():
    curve = [
        {"threshold": t, "model": m, "all": a}
        for t, m, a in (
            (0.1, 0.2, 0.2),
            (0.2, 0.15, 0.1),
            (0.3, 0.1, -0.1),
            (0.4, -0.01, -0.3),
            (0.5, 0.01, -0.5),
        )
    ]
    assert useful_range(curve) == (0.2, 0.3)
    words = benefit_in_words(curve, 0.25)
    assert "between 20 % and 30 %" in words
    assert "lies in" in words
    assert "3.0 without it" in words
    assert "At no threshold" in benefit_in_words(curve[:1], None)
    assert benefit_in_words([], None) == ""


def test_every_policy_gives_reasons_and_references_of_its_own():
    for policy in register_policies():
        assert policy.rationale
        assert policy.reference
        assert len({limit.rationale for limit in policy.limits}) == len(policy.limits)
        assert all(limit.reference for limit in policy.limits)


def test_nothing_synthetic_goes_unnamed():
    assert "SYNTHETIC" in MONITORING.source.title
    assert "SYNTHETIC" in MONITORING.summary
    assert MONITORING.column("person").role is Role.IGNORED
    assert "SYNTHETIC" in json.dumps(MONITORING.caveats)


# --- pages

MEASURES = (
    "auc", "observed_expected_ratio", "calibration_slope", "sensitivity", "positive_predictive_value",
    "auc_gain_over_naive", "mase_gain_over_naive", "recordings_right",
)  # fmt: skip


def report_with(*measures: str, **bounds):
    findings = [
        Finding(check="core.any.check", measure=measure, label=measure, value=0.4, n=30, **bounds)
        for measure in measures
    ]
    return make_report(NHEFS, domain="health", findings=findings).model_copy(update={"threshold": 0.2})


@pytest.mark.parametrize("bounds", [{}, {"low": 0.3, "high": 0.5}, {"low": 1.1, "high": 2.0}])
@pytest.mark.parametrize("part", REPORTS, ids=lambda part: part.key)
def test_pages_are_made_whatever_could_not_be_told(part, bounds):
    evidence = {
        "reliability.json": {"bins": [{"observed": 0.4, "mean_predicted": 0.3, "low": 0.2, "high": 0.6}]},
        "person.json": {"people": []},
        "alerts.json": {"findings": {}, "shipped": None},
    }
    for told in ({}, evidence):
        content = resolve(part.render)(report_with(*MEASURES, **bounds), told)
        assert json.loads(json.dumps(content, allow_nan=False)) == content


def test_ones_own_figures_make_a_page_that_does_not_call_them_synthetic():
    rng = np.random.default_rng(0)
    columns = {"resting_hr": rng.normal(60, 2, 200), "steps": rng.normal(7000, 2000, 200)}
    columns["resting_hr"][190] = 80.0
    about = describe("the person", np.arange(20_000, 20_200), columns, find_score(columns, seed=0))
    content = render_person(report_with("mase_gain_over_naive"), {"person.json": {"people": [about]}})
    assert "SYNTHETIC" not in content["notice"]
    assert "Not medical advice" in content["notice"]
    assert "resting heart rate 80.0, above your usual" in content["answer"][1]
    assert any("not shown to be better" in (s.get("answer") or "") for s in content["sections"])


# --- activity


def watch_file(path: Path, **changed) -> Path:
    recordings = [np.full((5, 6), float(i)) for i in range(3)]
    tree = {
        "X": recordings,
        "y": np.array([0, 1, 0]),
        "y_labels": ["PEN", "ABD"],
        "subject": np.array([1, 1, 2]),
        "side": np.array([0, 1, 0]),
        "X_labels": ["ax", "ay", "az", "wx", "wy", "wz"],
    }
    np.save(path, np.array(tree | changed, dtype=object), allow_pickle=True)
    return path


def test_recordings_are_read_without_running_their_pickle(tmp_path):
    frame = read_watch(watch_file(tmp_path / "watch.npy"))
    assert frame.height == 15
    first = frame.group_by("recording", maintain_order=True).first()
    assert first["exercise"].to_list() == ["PEN", "ABD", "PEN"]
    assert first["subject"].to_list() == ["subject 01", "subject 01", "subject 02"]
    assert first["side"].to_list() == ["left", "right", "left"]
    assert first["wz"].to_list() == [0.0, 1.0, 2.0]


def test_other_content_of_the_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="it is another"):
        read_watch(watch_file(tmp_path / "watch.npy", X_labels=["ax"]))
    with pytest.raises(DataError):
        read_watch(watch_file(tmp_path / "evil.npy", X=[Path("/tmp")]))


def test_a_recording_is_named_by_the_mean_over_its_windows():
    said = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.45, 0.55]])
    assert vote(said, np.array([0, 0, 1, 1]), 2).tolist() == [0, 1]
    assert confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 2) == [[1, 1], [0, 1]]


def test_the_glucose_page_tells_what_was_measured_and_for_how_many():
    case = alarm_cases()[0]
    evidence = {file.name: json.loads(file.content) for file in run_alarms(case.given).evidence}
    content = render_glucose(report_with("mae_30"), evidence)
    assert content["notice"].startswith("ONE person.")
    assert "6 falls below 70 mg/dL" in content["answer"][0]
    assert "100 in 100" in content["answer"][0]
    assert "30 minutes early or less: in time to act on" in content["answer"][0]
    assert "came 30 minutes early" in content["advice"][0]["why"]
