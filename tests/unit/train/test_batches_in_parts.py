"""A batch in parts: the gradient, and so the model, of the whole batch; only the rows at a time are fewer."""

from __future__ import annotations

import pytest

from testamur.train.loop import Loop
from testamur.train.loss import training_loss
from testamur.train.team import Alone

from .conftest import draw_table


def loss_curve(trained) -> list[float]:
    return [epoch.validation_loss for epoch in trained.summary.history]


@pytest.mark.parametrize("weights", ["none", "balanced"])
def test_the_same_losses_with_half_the_rows_at_a_time(fit, weights, monkeypatch):
    n_rows: list[int] = []

    def count(output, *arguments):
        n_rows.append(len(output))
        return training_loss(output, *arguments)

    monkeypatch.setattr("testamur.train.rows_form.training_loss", count)
    still = {"model": {"dropout": 0.0}, "class_weights": weights, "epochs": 3}  # dropout draws by part
    whole = fit(draw_table(), folder="whole", **still)
    largest = max(n_rows)
    n_rows.clear()
    halves = fit(draw_table(), folder="halves", micro_batches=2, **still)
    assert (largest, max(n_rows)) == (32, 16)
    assert loss_curve(halves) == pytest.approx(loss_curve(whole), rel=1e-4)
    assert (whole.summary.micro_batches, halves.summary.micro_batches) == (1, 2)
    assert whole.summary.batch_size == halves.summary.batch_size == 32


@pytest.mark.parametrize(
    ("n", "parts", "sizes"), [(32, 2, [16, 16]), (33, 2, [16, 17]), (1, 2, [1]), (7, 1, [7])]
)
def test_parts_cover_a_batch_and_their_weights_add_up(n, parts, sizes):
    loop = Loop.__new__(Loop)
    loop.team, loop.micro_batches = Alone(), parts
    found = loop._parts(slice(100, 100 + n))
    assert [part.stop - part.start for part, _ in found] == sizes
    assert found[0][0].start == 100
    assert found[-1][0].stop == 100 + n
    assert sum(share for _, share in found) == pytest.approx(1.0)
