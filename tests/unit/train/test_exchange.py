"""The shorter way to answer for exchanged columns says what the long way says."""

from dataclasses import replace

import numpy as np
import pytest

from testamur.contracts.dataset import ProblemKind
from testamur.train.exchange import find_exchanges
from testamur.train.layers import build_tabular
from testamur.train.network import NetworkPredictor
from testamur.train.options import TabularOptions
from testamur.train.rows_form import RowsForm

from .conftest import draw_table


@pytest.mark.parametrize("architecture", ["tabm", "mlp"])
@pytest.mark.parametrize("bins", [0, 4])
@pytest.mark.parametrize("kind", [ProblemKind.BINARY, ProblemKind.REGRESSION])
def test_both_ways_agree(architecture, bins, kind):
    table = draw_table(kind=kind)
    form = RowsForm.plan(table)
    options = TabularOptions(architecture=architecture, hidden=8, members=3, bins=bins, embedding=3)
    module = build_tabular(form.context(table, n_bins=bins, seed=1), options)
    predictor, part = NetworkPredictor(module, form, "cpu"), table.test
    r = np.random.default_rng(0)
    onto, of = r.integers(0, part.n_rows, 70), r.integers(0, part.n_rows, 70)
    short = predictor.exchanging(part)
    for columns in ([0], [1], [4], [1, 4]):  # 1 has a missing flag, 4 is a category
        made = {name: getattr(part, name)[onto].copy() for name in ("numeric", "missing", "categorical")}
        for j in columns:
            for name in ("numeric", "missing") if j < 4 else ("categorical",):
                made[name][:, j % 4] = getattr(part, name)[of, j % 4]
        rows = replace(part, row=onto, target=part.target[onto], **made)
        long, found = predictor.predict(rows), short.predict(columns, onto, of)
        for name in ("probabilities", "values"):
            if getattr(long, name) is not None:
                scale = np.abs(getattr(long, name)).max()
                assert np.allclose(getattr(found, name), getattr(long, name), atol=2e-6 * scale)


def test_other_networks_and_devices_have_none():
    table = draw_table()
    form = RowsForm.plan(table)
    module = build_tabular(form.context(table, n_bins=0, seed=1), TabularOptions(bins=0))
    assert find_exchanges(module, form, "cuda", table.test) is None
    assert find_exchanges(module.net, form, "cpu", table.test) is None
    assert find_exchanges(module, object(), "cpu", table.test) is None
