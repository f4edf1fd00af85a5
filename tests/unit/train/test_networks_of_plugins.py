"""A plugin's own network gets the same promises as the core's, also where it forgets to seed."""

import sys

import numpy as np
import pytest
import torch

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import IntegrityError, Interrupted
from testamur.contracts.event import EventKind
from testamur.contracts.model import ModelSpec, TrainingOptions
from testamur.testing.fakes import RecordingObserver
from testamur.train import loop as loop_module
from testamur.train.fit import fit_model
from testamur.train.options import TabularOptions
from testamur.train.restore import load_predictor

from .conftest import draw_table

NETS = """
import torch
from torch import nn

class Net(nn.Module):
    # Batch normalisation has buffers that training changes; nothing here is seeded.
    def __init__(self, context, width):
        super().__init__()
        n_in = context.n_numeric + len(context.cardinalities)
        self.body = nn.Sequential(
            nn.Linear(n_in, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(0.2), nn.Linear(width, 1)
        )

    def forward(self, numeric, categorical):
        return self.body(torch.cat([numeric, categorical.float()], dim=1))

def build(context, options):
    return Net(context, options.hidden)
"""


OTHER_NETS = NETS.replace("Net(context, options.hidden)", "Net(context, 5)")


class StopsAt(RecordingObserver):
    def __init__(self, n):
        super().__init__()
        self._n = n

    def check_stop(self):
        self.n_stop_checks += 1
        if self.n_stop_checks == self._n:
            raise Interrupted("stopped from outside")


@pytest.fixture
def spec(tmp_path, monkeypatch):
    (tmp_path / "nets_of_a_plugin.py").write_text(NETS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(loop_module, "LISTEN_EVERY_S", 0.0)
    yield ModelSpec(
        key="plugin.net",
        title="A net",
        problems=(ProblemKind.BINARY,),
        build="nets_of_a_plugin:build",
        options=TabularOptions,
    )
    sys.modules.pop("nets_of_a_plugin", None)


@pytest.fixture
def fit_net(spec, tmp_path):
    def run(folder, observer=None, hidden=8):
        training = TrainingOptions(epochs=3, batch_size=32, threads=1)
        return fit_model(
            spec, TabularOptions(hidden=hidden), training, draw_table(), seed=4, device="cpu",
            folder=tmp_path / folder, observer=observer or RecordingObserver(),
        )  # fmt: skip

    return run


def test_an_unseeded_network_depends_on_the_seed_of_the_job_alone(fit_net):
    torch.manual_seed(1)
    first = fit_net("a").weights
    torch.manual_seed(2)
    assert fit_net("b").weights == first


@pytest.mark.parametrize("at", [3, 12, 17])
def test_running_statistics_are_resumed_as_well(fit_net, at):
    whole = fit_net("whole")
    with pytest.raises(Interrupted):
        fit_net("torn", StopsAt(at))
    assert fit_net("torn").weights == whole.weights


def test_loading_gives_the_same_predictions_and_leaves_the_random_state(fit_net, spec, tmp_path):
    table, model = draw_table(), fit_net("run")
    model.save(tmp_path / "saved")
    torch.manual_seed(3)
    before = torch.get_rng_state()
    again = load_predictor(tmp_path / "saved", spec)
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(again.predict(table.test).event, model.predictor.predict(table.test).event)


def test_a_network_of_another_shape_does_not_resume(fit_net, tmp_path):
    """A plugin that was changed between two attempts: same options, other layers."""
    with pytest.raises(Interrupted):
        fit_net("torn", StopsAt(14))
    (tmp_path / "nets_of_a_plugin.py").write_text(OTHER_NETS)
    sys.modules.pop("nets_of_a_plugin")
    observer = RecordingObserver()
    assert fit_net("torn", observer).summary.resumed_from_epoch is None
    [log] = observer.of_kind(EventKind.LOG)
    assert "other data or options" in log["message"]


def test_a_network_of_another_shape_is_not_loaded(fit_net, spec, tmp_path):
    fit_net("run").save(tmp_path / "saved")
    (tmp_path / "nets_of_a_plugin.py").write_text(OTHER_NETS)
    sys.modules.pop("nets_of_a_plugin")
    with pytest.raises(IntegrityError, match="nets_of_a_plugin:build"):
        load_predictor(tmp_path / "saved", spec)
