from __future__ import annotations

import csv
import hashlib
from datetime import date
from pathlib import Path

import pytest

import testamur_retail
from testamur.jobs.jobfile import build_spec, read_job_file
from testamur.testing.conformance import PluginConformance
from testamur_retail.datasets_demand import DAILY
from testamur_retail.sources import MOVIELENS_FETCH

PACKAGE = Path(testamur_retail.__file__).parent
EXAMPLES = sorted((PACKAGE / "examples").glob("*.toml"))


class TestRetail(PluginConformance):
    plugin = "retail"


def test_the_file_is_the_one_that_was_described():
    content = (PACKAGE / "data" / "cdnow_daily.csv").read_bytes()
    assert hashlib.sha256(content).hexdigest() == DAILY.source.sha256
    assert DAILY.source.sha256 in (PACKAGE / "data" / "cdnow_daily.md").read_text(encoding="utf-8")


def test_daily_totals_hold_every_day_and_nobody():
    with (PACKAGE / "data" / "cdnow_daily.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    days = {date.fromisoformat(line["date"]) for line in lines}
    assert len(lines) == 5 * 546
    assert (max(days) - min(days)).days + 1 == len(days) == 546
    assert set(lines[0]) == {"series", "date", "sold"}
    assert sum(int(line["sold"]) for line in lines) == 167_881  # CDs in the master file


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_a_job_on_what_the_plugin_offers(path):
    spec = build_spec(read_job_file(path))
    assert spec.dataset.use.startswith("retail.")
    assert spec.purpose.intended


def test_nothing_of_movielens_is_in_the_package():
    assert not [path for path in PACKAGE.rglob("*") if "ml-100k" in path.name]
    assert MOVIELENS_FETCH.member.endswith(".inter")
