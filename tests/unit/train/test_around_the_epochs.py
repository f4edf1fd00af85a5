"""What a model does before the first and after the last epoch lies in its weights, resumed or not."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import Cancelled, Interrupted, PluginError
from testamur.contracts.event import EventKind
from testamur.contracts.model import ModelOptions, ModelSpec, TrainingOptions
from testamur.testing.fakes import RecordingObserver
from testamur.train import loop as loop_module
from testamur.train.baselines import fit_further
from testamur.train.fit import fit_model
from testamur.train.restore import load_predictor

from .conftest import draw_table
from .test_resuming import StopsAt, told

NETS = """
import numpy as np
import torch
from torch import nn

from testamur.contracts.table import Predictions

CALLS = []


class Shifted(nn.Module):
    # A layer that is learnt, a centre that is computed before, a scale that is settled after.
    def __init__(self, context):
        super().__init__()
        self.layer = nn.Linear(context.n_numeric, 1)
        self.register_buffer("centre", torch.zeros(context.n_numeric))
        self.register_buffer("scale", torch.ones(1))

    def forward(self, numeric, categorical):
        return self.layer(numeric - self.centre) * self.scale


class Solved(nn.Module):
    # Ridge regression: nothing to learn by gradients.
    def __init__(self, context):
        super().__init__()
        self.register_buffer("slope", torch.zeros(context.n_numeric, 1))
        self.register_buffer("level", torch.zeros(1))

    def forward(self, numeric, categorical):
        return numeric @ self.slope + self.level


def build(context, options):
    return Shifted(context)


def build_solved(context, options):
    return Solved(context)


def centre(module, table, options, *, seed, stop):
    CALLS.append("before")
    n = table.train.numeric.shape[1]
    module.centre[:n].copy_(torch.from_numpy(table.train.numeric.mean(axis=0) + 0.5))
    module.centre.add_(torch.rand(()) * 0.01)  # drawn, from the seed of the job


def settle(module, table, options, *, seed, stop):
    CALLS.append("after")
    stop()
    module.scale.fill_(0.5)
    module.scale.add_(torch.rand(()) * 0.01)


def solve(module, table, options, *, seed, stop):
    x = np.concatenate([table.train.numeric, table.train.missing[:, [1]]], axis=1).astype(np.float64)
    scale, mean = table.train.target.std(), table.train.target.mean()
    y = (table.train.target - mean) / scale
    centre = x.mean(axis=0)
    slope = np.linalg.solve((x - centre).T @ (x - centre) + np.eye(x.shape[1]), (x - centre).T @ y)
    module.slope.copy_(torch.from_numpy(slope).float()[:, None])
    module.level.fill_(float(-centre @ slope))


def grow(module, table, options, *, seed, stop):
    module.centre = torch.zeros(1)


class Half:
    def predict(self, part):
        return Predictions(probabilities=np.full((part.n_rows, 2), 0.5))


def half(table, *, seed, threads):
    return Half()


def nothing(table, *, seed, threads):
    return None
"""


@pytest.fixture
def nets(tmp_path, monkeypatch):
    (tmp_path / "nets_around.py").write_text(NETS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(loop_module, "LISTEN_EVERY_S", 0.0)
    import importlib

    return importlib.reload(importlib.import_module("nets_around"))


def spec(**changes):
    told_of = {
        "key": "made.shifted", "title": "Shifted", "options": ModelOptions,
        "problems": (ProblemKind.BINARY, ProblemKind.REGRESSION),
        "build": "nets_around:build", "before": "nets_around:centre", "after": "nets_around:settle",
    }  # fmt: skip
    return ModelSpec(**{**told_of, **changes})


def fit(model, table, folder, *, observer=None, seed=0, epochs=3):
    training = TrainingOptions.parse(
        {"epochs": epochs, "batch_size": 32, "threads": 1, "learning_rate": 0.01}
    )
    return fit_model(
        model, ModelOptions(), training, table, seed=seed, device="cpu", folder=folder,
        observer=observer or RecordingObserver(),
    )  # fmt: skip


def state(model):
    from safetensors.torch import load

    return load(model.weights)


def test_both_are_called_once_and_stand_in_the_weights(nets, tmp_path):
    table = draw_table()
    model = fit(spec(), table, tmp_path / "run")
    assert nets.CALLS == ["before", "after"]
    found = state(model)
    wanted = table.train.numeric.mean(axis=0) + 0.5
    np.testing.assert_allclose(found["centre"][: len(wanted)].numpy(), wanted, atol=0.011)
    assert 0.5 <= float(found["scale"]) < 0.51
    model.save(tmp_path / "saved")
    again = load_predictor(tmp_path / "saved", spec())
    np.testing.assert_array_equal(again.predict(table.test).event, model.predictor.predict(table.test).event)


def test_what_they_draw_depends_on_the_seed_alone(nets, tmp_path):
    table = draw_table()
    first = state(fit(spec(), table, tmp_path / "a"))
    torch.rand(7)
    assert torch.equal(first["centre"], state(fit(spec(), table, tmp_path / "b"))["centre"])
    assert not torch.equal(first["centre"], state(fit(spec(), table, tmp_path / "c", seed=1))["centre"])


@pytest.mark.parametrize("at", [1, 2, 3, 14, 30, 39])
def test_an_interruption_anywhere_changes_nothing(nets, tmp_path, at):
    """Also one before the first batch, and one after the last epoch, while the last step is due."""
    table = draw_table()
    whole = fit(spec(), table, tmp_path / "whole")
    with pytest.raises(Interrupted):
        fit(spec(), table, tmp_path / "torn", observer=StopsAt(at))
    resumed = fit(spec(), table, tmp_path / "torn")
    assert resumed.weights == whole.weights
    assert told(resumed.summary.history) == told(whole.summary.history)


def test_an_interruption_after_the_last_epoch_trains_nothing_again(nets, tmp_path):
    table, observer = draw_table(), RecordingObserver()
    whole = fit(spec(), table, tmp_path / "whole", observer=observer)
    with pytest.raises(Interrupted):
        fit(spec(), table, tmp_path / "torn", observer=StopsAt(observer.n_stop_checks))
    resumed = fit(spec(), table, tmp_path / "torn", observer=(second := RecordingObserver()))
    assert resumed.summary.resumed_from_epoch == 3
    assert second.of_kind(EventKind.EPOCH) == []
    assert resumed.weights == whole.weights


def test_a_resumed_training_does_not_begin_again(nets, tmp_path):
    with pytest.raises(Interrupted):
        fit(spec(), draw_table(), tmp_path / "torn", observer=StopsAt(14))
    fit(spec(), draw_table(), tmp_path / "torn")
    assert nets.CALLS == ["before", "after"]


def test_what_has_nothing_to_learn_is_not_trained(nets, tmp_path):
    """Against ridge regression by another program."""
    from sklearn.linear_model import Ridge

    table, observer = draw_table(ProblemKind.REGRESSION), RecordingObserver()
    model = fit(
        spec(build="nets_around:build_solved", before="nets_around:solve", after=None),
        table,
        tmp_path / "run",
        observer=observer,
    )
    summary = model.summary
    assert (summary.epochs_run, summary.history, summary.best_epoch, summary.batch_size) == (0, (), 0, 0)
    assert not summary.stopped_early
    assert summary.seconds > 0
    assert observer.of_kind(EventKind.EPOCH) == []

    def inputs(part):
        return np.concatenate([part.numeric, part.missing[:, [1]]], axis=1)

    oracle = Ridge(alpha=1.0).fit(inputs(table.train), table.train.target)
    np.testing.assert_allclose(
        model.predictor.predict(table.test).values, oracle.predict(inputs(table.test)), rtol=1e-5
    )


def test_cancelling_before_the_first_epoch_ends_it(nets, tmp_path):
    with pytest.raises(Cancelled):
        fit(spec(), draw_table(), tmp_path / "run", observer=StopsAt(1, Cancelled))
    assert nets.CALLS == []


def test_shapes_stay_as_they_were_built(nets, tmp_path):
    with pytest.raises(PluginError, match=r"unchanged shape.*centre"):
        fit(spec(before="nets_around:grow"), draw_table(), tmp_path / "run")


def test_a_baseline_of_the_model_predicts(nets):
    table = draw_table()
    predictor = fit_further("half", "nets_around:half", table, seed=0)
    assert set(predictor.predict(table.test).event) == {0.5}
    with pytest.raises(PluginError, match=r"method predict, however: a NoneType"):
        fit_further("none", "nets_around:nothing", table, seed=0)


@pytest.mark.parametrize("name", ["naive", "boosting", "model", "Not a name"])
def test_a_baseline_needs_a_name_of_its_own(name):
    with pytest.raises(ValidationError):
        spec(baselines={name: "nets_around:half"})


def test_a_job_predicts_with_every_baseline_that_its_model_names(nets, tmp_path):
    from types import SimpleNamespace

    from testamur.contracts.job import DatasetRequest, JobSpec
    from testamur.pipeline.energy_meter import Meter
    from testamur.pipeline.run_job import _predict
    from testamur.pipeline.stages import Stages

    table, model = draw_table(), spec(baselines={"one_half": "nets_around:half"})
    trained = fit(model, table, tmp_path / "run")
    job = SimpleNamespace(model=model, spec=JobSpec(dataset=DatasetRequest(path="rows.csv", target="y")))
    stages = Stages(RecordingObserver(), None, job_id="made", attempt=1, meter=Meter(counters=()))
    found = _predict(job, table, trained, 1, stages)
    assert list(found) == ["model", "naive", "linear", "boosting", "one_half"]
    assert set(found["one_half"]["validation"].event) == {0.5}
