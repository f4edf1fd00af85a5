"""Figures of other thresholds, unknown groups, missing values, the datasheet and personal data."""

from __future__ import annotations

import json

import numpy as np
import pytest

from testamur.audit.data_quality import CHECKS as DATA_CHECKS
from testamur.audit.datasheet import DATASHEET
from testamur.audit.fairness_further import THRESHOLDS, UNKNOWN
from testamur.audit.golden_world import make_input
from testamur.audit.run import run_check
from testamur.contracts.finding import Section
from testamur.report.data_figures import datasheet_bars, missing_groups
from testamur.report.fairness_figures import bounds_forest, opportunity_lines, selection_lines
from testamur.report.figures import AFTER_GROUPS, evidence_figures
from testamur.report.names import Names
from testamur.report.personal_figures import personal_bars


@pytest.fixture(scope="module")
def evidence():
    """What the checks write of a world in which some have no group and one group lacks more values."""
    r = np.random.default_rng(0)
    n = 800
    side, sex = r.integers(0, 3, n), np.where(r.random(n) < 0.1, -1, r.integers(0, 2, n))
    score = r.normal(size=n) + 0.5 * (side == 2)
    event = (r.random(n) < 1 / (1 + np.exp(-score))).astype(int)
    absent = np.c_[r.random(n) < np.where(side == 1, 0.4, 0.05), r.random(n) < 0.2]
    given = make_input(
        event,
        {"model": 1 / (1 + np.exp(-score))},
        groups={"sex": (("f", "m"), sex), "side": (("l", "m", "r"), side)},
        numeric=np.zeros((n, 2)),
        absent=absent,
    )
    missing = next(check for check in DATA_CHECKS if check.key == "core.data.missingness")
    files = [f for c in (THRESHOLDS, UNKNOWN, DATASHEET, missing) for f in run_check(given, c)[1].evidence]
    return {file.name: json.loads(file.content) for file in files}


@pytest.fixture(scope="module")
def names(report):
    return Names(report)


def test_the_sweep_tells_where_groups_lie_apart_and_where_one_stands(evidence, names):
    drawn = selection_lines(evidence["thresholds.json"], names)
    assert [curve.name for curve in drawn.curves] == ["Sex", "side"]
    assert "0.5" in drawn.caption.split("decision threshold")[1]
    points = evidence["thresholds.json"]["attributes"][1]["points"]
    gaps = [100 * p["selection_gap"] for p in points]
    assert f"side: from {min(gaps):.0f} to {max(gaps):.0f} points" in drawn.desc
    below = sum(p["ratio"] < 0.8 for p in points)
    assert f"side {below} of {len(points)}" in drawn.caption
    found = opportunity_lines(evidence["thresholds.json"], names)
    assert found.curves[0].path != drawn.curves[0].path
    assert drawn.reference.count(" ") == 1  # the upright line at the threshold


def test_bounds_are_drawn_as_bounds_and_called_so(evidence, names):
    drawn = bounds_forest(evidence["unknown_groups.json"], names)
    assert [row.label for row in drawn.rows] == ["f", "m"]
    assert all(row.low_x < row.value_x < row.high_x for row in drawn.rows)
    assert "no intervals of sampling" in drawn.caption
    assert "Gap of selection rates that this leaves possible: Sex" in drawn.caption
    slugs = [f.slug for f in evidence_figures(Section.FAIRNESS, evidence, names, AFTER_GROUPS)]
    assert slugs == ["unknown-groups", "selection-sweep", "opportunity-sweep"]


def test_missing_values_are_drawn_for_the_groups_that_differ_most(evidence, names):
    drawn = missing_groups(evidence["missingness.json"], names)
    assert drawn.rows[0].entry.heading == "x0, by side"
    first = {row.label: row.entry.value for row in drawn.rows[:3]}
    assert max(first, key=first.get) == "m"
    assert first["m"] > 0.3 > 0.1 > first["l"]
    assert missing_groups({"groups": []}, names) is None


def test_a_datasheet_counts_what_is_stated(evidence, names):
    drawn = datasheet_bars(evidence["datasheet.json"], names)
    assert len(drawn.rows) == 7
    n_open = sum(not f["stated"] for g in evidence["datasheet.json"]["groups"] for f in g["fields"])
    assert f"{n_open} are open" in drawn.caption
    full = {"groups": [{"group": "uses", "fields": [{"stated": True}]}]}
    assert datasheet_bars(full, names).rows[0].words == "1 of 1"
    assert "open" not in datasheet_bars(full, names).caption


def test_personal_data_are_counted_never_quoted_and_a_handful_is_not_told(names):
    kinds = [
        {"kind": "email", "label": "e-mail address", "share": 0.25, "low": 0.25, "high": 0.25},
        {"kind": "iban", "label": "bank account (IBAN)", "share": 0.5, "low": 0.45, "high": 0.55},
        {"kind": "card", "label": "payment card", "share": None, "low": None, "high": None},
    ]
    columns = [
        {"name": "note", "seen_by_model": False, "heading": False, "kinds": kinds},
        {"name": "wt71", "seen_by_model": True, "heading": True, "kinds": []},
    ]
    drawn = personal_bars({"n": 90, "n_columns": 7, "kinds": ["a", "b"], "columns": columns}, names)
    told = {row.label: row.words.replace("\u00a0", " ") for row in drawn.rows}
    assert told["note: e-mail address"] == "25.0 %"
    assert told["note: bank account (IBAN)"] == "50.0 % (45.0 to 55.0 %)"
    assert told["note: payment card"] == "a handful of cells"
    assert told["Weight"] == "by its heading alone"
    assert "Seen by the model: Weight" in drawn.caption
    assert personal_bars({"n": 9, "n_columns": 7, "kinds": [], "columns": []}, names) is None
