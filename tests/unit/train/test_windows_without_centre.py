"""Windows of a forecast that keep their level: zero stays zero, whatever the window's mean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from testamur.contracts.dataset import ProblemKind
from testamur.train.inputs import Layout
from testamur.train.window_layout import WindowLayout, read_window_layout, window_scale
from testamur.train.windows_form import gather

LAYOUT = WindowLayout(
    rows=Layout((), ProblemKind.FORECAST, 0),
    length=8,
    horizon=1,
    season=1,
    quantiles=(0.5,),
    squared=False,
    known_ahead=(),
    centre=(0.0,),
    spread=(1.0,),
    floor=0.1,
    centred=False,
)


@pytest.mark.parametrize("centred", [True, False])
def test_both_ways_to_scale_agree(centred):
    layout = replace(LAYOUT, centred=centred)
    log = np.random.default_rng(0).normal(2.0, 1.0, (20, 1)).astype(np.float32)
    window, level, spread = gather(torch.from_numpy(log.copy()), torch.tensor([10, 15]), layout)
    seen = np.stack([log[2:10, 0], log[7:15, 0]])
    expected_level, expected_spread = window_scale(seen, layout)
    assert level[:, 0].numpy() == pytest.approx(expected_level, abs=1e-6)
    assert spread[:, 0].numpy() == pytest.approx(expected_spread, rel=1e-6)
    scaled = (seen - expected_level[:, None]) / expected_spread[:, None]
    assert window[:, :, 0].numpy() == pytest.approx(scaled, abs=1e-5)


def test_zero_stays_zero_without_a_centre():
    level, spread = window_scale(np.full((1, 8), 3.0), LAYOUT)
    assert level.tolist() == [0.0]
    assert spread == pytest.approx([np.sqrt(9 + 0.01)])


def test_the_choice_is_kept_beside_the_weights():
    assert read_window_layout(LAYOUT.description()) == LAYOUT
