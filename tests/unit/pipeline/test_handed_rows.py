"""A model from elsewhere is asked about altered raw rows: what it rests on, and what it holds against."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from testamur.audit import explanation, robustness
from testamur.audit.golden_world import make_input
from testamur.audit.run import run_check
from testamur.contracts.check import Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import DataError
from testamur.contracts.finding import CheckStatus
from testamur.contracts.raw_cells import RawChanges
from testamur.contracts.table import Predictions
from testamur.data.raw_cells import FrameCells
from testamur.pipeline.handed_rows import MISSPELT, HandedRows

RNG = np.random.default_rng(4)
N = 1500
FRAME = pl.DataFrame(
    {
        "x": np.tile([-1.0, 0.0, 1.0], N // 3),
        "colour": np.where(RNG.random(N) < 0.5, "red", "blue"),
        "spare": RNG.normal(size=N),
        "year": RNG.integers(1990, 2020, N).astype(float),
    }
)
REGRESSION = ProblemKind.REGRESSION


def linear(frame, kind, classes):
    """3 for red, and 2 x; an unknown colour is worth nothing, a missing x counts as 0."""
    colour = (frame["colour"] == "red").fill_null(False).to_numpy() * 3.0
    return Predictions(values=2.0 * frame["x"].fill_null(0.0).to_numpy() + colour)


def strict(frame, kind, classes):
    if frame.null_count().sum_horizontal()[0] or (frame["colour"].str.ends_with(MISSPELT)).any():
        raise DataError("The model cannot be examined", [])
    return linear(frame, kind, classes)


def asked(ask=linear, groups=None):
    """An audit of the model alone, as `examine_model` makes it."""
    target = linear(FRAME, REGRESSION, ()).values
    given = make_input(target, {"model": target}, kind=REGRESSION, groups=groups)
    every = np.arange(N)
    cells = FrameCells(FRAME, {"train": every[:0], "validation": every[:0], "test": every})
    return replace(
        given,
        table=replace(given.table, cells=cells),
        raw=HandedRows(FRAME, ask, REGRESSION, ()),
    )


def ran(given, check):
    entry, outcome = run_check(given, check)
    assert entry.status is CheckStatus.DONE, entry.reason
    return {f.subject: f for f in outcome.findings}


def test_importance_of_raw_columns_is_that_of_the_linear_model():
    found = ran(asked(), explanation.IMPORTANCE)
    assert found["x"].low < (2 * 4 * 2 / 3) ** 0.5 < found["x"].high  # sqrt(2 Var(2 x))
    assert found["colour"].low < (2 * 9 / 4) ** 0.5 < found["colour"].high
    for unused in ("spare", "year"):
        assert (found[unused].value, found[unused].low, found[unused].high) == (0.0, 0.0, 0.0)


def test_noise_missing_values_and_typos_cost_what_a_linear_model_loses():
    noise = ran(asked(), robustness.NOISE)
    spread = float(FRAME["x"].std(ddof=0))
    assert "noise of 0.2 sd" in noise  # x is whole: sums are rounded, and noise this small moves none
    assert noise["noise of 0.2 sd"].value == pytest.approx(2 * np.sqrt(_rounded_away(0.2 * spread)), abs=0.15)
    lost = ran(asked(), robustness.MISSING)["20 % of cells missing"]
    assert lost.value == pytest.approx((0.2 * (4 * 2 / 3 + 9 / 2)) ** 0.5, abs=0.12)
    typos = ran(asked(), robustness.TYPOS)["20 % of categories misspelt"]
    assert typos.value == pytest.approx((0.2 * 9 / 2) ** 0.5, abs=0.12)


def _rounded_away(sd):
    """Mean square of a normal step that is rounded to whole numbers."""
    steps = np.round(np.random.default_rng(0).normal(0, sd, 400_000))
    return float((steps**2).mean())


def test_the_group_that_loses_is_told():
    groups = {"g": (("red", "blue"), np.where(FRAME["colour"] == "red", 0, 1))}
    found = run_check(asked(groups=groups), robustness.WORST)[1].findings
    lost = {str(f.group): f.value for f in found if f.group is not None and "missing" in f.subject}
    assert lost["red"] > lost["blue"] > 0


@pytest.mark.parametrize("check", [robustness.MISSING, robustness.TYPOS])
def test_a_model_that_refuses_such_rows_is_not_called_robust(check):
    entry, outcome = run_check(asked(strict), check)
    assert entry.status is CheckStatus.NOT_APPLICABLE
    assert "gives no answer" in entry.reason
    assert not outcome.findings
    assert run_check(asked(strict), robustness.NOISE)[0].status is CheckStatus.DONE


def test_predictions_alone_cannot_be_asked_and_the_ledger_says_why():
    alone = replace(asked(), raw=None, reasons={Need.ASKABLE: "only its predictions were given"})
    for check in (explanation.IMPORTANCE, robustness.NOISE, robustness.WORST):
        entry, _ = run_check(alone, check)
        assert entry.status is CheckStatus.NOT_RUN
        assert "only its predictions" in entry.reason or "protected" in entry.reason


def test_altered_rows_keep_names_types_and_what_is_not_changed():
    frame = FRAME.head(4).with_columns(pl.Series("year", [2000, 2001, None, 2003], dtype=pl.Int64))
    rows = HandedRows(frame, linear, REGRESSION, ())
    changes = RawChanges(
        exchanged={"spare": np.array([3, 0])},
        moved={"year": np.array([0.6, 0.6])},
        lost={"x": np.array([True, False])},
        misspelt={"colour": np.array([False, True])},
    )
    made = rows.altered(np.array([1, 2]), changes)
    assert made.schema == frame.schema
    assert made["spare"].to_list() == [frame["spare"][3], frame["spare"][0]]
    assert made["year"].to_list() == [2002, None]
    assert made["x"].to_list() == [None, frame["x"][2]]
    assert made["colour"].to_list() == [frame["colour"][1], frame["colour"][2] + MISSPELT]
    assert rows.altered(np.array([0, 3]), RawChanges()).equals(frame[[0, 3]])
