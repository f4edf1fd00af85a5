"""Forecasts whose steps share a network: what a step is told, and what is learnt anew before the test."""

import dataclasses
import datetime as dt
import json
import math

import numpy as np
import pytest
import torch

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import ConfigurationError, Interrupted
from testamur.contracts.event import EventKind
from testamur.contracts.model import BuildContext, TrainingOptions
from testamur.testing.fakes import RecordingObserver
from testamur.train import loop as loop_module
from testamur.train.baselines import fit_naive
from testamur.train.calendar import Calendar, plan_calendar
from testamur.train.fit import fit_model
from testamur.train.models import FORECAST
from testamur.train.refit import FOLDER
from testamur.train.restore import load_predictor
from testamur.train.step_layers import Recent, aligned_lags
from testamur.train.window_layers import build_forecast
from testamur.train.window_options import ForecastOptions

from .test_resuming import StopsAt
from .windows_drawn import HORIZON, LENGTH, LEVELS, draw_forecast, part_of

SMALL = {"network": "steps", "members": 2, "hidden": 8, "depth": 1}
QUICK = {"epochs": 3, "batch_size": 64, "threads": 1, "learning_rate": 0.005}
GRID = {"kind": "seconds", "step": 86_400.0}
HOURS = BuildContext(
    0, (), 24 * 3, ProblemKind.FORECAST, (), 0,
    length=336, n_channels=1, horizon=24, quantiles=LEVELS, season=168, cycles=(24, 168),
)  # fmt: skip


def dated(*, gaps=False):
    """Drawn windows of days from 2020-01-06, a Monday, with everything before the test as `whole`."""
    table = draw_forecast(gaps=gaps)
    log = table.train.history
    begin = dt.datetime(2020, 1, 6, tzinfo=dt.UTC).timestamp()
    inside = log.time.copy()
    log = dataclasses.replace(log, time=begin + 86_400 * inside)

    def again(part):
        stop = part.history.stop
        return part_of(dataclasses.replace(log, start=stop, stop=stop), stop, part.target)

    stops = np.flatnonzero((inside >= LENGTH) & (inside + HORIZON <= 69))
    target = log.values[stops[:, None] + np.arange(HORIZON), 0].astype(np.float64)
    whole = part_of(dataclasses.replace(log, start=stops, stop=stops), stops, target)
    encoder = {"windows": {"channels": ["y", "x"], "grid": GRID, "cycles": [7]}}
    parts = {name: again(table.part(name)) for name in ("train", "validation", "test")}
    return dataclasses.replace(table, encoder=encoder, whole=whole, **parts)


@pytest.fixture
def fit(tmp_path):
    def run(table, *, folder="run", observer=None, model=None, spec=FORECAST, **training):
        return fit_model(
            spec,
            spec.options(**{**SMALL, **(model or {})}),
            TrainingOptions.parse({**QUICK, **training}),
            table,
            seed=0,
            device="cpu",
            folder=tmp_path / folder,
            observer=observer or RecordingObserver(),
        )

    return run


def test_the_phases_of_hours_are_those_of_the_clock():
    calendar = plan_calendar({"kind": "seconds", "step": 3600.0}, np.array([0.0, 8e7]), np.array([2]))
    assert {cycle for cycle, _ in calendar.waves} == {"day", "week", "year"}
    last = dt.datetime(2021, 5, 4, 22, tzinfo=dt.UTC)
    ahead = calendar.ahead(np.array([last.timestamp()]), 30)[0]
    day, week = (2 * calendar.waves.index((cycle, 1)) for cycle in ("day", "week"))
    for h in range(30):
        moment = last + dt.timedelta(hours=h + 1)
        turn = 2 * math.pi * moment.hour / 24
        assert ahead[h, day : day + 2] == pytest.approx([math.sin(turn), math.cos(turn)], abs=1e-5)
        turn = (
            2 * math.pi * (((moment.weekday() - 3) % 7) * 24 + moment.hour) / 168
        )  # 1970 began on a Thursday
        assert ahead[h, week : week + 2] == pytest.approx([math.sin(turn), math.cos(turn)], abs=1e-5)


def test_months_have_the_phase_of_their_month():
    times = np.array([0.0, 9e7])
    calendar = plan_calendar({"kind": "months", "step": 1}, times, np.array([2]))
    last = dt.datetime(2021, 11, 1, tzinfo=dt.UTC).timestamp()
    ahead = calendar.ahead(np.array([last]), 2)[0]
    for h, month in enumerate((11, 0)):  # December, January
        turn = 2 * math.pi * month / 12
        assert ahead[h, :2] == pytest.approx([math.sin(turn), math.cos(turn)], abs=1e-5)


@pytest.mark.parametrize(
    ("grid", "days", "cycles"),
    [
        (GRID, 700, {"week"}),  # less than two years: the place in the year would be the number of the day
        (GRID, 800, {"week", "year"}),
        ({"kind": "seconds", "step": 604_800.0}, 800, {"year"}),
        ({"kind": "rows", "step": 1.0}, 800, set()),
    ],
)
def test_a_cycle_is_told_of_where_training_holds_it(grid, days, cycles):
    found = plan_calendar(grid, np.array([0.0, days * 86_400.0]), np.array([2]))
    assert {cycle for cycle, _ in (found.waves if found else ())} == cycles


def test_lags_lie_whole_cycles_back_and_never_ahead():
    lags = aligned_lags(HOURS)
    assert lags.shape[0] == 24
    assert int(lags.min()) >= 0
    assert int(lags.max()) < HOURS.length  # the future begins there
    away = (HOURS.length + torch.arange(24))[:, None] - lags  # how far back
    of_days = away[:, :14]
    assert (of_days % 24 == 0).all()
    assert of_days[:, 0].tolist() == [24] * 24
    weeks = away[:, 14:].view(24, 2, 3)
    assert (weeks[:, 0, 1] == 168).all()
    assert (weeks[:, 1, 1] == 336).all()


def test_a_horizon_beyond_the_cycle_looks_up_the_last_cycle_that_is_known():
    context = dataclasses.replace(HOURS, length=14, horizon=10, season=7, cycles=(7,), n_outputs=30)
    lags = aligned_lags(context)[:, 1]  # the same place, one cycle back
    assert lags.tolist() == [7, 8, 9, 10, 11, 12, 13, 7, 8, 9]


def test_what_all_steps_are_told_is_the_end_and_the_means_of_days():
    recent = Recent(HOURS)
    window = torch.arange(336.0).view(1, 336, 1)
    told = recent(window)[0]
    assert recent.width == len(told) == 24 + 14
    assert told[:24].tolist() == list(range(312, 336))
    assert told[24:].tolist() == [24 * day + 11.5 for day in range(14)]
    rows = Recent(dataclasses.replace(HOURS, season=1, cycles=(), n_channels=2))
    assert rows(torch.zeros(3, 336, 2)).shape == (3, rows.width) == (3, 64)


def test_it_begins_at_the_last_cycle():
    torch.manual_seed(1)
    module = build_forecast(HOURS, ForecastOptions(**SMALL)).eval()
    window = torch.randn(5, 336, 1)
    out = module(window, torch.zeros(5, 0), torch.zeros(5, 0, dtype=torch.int64)).view(5, 2, 24, 3)
    wanted = window[:, 168:192, 0][:, None, :, None].expand_as(out)
    torch.testing.assert_close(out, wanted)


def test_a_step_hears_of_its_own_calendar_and_known_channel_only():
    context = dataclasses.replace(HOURS, n_numeric=24 * 3, n_known=1, n_calendar=2)
    module = build_forecast(context, ForecastOptions(**SMALL)).eval()
    module.requires_grad_(False)
    for parameter in module.parameters():
        parameter.normal_(0, 0.1)
    window, codes = torch.randn(1, 336, 1), torch.zeros(1, 0, dtype=torch.int64)
    numeric = torch.zeros(1, 72)
    before = module(window, numeric, codes).view(2, 24, 3)
    for place in (5, 24 + 2 * 5):  # known channel, first calendar number, of the sixth step
        changed = numeric.clone()
        changed[0, place] = 3.0
        moved = (module(window, changed, codes).view(2, 24, 3) - before).abs().amax(dim=(0, 2))
        assert moved[5] > 1e-3
        assert float(moved.sum()) == pytest.approx(float(moved[5]), rel=1e-5)


@pytest.mark.parametrize("loss", ["quantile", "squared"])
def test_it_learns_and_is_read_again_with_its_calendar(fit, tmp_path, loss):
    table = dated(gaps=True)
    model = fit(table, epochs=12, model={"calendar": True, "loss": loss}, refit=True)
    stated = model.predictor.predict(table.test)
    naive = fit_naive(table).predict(table.test)
    error = np.nanmean(np.abs(stated.quantiles[:, :, 1] - table.test.target))
    assert error < 0.95 * np.nanmean(np.abs(naive.quantiles[:, :, 1] - table.test.target))
    model.save(tmp_path / "dossier")
    again = load_predictor(tmp_path / "dossier", FORECAST).predict(table.test)
    np.testing.assert_array_equal(again.quantiles, stated.quantiles)


def test_a_description_of_an_older_version_is_read(fit, tmp_path):
    table = dated()
    model = fit(table, model={"network": "window"})
    wanted = model.predictor.predict(table.test).quantiles
    model.save(tmp_path)
    file = tmp_path / "model.json"
    tree = json.loads(file.read_text())
    for part, names in (
        ("context", ("cycles", "n_known", "n_calendar")),
        ("layout", ("cycles", "calendar")),
        ("options", ("network", "calendar")),
    ):
        for name in names:
            del tree[part][name]
    file.write_text(json.dumps(tree))
    np.testing.assert_array_equal(load_predictor(tmp_path, FORECAST).predict(table.test).quantiles, wanted)


def test_a_refitted_model_has_learnt_from_all_before_the_test_and_says_so(fit):
    table = dated()
    observer = RecordingObserver()
    plain, model = fit(table, folder="plain"), fit(table, folder="again", observer=observer, refit=True)
    assert (plain.summary.refitted_on, plain.held_out) == (0, {})
    assert model.summary.refitted_on == table.whole.n_rows > table.train.n_rows
    assert [e.validation_loss for e in model.summary.history] == [
        e.validation_loss for e in plain.summary.history
    ]
    assert model.weights != plain.weights
    # Of validation windows the network speaks that did not see them.
    np.testing.assert_array_equal(
        model.held_out["validation"].quantiles, plain.predictor.predict(table.validation).quantiles
    )
    epochs = [data for kind, data in observer.events if kind is EventKind.EPOCH]
    assert len(epochs) == model.summary.epochs_run
    lines = [
        d["message"] for k, d in observer.events if k is EventKind.LOG and "before the test" in d["message"]
    ]
    assert len(lines) == model.summary.best_epoch


def test_the_second_training_depends_on_what_lies_before_the_test_alone(fit):
    table = dated()
    model = fit(table, folder="one", refit=True)
    values = table.train.history.values.copy()
    ahead = table.test.history.stop.min()
    shifted = dataclasses.replace(
        table, test=dataclasses.replace(table.test, target=table.test.target + 99.0)
    )
    assert ahead > 0
    assert fit(shifted, folder="two", refit=True).weights == model.weights
    np.testing.assert_array_equal(values, table.train.history.values)


def test_a_second_training_that_was_stopped_goes_on_to_the_same_weights(fit, tmp_path, monkeypatch):
    monkeypatch.setattr(loop_module, "LISTEN_EVERY_S", 0.0)
    table = dated()
    counting = RecordingObserver()
    whole = fit(table, folder="whole", observer=counting, refit=True)
    stops = counting.n_stop_checks - 2  # in the last batches of the second training
    with pytest.raises(Interrupted):
        fit(table, folder="halves", observer=StopsAt(stops), refit=True)
    assert any((tmp_path / "halves" / FOLDER).iterdir())
    assert fit(table, folder="halves", refit=True).weights == whole.weights


def test_what_cannot_be_refitted_is_refused(fit):
    with pytest.raises(ConfigurationError, match=r"training\.refit"):
        fit(dataclasses.replace(dated(), whole=None), refit=True)
    settling = FORECAST.model_copy(update={"after": "testamur.train.nothing:settle"})
    from testamur.train.refit import _whole

    class Done:
        team = type("T", (), {"size": 1})

    with pytest.raises(ConfigurationError, match="settles nothing on validation rows"):
        _whole(settling, dated(), Done)


def test_the_calendar_survives_json():
    calendar = Calendar("months", 3.0, (("year", 1), ("year", 2)))
    from testamur.train.calendar import read_calendar

    assert read_calendar(json.loads(json.dumps(dataclasses.asdict(calendar)))) == calendar
    assert read_calendar(None) is None
