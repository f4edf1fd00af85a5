"""Figures of forecasts, from the evidence that their checks write."""

import json

import pytest

from testamur.audit.forecast import ACCURACY, COVERAGE
from testamur.audit.golden_forecast import around, make_forecast
from testamur.audit.run import run_check
from testamur.contracts.finding import Section
from testamur.report.figures import evidence_figures
from testamur.report.forecast_figures import error_forest, fan_lines, step_lines


@pytest.fixture
def evidence():
    n = 40
    middle = [[9.0 + i % 3, 9.5] for i in range(n)]
    given = make_forecast(
        [[10.0, 10.0]] * n, {"model": around(middle, 1.0), "naive": around([[6.0, 6.0]] * n, 1.0)}
    )
    files = [*run_check(given, ACCURACY)[1].evidence, *run_check(given, COVERAGE)[1].evidence]
    return {file.name: json.loads(file.content) for file in files if not file.restricted}


def test_every_figure_of_a_forecast_is_drawn_in_its_section(evidence):
    drawn = [f.slug for f in evidence_figures(Section.PERFORMANCE, evidence, None)]
    assert drawn == ["errors", "fan", "steps"]
    assert [f.slug for f in evidence_figures(Section.CALIBRATION, evidence, None)] == ["quantiles"]


def test_the_model_comes_first_and_the_fan_is_an_area(evidence):
    steps = step_lines(evidence["forecast.json"], None)
    assert [c.name for c in steps.curves] == ["this model", "last cycle repeated"]
    fan = fan_lines(evidence["forecast_example.json"], None)
    assert len(fan.bands) == 1
    assert [c.name for c in fan.curves] == ["what came", "forecast (median)", "last cycle repeated"]
    assert "40 series" in fan.caption and "wider" in fan.caption  # noqa: PT018


def test_numbers_that_were_not_measured_are_not_drawn(evidence):
    tree = evidence["forecast.json"]
    for row in tree["scores"]:
        row["value"] = None
    assert error_forest(tree, None) is None
    assert step_lines({**tree, "steps": []}, None) is None
    assert fan_lines({**evidence["forecast_example.json"], "quantiles": []}, None) is None
