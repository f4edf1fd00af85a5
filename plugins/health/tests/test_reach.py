"""What would move the score: least changes, of what people can change, within what is plausible."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.contracts.batch import Batch
from testamur.contracts.table import Predictions
from testamur.testing.reports import make_report
from testamur_health.insight.person import render
from testamur_health.insight.person_new import render_new
from testamur_health.monitoring.dataset import MONITORING
from testamur_health.monitoring.golden import CHANNELS, _given
from testamur_health.monitoring.levers import HELD, LEVERS, find_reach
from testamur_health.monitoring.person import describe
from testamur_health.monitoring.score import COMPONENTS, find_score

DAYS = 112  # four periods of four weeks
MOVABLE = {lever.name for lever in LEVERS}


def days_of(steps=9000.0, exercise=25.0, sleep=8.0, pulse=60.0, waver=0.0, seed=0):
    rng = np.random.default_rng(seed)
    made = {"steps": steps, "exercise_min": exercise, "sleep_h": sleep, "resting_hr": pulse}
    return {k: v * (1 + waver * rng.normal(size=DAYS)) for k, v in made.items()}


def reach_of(days):
    return find_reach(days, find_score(days, seed=0))


def test_the_least_change_is_found_by_hand():
    reach = reach_of(days_of(steps=4000.0))  # 27.3 points; the score is 81.8, certain
    (way, *_) = reach.ways
    (move,) = way.moves
    assert (move.lever.name, move.before, move.after) == ("steps", 4000.0, 4250.0)
    assert way.score == pytest.approx((300 + (4250 - 2500) / 55) / 4)
    assert reach.furthest == pytest.approx((300 + (6250 - 2500) / 55) / 4)  # 2,491 more were seen in trials
    assert (move.n_reached, move.n_periods) == (0, 3)


def test_weeks_that_were_better_are_counted():
    days = days_of(steps=4000.0)
    days["steps"][:28] = 8000.0
    (way, *_) = reach_of(days).ways
    assert (way.moves[0].n_reached, way.moves[0].n_periods) == (1, 3)


def test_a_short_night_is_lengthened_a_long_one_never():
    (way,) = reach_of(days_of(sleep=6.3)).ways
    assert way.moves[0].after == pytest.approx(7.1)
    assert not reach_of(days_of(sleep=9.4)).ways


def test_where_nothing_helps_the_reason_is_told():
    full = reach_of(days_of())
    assert not full.ways
    assert "all the points" in full.reason
    pulse = reach_of(days_of(pulse=88.0))  # the heart's rate alone costs points, and nobody decides on it
    assert not pulse.ways
    assert "all the points" in pulse.reason
    unscored = reach_of({"steps": np.full(DAYS, 4000.0), "resting_hr": np.full(DAYS, np.nan)})
    assert "there is no score to move" in unscored.reason
    far = reach_of(days_of(steps=7900.0, waver=0.4))
    assert not far.ways
    assert "even all plausible changes together" in far.reason


def test_where_only_three_changes_would_do_it_is_not_said_that_nothing_would():
    days = days_of(steps=4000.0, exercise=10.0, sleep=6.3)
    score = find_score(days, seed=0)
    furthest = find_reach(days, score).furthest
    reach = find_reach(days, replace(score, high=furthest - 0.5))
    assert not reach.ways
    assert "one or two changes do not" in reach.reason
    assert f"only all plausible changes together would, to {furthest:.0f}" in reach.reason


def test_nothing_is_moved_further_than_the_trial_that_is_named():
    cited = {"activity": "35 minutes", "sleep": "1.2 hours", "steps": "2,491 steps"}
    for lever in LEVERS:
        assert f"{lever.most:,.10g} " in lever.source
        assert cited[lever.name] in lever.source


@settings(max_examples=25, deadline=None)
@given(
    st.floats(1000, 9000), st.floats(0, 30), st.floats(4, 10), st.floats(50, 95), st.floats(0, 0.4),
    st.integers(0, 9),
)  # fmt: skip
def test_only_what_people_can_change_moves_up_to_what_is_plausible(
    steps, exercise, sleep, pulse, waver, seed
):
    days = days_of(steps, exercise, sleep, pulse, waver, seed)
    before = {name: values.copy() for name, values in days.items()}
    score = find_score(days, seed=0)
    reach = find_reach(days, score)
    assert all((days[name] == before[name]).all() for name in days)
    for way in reach.ways:
        assert way.score > score.high
        assert len(way.moves) <= 2
        for move in way.moves:
            assert move.lever.name in MOVABLE
            assert 0 < move.after - move.before <= move.lever.most + 1e-9
            assert move.after <= move.lever.until
    assert reach.furthest >= score.value - 1e-9
    singles = {way.moves[0].lever.name for way in reach.ways if len(way.moves) == 1}
    pairs = [{m.lever.name for m in way.moves} for way in reach.ways if len(way.moves) == 2]
    assert not any(singles & pair for pair in pairs)


def test_no_smaller_change_of_two_levers_would_do():
    days = days_of(steps=6000.0, sleep=6.5, exercise=15.0, waver=0.25, seed=4)
    score = find_score(days, seed=0)
    parts = {p.component.name: p for p in score.parts}
    for way in find_reach(days, score).ways:
        used = {move.lever.name for move in way.moves}
        steps = [
            [(x, k * x.step) for k in range(int(x.most / x.step + 1e-9) + 1)]
            for x in LEVERS
            if x.name in used
        ]
        least = np.inf
        for changes in product(*steps):
            moved = {x.name: parts[x.name].figure + change for x, change in changes}
            points = [
                c.points(moved[c.name])
                if moved.get(c.name, 0) > parts[c.name].figure
                else parts[c.name].points
                for c in COMPONENTS
            ]
            if all(moved[x.name] <= x.until for x, _ in changes) and np.mean(points) > score.high + 1e-9:
                least = min(least, sum(change / x.most for x, change in changes))
        assert way.effort == pytest.approx(least)


def section(days, **changed):
    about = describe("the person", np.arange(20_000, 20_000 + DAYS), days, find_score(days, seed=0))
    content = render(make_report(MONITORING, domain="health"), {"person.json": {"people": [about | changed]}})
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    return next(s for s in content["sections"] if s["title"].startswith("What would move the score"))


def test_the_page_says_what_is_held_and_that_it_is_no_promise():
    found = section(days_of(steps=4000.0))
    assert found["tables"][0]["rows"][0][0] == "steps 4,250 instead of 4,000 steps a day"
    assert "not what would happen to your health" in found["answer"]
    assert all(name in found["notes"][0] for name in HELD)
    assert {"age", "sex"} <= set(HELD)
    assert "Nothing plausible" in section(days_of())["answer"]


def test_whom_a_doctor_should_see_is_told_nothing_to_change():
    found = section(days_of(steps=4000.0, pulse=95.0))
    assert "for a doctor" in found["answer"]
    assert "tables" not in found


def test_a_new_export_gets_its_page_without_training():
    made = _given(np.full(200, 60.0), np.full(200, 4000.0))
    part = made.table.test
    log = part.history
    wide = np.full((200, 6), np.nan, np.float32)
    wide[:, 0], wide[:, 2] = log.values[:, CHANNELS.index("resting_hr")], log.values[:, 1]
    one = replace(
        part,
        row=part.row[-1:],
        history=replace(log, values=wide, start=log.start[-1:], stop=log.stop[-1:]),
    )
    said = Predictions(quantiles=np.sort(np.random.default_rng(0).normal(60, 2, (1, 7, 7)), axis=2))
    batch = Batch(make_report(MONITORING, domain="health"), {}, one, said, ("anna",), source="export.zip")
    content = render_new(batch)
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    titles = [s["title"] for s in content["sections"]]
    assert titles[-2:] == ["The week to come", "How often it rings for nothing"]
    assert "What would move the score" in titles
    assert "Not medical advice" in content["notice"]
    assert "SYNTHETIC" not in content["notice"]
    assert len(content["sections"][-2]["tables"][0]["rows"]) == 7
    empty = replace(batch, rows=replace(one, history=None))
    assert render_new(empty)["answer"] == "No day could be looked at."
