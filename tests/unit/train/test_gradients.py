"""Gradients of a row's loss, against closed forms and finite differences."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from testamur.contracts.dataset import ProblemKind
from testamur.train.gradients import InputGradients, find_gradients
from testamur.train.inputs import Layout
from testamur.train.layers import build_tabular
from testamur.train.network import NetworkPredictor
from testamur.train.options import TabularOptions
from testamur.train.rows_form import RowsForm

from .conftest import draw_table


class Linear(nn.Module):
    def __init__(self, weights, k=1):
        super().__init__()
        self.weights = nn.Parameter(torch.tensor(weights, dtype=torch.float32))
        self.k = k

    def forward(self, numeric, categorical):
        n = self.weights.shape[0]
        return (numeric[:, :n] @ self.weights)[:, None, None].expand(-1, self.k, 1)


class Steps(nn.Module):
    def forward(self, numeric, categorical):
        return (numeric[:, :1] > 0).float() + nn.functional.one_hot(categorical[:, 0], 9)[:, :1]


def test_of_a_logistic_model_it_is_p_minus_y_times_the_weights():
    table = draw_table()
    weights = np.linspace(-1, 1, table.n_numeric)
    form = RowsForm(Layout((), ProblemKind.BINARY, 2))
    found = InputGradients(Linear(weights, k=3), form, "cpu").input_gradient(table.test)
    p = 1 / (1 + np.exp(-(table.test.numeric @ weights)))
    assert np.allclose(found, (p - table.test.target)[:, None] * weights, atol=1e-6)


def test_of_a_regression_it_is_twice_the_error_times_the_slope_in_the_targets_unit():
    table = draw_table(kind=ProblemKind.REGRESSION)
    weights, layout = np.linspace(-1, 1, table.n_numeric), Layout((), ProblemKind.REGRESSION, 0, 2.0, 3.0)
    found = InputGradients(Linear(weights), RowsForm(layout), "cpu").input_gradient(table.test)
    error = table.test.numeric @ weights * 3.0 + 2.0 - table.test.target
    assert np.allclose(found, (2 * error * 3.0)[:, None] * weights, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", [ProblemKind.BINARY, ProblemKind.MULTICLASS])
def test_of_a_network_it_agrees_with_finite_differences_of_its_loss(kind):
    table = draw_table(kind=kind)
    form = RowsForm.plan(table)
    context = form.context(table, n_bins=0, seed=1)
    module = build_tabular(context, TabularOptions(architecture="tabm", hidden=8, bins=0, dropout=0.0))
    gradients = InputGradients(module, form, "cpu")
    found = gradients.input_gradient(table.test)
    step = 1e-2
    moved = np.zeros_like(found)
    for j in range(table.n_numeric):
        ends = []
        for sign in (1, -1):
            numeric = table.test.numeric.copy()
            numeric[:, j] += sign * step
            part = replace(table.test, numeric=numeric)
            stated = NetworkPredictor(module, form, "cpu").predict(part).probabilities
            ends.append(-np.log(stated[np.arange(len(stated)), table.test.target]))
        moved[:, j] = (ends[0] - ends[1]) / (2 * step)
    # Rectifiers make kinks: nearly all rows agree, not the few whose step crosses one.
    assert np.quantile(np.abs(found - moved), 0.95) < 2e-3


def test_a_confident_network_still_has_a_gradient():
    table = draw_table()
    weights = np.full(table.n_numeric, 500.0)
    form = RowsForm(Layout((), ProblemKind.BINARY, 2))
    found = InputGradients(Linear(weights), form, "cpu").input_gradient(table.test)
    wrong = (table.test.numeric.sum(axis=1) > 0.2) & (table.test.target == 0)
    assert wrong.any()
    assert np.allclose(found[wrong], 500.0)


def test_a_model_of_steps_has_no_gradients():
    table = draw_table()
    assert find_gradients(Steps(), RowsForm.plan(table), "cpu", table) is None
