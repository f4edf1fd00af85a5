"""Windows through the one loop: gathered as they lie, scaled by themselves, trained, saved, resumed."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import DataError, Interrupted
from testamur.contracts.model import InputShape, ModelOptions, ModelSpec, TrainingOptions
from testamur.testing.fakes import RecordingObserver
from testamur.train import loop as loop_module
from testamur.train.fit import fit_model
from testamur.train.models import FORECAST, RECURRENT, WINDOW_CLASSIFIER
from testamur.train.pinball import pinball, step_mean
from testamur.train.restore import load_predictor
from testamur.train.window_layers import RecurrentNet
from testamur.train.window_layout import filled, plan_windows
from testamur.train.windows_form import WindowsForm

from .conftest import draw_table
from .test_resuming import StopsAt, told
from .windows_drawn import HORIZON, LENGTH, LEVELS, SEASON, draw_classes, draw_forecast

QUICK = {"epochs": 3, "batch_size": 32, "threads": 1, "learning_rate": 0.005}
SMALL = {"members": 2, "hidden": 8, "depth": 1}


def median_error(predictions, part):
    return np.nanmean(np.abs(predictions.quantiles[:, :, 1] - part.target))


@pytest.fixture
def fit_windows(tmp_path):
    def run(table, spec=FORECAST, *, folder="run", observer=None, model=None, **training):
        chosen = {**SMALL, **(model or {})} if spec is FORECAST else (model or {})
        return fit_model(
            spec,
            spec.options(**chosen),
            TrainingOptions.parse(
                {"epochs": 3, "batch_size": 32, "threads": 1, "learning_rate": 0.005, **training}
            ),
            table,
            seed=0,
            device="cpu",
            folder=tmp_path / folder,
            observer=observer or RecordingObserver(),
        )

    return run


def test_a_batch_holds_the_stretches_of_the_log_scaled_by_themselves():
    table = draw_forecast()
    form = WindowsForm.plan(table)
    examples = form.examples(table.train, "cpu", None).taken(torch.tensor([5, 0, 200]))
    batch = examples.batch(slice(0, 2))
    for i, row in enumerate((5, 0)):
        stop = int(table.train.history.stop[row])
        raw = table.train.history.values[stop - LENGTH : stop, 0].astype(np.float64)
        spread = np.sqrt(raw.var() + form.layout.floor**2)
        wanted = (raw - raw.mean()) / spread
        np.testing.assert_allclose(batch.inputs[0][i, :, 0].numpy(), wanted, atol=1e-5)
        ahead = (table.train.target[row] - raw.mean()) / spread
        np.testing.assert_allclose(batch.target[i].numpy(), ahead, atol=1e-4)
    assert batch.inputs[0].shape == (2, LENGTH, 2)


def test_what_is_known_ahead_is_an_input_and_nothing_else_of_the_future():
    table = draw_forecast(known_ahead=("x",))
    form = WindowsForm.plan(table)
    numeric = form.examples(table.test, "cpu", None).batch(slice(0, 1)).inputs[1]
    stop = int(table.test.history.stop[0])
    scaled = (
        table.test.history.values[stop : stop + HORIZON, 1] - form.layout.centre[1]
    ) / form.layout.spread[1]
    np.testing.assert_allclose(numeric[0].numpy(), scaled, rtol=1e-5)
    assert form.context(table, n_bins=0, seed=0).n_numeric == HORIZON
    assert WindowsForm.plan(draw_forecast()).context(table, n_bins=0, seed=0).n_numeric == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(-5, 5, width=32)), min_size=3, max_size=40), st.integers(0, 4))
def test_gaps_are_filled_from_the_past_alone(values, season):
    """Cutting the log short changes nothing before the cut, once a first value is known."""
    table = draw_forecast()
    log = np.array([np.nan if v is None else v for v in values], np.float32)[:, None]
    known = np.flatnonzero(~np.isnan(log[:, 0]))
    n = len(log)

    def of(length):
        history = dataclasses.replace(
            table.train.history, values=log[:length], series=np.zeros(length, np.int64)
        )
        return filled(history, season)[:, 0]

    whole = of(n)
    assert np.isfinite(whole).all()
    np.testing.assert_array_equal(whole[known], log[known, 0])
    if known.size:
        for cut in range(int(known[0]) + 1, n):
            np.testing.assert_array_equal(of(cut), whole[:cut])


def test_gaps_are_never_filled_from_another_series():
    table = draw_forecast()
    log = np.array([[1.0], [np.nan], [np.nan], [5.0]], np.float32)
    history = dataclasses.replace(table.train.history, values=log, series=np.array([0, 0, 1, 1]))
    np.testing.assert_array_equal(filled(history, 1)[:, 0], [1, 1, 5, 5])


@settings(max_examples=50, deadline=None)
@given(
    y=st.floats(-10, 10), f=st.lists(st.floats(-10, 10), min_size=3, max_size=3).map(sorted)
)  # fmt: skip
def test_the_pinball_loss_is_the_textbook_s(y, f):
    loss = pinball(torch.tensor([[f]]), torch.tensor([[y]]), torch.tensor(LEVELS)).item()
    wanted = np.mean(
        [2 * (q * (y - x) if y >= x else (1 - q) * (x - y)) for q, x in zip(LEVELS, f, strict=True)]
    )
    assert loss == pytest.approx(wanted, abs=1e-5)


def test_unknown_steps_weigh_nothing_and_spoil_no_gradient():
    table = draw_forecast(gaps=True)
    form = WindowsForm.plan(table)
    batch = form.examples(table.train, "cpu", None).batch(slice(0, 64))
    assert torch.isnan(batch.target).any()
    for squared, width in ((False, HORIZON * 3), (True, HORIZON)):
        of = WindowsForm(dataclasses.replace(form.layout, squared=squared))
        output = torch.randn(64, 2, width, requires_grad=True)
        loss = of.loss(output, batch)
        loss.backward()
        assert torch.isfinite(loss)
        assert torch.isfinite(output.grad).all()
        unknown = torch.isnan(batch.target[:, 0])
        first = output.grad[:, :, : (1 if squared else 3)]
        assert (first[unknown] == 0).all()
        assert (first[~unknown] != 0).any()
    known = torch.tensor([[True, False, True]])
    assert step_mean(torch.tensor([[1.0, 100.0, 3.0]]), known).item() == 2.0


def test_a_forecast_beats_the_last_cycle_and_its_quantiles_grow(fit_windows):
    table = draw_forecast()
    model = fit_windows(table, epochs=20)
    stated = model.predictor.predict(table.test)
    log = table.test.history
    naive = log.values[log.stop[:, None] - SEASON + np.arange(HORIZON) % SEASON, 0]
    assert median_error(stated, table.test) < 0.95 * np.mean(np.abs(naive - table.test.target))
    assert (np.diff(stated.quantiles, axis=2) >= 0).all()
    assert stated.quantiles.shape == (table.test.n_rows, HORIZON, 3)


def test_an_untrained_model_repeats_the_last_cycle(fit_windows):
    table = draw_forecast()
    stated = fit_windows(table, epochs=1, learning_rate=1e-12).predictor.predict(table.test)
    log = table.test.history
    naive = log.values[log.stop[:, None] - SEASON + np.arange(HORIZON) % SEASON, 0]
    np.testing.assert_allclose(stated.quantiles, np.repeat(naive[:, :, None], 3, axis=2), rtol=1e-4)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_a_forecast_does_not_depend_on_the_unit(fit_windows, scale):
    plain, table = draw_forecast(), draw_forecast(scale=scale)
    one = fit_windows(plain, folder="plain").predictor.predict(plain.test).quantiles
    other = fit_windows(table, folder="scaled").predictor.predict(table.test).quantiles
    np.testing.assert_allclose(other / scale, one, rtol=2e-3)


def test_the_squared_form_states_a_mean_and_the_quantiles_of_its_errors(fit_windows, tmp_path):
    table = draw_forecast()
    model = fit_windows(table, epochs=15, model={"loss": "squared"})
    stated = model.predictor.predict(table.validation)
    assert stated.values.shape == (table.validation.n_rows, HORIZON)
    below = [(table.validation.target <= stated.quantiles[:, :, i]).mean() for i in range(3)]
    np.testing.assert_allclose(below, LEVELS, atol=0.06)
    model.save(tmp_path / "saved")
    again = load_predictor(tmp_path / "saved", FORECAST).predict(table.test)
    assert np.array_equal(again.quantiles, model.predictor.predict(table.test).quantiles)
    assert np.array_equal(again.values, model.predictor.predict(table.test).values)


def test_a_saved_forecast_is_the_same_and_new_series_need_no_target(fit_windows, tmp_path):
    table = draw_forecast(gaps=True, known_ahead=("x",))
    model = fit_windows(table)
    model.save(tmp_path / "saved")
    again = load_predictor(tmp_path / "saved", FORECAST)
    assert np.array_equal(again.predict(table.test).quantiles, model.predictor.predict(table.test).quantiles)
    unknown = dataclasses.replace(table.test, target=np.full_like(table.test.target, np.nan))
    assert np.array_equal(again.predict(unknown).quantiles, again.predict(table.test).quantiles)


@pytest.mark.parametrize("at", [1, 8, 20])
def test_an_interrupted_forecast_ends_with_the_same_weights(fit_windows, monkeypatch, at):
    monkeypatch.setattr(loop_module, "LISTEN_EVERY_S", 0.0)
    table = draw_forecast(gaps=True)
    whole = fit_windows(table, folder="whole")
    with pytest.raises(Interrupted):
        fit_windows(table, folder="torn", observer=StopsAt(at))
    resumed = fit_windows(table, folder="torn")
    assert resumed.weights == whole.weights
    assert told(resumed.summary.history) == told(whole.summary.history)


def test_other_windows_do_not_take_over_a_checkpoint(fit_windows):
    fit_windows(draw_forecast())
    observer = RecordingObserver()
    fit_windows(draw_forecast(gaps=True), observer=observer)
    assert any("other data or options" in str(data.get("message", "")) for _, data in observer.events)


def test_windows_are_classified(fit_windows, tmp_path):
    table = draw_classes()
    model = fit_windows(table, WINDOW_CLASSIFIER, epochs=12, model={"filters": 16, "depth": 2})
    stated = model.predictor.predict(table.test).probabilities
    assert (stated.argmax(axis=1) == table.test.target).mean() > 0.8
    model.save(tmp_path / "saved")
    again = load_predictor(tmp_path / "saved", WINDOW_CLASSIFIER).predict(table.test)
    assert np.array_equal(again.probabilities, stated)


def test_rows_are_refused_in_words(fit_windows):
    with pytest.raises(DataError, match="a model of windows needs series of rows"):
        fit_windows(draw_table(ProblemKind.REGRESSION))
    table = draw_forecast()
    model = fit_windows(table, epochs=1)
    with pytest.raises(DataError, match="windows of series are required"):
        model.predictor.predict(dataclasses.replace(table.test, history=None))


class RecurrentOptions(ModelOptions):
    hidden: int = 8


def build_recurrent(context, options):
    return RecurrentNet(context, hidden=options.hidden)


@pytest.mark.parametrize("draw", [draw_forecast, draw_classes])
def test_a_plugin_builds_a_recurrent_net_from_public_layers(fit_windows, draw):
    table = draw()
    spec = ModelSpec(
        key="own.recurrent",
        title="own",
        problems=(table.problem.kind,),
        input_shape=InputShape.WINDOWS,
        build=f"{__name__}:build_recurrent",
        options=RecurrentOptions,
    )
    model = fit_windows(table, spec, epochs=4)
    history = model.summary.history
    assert history[-1].train_loss < history[0].train_loss


def test_the_floor_keeps_still_windows_from_being_blown_up():
    table = draw_forecast()
    layout = plan_windows(table, squared=False)
    moving = [table.train.history.values[s - LENGTH : s, 0].std() for s in table.train.history.stop]
    assert layout.floor == pytest.approx(0.05 * np.median(moving), rel=0.05)


@pytest.mark.parametrize("draw", [draw_forecast, draw_classes])
def test_a_recurrent_network_of_windows_is_trained_privately(fit_windows, draw):
    privacy = {"epsilon": 3.0, "delta": 1e-4, "accountant": "rdp"}
    trained = fit_windows(draw(), RECURRENT, model={"hidden": 4}, epochs=1, privacy=privacy)
    spent = trained.summary.privacy
    assert spent.steps == -(-spent.n_units // 32)
    assert 2.9 < spent.epsilon_spent <= 3.0
    assert np.isfinite(trained.summary.history[0].validation_loss)
