"""Shapley values, effects and changes of a model from elsewhere: coded rows say what raw rows say."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from testamur.audit import explanation
from testamur.audit.coded_rows import coded
from testamur.audit.golden_world import make_input
from testamur.audit.made_rows import Cells, cells_of, make_part
from testamur.audit.perturb import moved
from testamur.audit.raw_values import decode_numbers
from testamur.audit.run import run_check
from testamur.contracts.dataset import ColumnSpec, ProblemKind
from testamur.contracts.errors import DataError
from testamur.contracts.finding import CheckStatus
from testamur.contracts.table import Predictions
from testamur.data.raw_cells import FrameCells
from testamur.pipeline.handed_rows import HandedRows

RNG = np.random.default_rng(6)
N = 400
FRAME = pl.DataFrame(
    {
        "colour": np.where(RNG.random(N) < 0.5, "red", "blue"),
        "x": np.round(RNG.normal(size=N), 2),
        "y": RNG.integers(0, 5, N).astype(float),
    }
).with_columns(pl.when(pl.int_range(N) % 10 == 0).then(None).otherwise(pl.col("y")).alias("y"))


def scores(frame):
    red = (frame["colour"] == "red").to_numpy() * 1.0
    return red + 2.0 * frame["x"].to_numpy() - 0.5 * frame["y"].fill_null(2.0).to_numpy()


def linear(frame, kind, classes):
    return Predictions(values=scores(frame))


def logistic(frame, kind, classes):
    event = 1 / (1 + np.exp(-scores(frame)))
    return Predictions(probabilities=np.stack([1 - event, event], axis=1))


def asked(ask=linear, kind=ProblemKind.REGRESSION):
    said = scores(FRAME)
    binary = kind is ProblemKind.BINARY
    target = (said > 0).astype(int) if binary else said
    given = make_input(target, {"model": 1 / (1 + np.exp(-said)) if binary else said}, kind=kind)
    every = np.arange(N)
    cells = FrameCells(FRAME, {"train": every[:0], "validation": every[:0], "test": every})
    columns = tuple(ColumnSpec(name=name) for name in FRAME.columns)
    spec = given.table.spec.model_copy(update={"columns": columns})
    table = replace(given.table, cells=cells, spec=spec)
    return replace(given, table=table, raw=HandedRows(FRAME, ask, kind, given.table.classes))


def test_coded_rows_are_answered_as_the_raw_rows_and_numbers_are_walked_back():
    given = coded(asked())
    names = [f.name for f in given.table.features]
    assert names == ["x", "y", "colour"]
    assert np.allclose(given.predictor.predict(given.table.test).values, scores(FRAME))
    assert np.allclose(decode_numbers(given.table, 0, given.table.test.numeric[:, 0]), FRAME["x"].to_numpy())
    assert given.table.test.missing[:, 1].sum() == N // 10


def test_a_number_between_two_examined_ones_is_moved_there():
    given = coded(asked())
    cells = cells_of(given.table.test).taken(np.arange(1, 40))
    middle = (0.0 - cells.values[:, 0] * 0) + 0.003  # no examined row has a third digit
    own = decode_numbers(given.table, 0, cells.values[:, 0])
    made = moved(given.table, cells, np.stack([middle, np.zeros(39)], axis=1))
    inside = own + middle < FRAME["x"].max()
    after = given.predictor.predict(make_part(made)).values
    assert np.allclose((after - scores(FRAME)[1:40])[inside], 2 * 0.003, atol=1e-4)


def test_shapley_values_are_those_of_the_linear_model_against_the_examined_rows():
    entry, outcome = run_check(asked(), explanation.SHAPLEY)
    assert entry.status is CheckStatus.DONE, entry.reason
    found = {f.subject: f for f in outcome.findings}
    people = [r for f in outcome.evidence if f.restricted for r in json.loads(f.content)["people"]]
    for person in people[:10]:
        reason = next(r for r in person["reasons"] if r["column"] == "x")
        x = FRAME["x"][person["row"]]
        assert reason["adds"] == pytest.approx(2 * (x - FRAME["x"].mean()), abs=5 * reason["error"] + 1e-6)
    assert found["x"].value > found["colour"].value > 0
    assert "examined" in found["x"].note


def test_the_effect_of_a_number_is_a_straight_line_in_its_own_unit():
    entry, outcome = run_check(asked(), explanation.EFFECTS)
    assert entry.status is CheckStatus.DONE, entry.reason
    found = {f.subject: f.value for f in outcome.findings}
    assert found["x"] == pytest.approx(2 * (FRAME["x"].max() - FRAME["x"].min()), rel=1e-6)
    assert found["y"] == pytest.approx(0.5 * 4, rel=1e-6)


def test_changes_that_end_a_decision_are_found_and_answered_by_the_model_itself():
    entry, outcome = run_check(asked(logistic, ProblemKind.BINARY), explanation.COUNTERFACTUALS)
    assert entry.status is CheckStatus.DONE, entry.reason
    share = next(f for f in outcome.findings if f.measure == "recourse_share")
    assert share.value > 0.9


def test_a_model_that_answers_for_none_of_the_made_rows_is_said_to():
    def picky(frame, kind, classes):
        if frame.height != N:
            raise DataError("refused", [])
        return linear(frame, kind, classes)

    entry, _ = run_check(asked(picky), explanation.EFFECTS)
    assert entry.status is CheckStatus.NOT_APPLICABLE
    assert "gives no answer" in entry.reason


def test_a_model_of_our_own_is_left_as_it_is():
    own = replace(asked(), predictor=coded(asked()).predictor)
    assert coded(own) is own
    assert isinstance(cells_of(own.table.test), Cells)


def test_places_of_an_effect_are_no_single_cells_of_examined_rows():
    """The highest and lowest x belong to one row each: they stay out of the evidence that is shared."""
    given = asked()
    outcome, some = run_check(given, explanation.EFFECTS)[1], max(given.policy.minimum_cell, 5)
    (evidence,) = (json.loads(file.content) for file in outcome.evidence)
    places = {curve["name"]: curve["places"] for curve in evidence["curves"]}
    x = np.sort(FRAME["x"].to_numpy())
    assert places["x"] == sorted(places["x"])
    assert x[0] < places["x"][0] == pytest.approx(x[:some].mean())
    assert x[-1] > places["x"][-1] == pytest.approx(x[-some:].mean())
    assert places["y"] == pytest.approx([0, 1, 2, 3, 4])  # many rows share each of these
