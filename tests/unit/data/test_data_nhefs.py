"""The shipped health data walk through the room as declared."""

from pathlib import Path

import numpy as np

from testamur.contracts.job import DatasetRequest
from testamur.data.load import load_source
from testamur.data.split import assign_parts
from testamur.data.table import build_table
from testamur_health.datasets import NHEFS


def test_nhefs_becomes_a_table():
    source = load_source(DatasetRequest(use="health.nhefs"), NHEFS, base=Path.cwd())
    assert source.frame.height == 1629
    assert source.sha256 == NHEFS.source.sha256
    table = build_table(source, assign_parts(source, seed=0), bands={})
    assert table.classes == ("0", "1")
    assert [a.name for a in table.attributes] == ["sex", "race", "age"]
    assert table.attributes[2].levels == ("<40", "40-49", "50-59", "60 and over")
    assert table.train.n_rows + table.validation.n_rows + table.test.n_rows == 1629
    shares = [table.part(name).target.mean() for name in ("train", "validation", "test")]
    assert np.ptp(shares) < 0.005
    features = {feature.name for feature in table.features}
    assert not features & {"seqn", "death", "sex", "race", "age", *NHEFS.leaks}
