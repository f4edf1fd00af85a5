"""Series that are not as they should be, each tried through the command line."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from testamur.report.verify import verify_dossier

from .test_bad_input import refused

ROLES = ("--problem", "forecast", "--target", "sold", "--entity", "shop")
FORECAST = (*ROLES, "--time", "day", "--horizon", "7")


def sales(n_series: int = 3, n_days: int = 90) -> pl.DataFrame:
    r = np.random.default_rng(0)
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=d) for d in range(n_days)]
    week = 20 + 5 * np.sin(np.arange(n_days) * 2 * np.pi / 7)
    return pl.concat(
        pl.DataFrame({"shop": [f"Inn {i}"] * n_days, "day": days, "sold": week + r.normal(0, 1, n_days)})
        for i in range(n_series)
    )


@pytest.fixture
def write(tmp_path):
    def run(frame: pl.DataFrame):
        path = tmp_path / "sales.csv"
        frame.write_csv(path)
        return path

    return run


def check(cli, path, *more, roles=FORECAST):
    return cli("job", "submit", "--dry-run", "--data", path, *roles, *more)


def test_a_moment_that_comes_twice(cli, write):
    path = write(pl.concat([sales(), sales().head(2)]))
    done = check(cli, path)
    refused(done, "column 'day'", "2 rows of 1 series repeat a moment", "add them up")
    assert "2024" not in done.stderr
    assert "Inn" not in done.stderr


def test_irregular_dates(cli, write):
    hours = pl.when(pl.int_range(pl.len()) % 30 == 4).then(5).otherwise(0)
    frame = sales().with_columns(day=pl.col("day").cast(pl.Datetime) + pl.duration(hours=hours))
    refused(
        check(cli, write(frame)), "the most common step is a day", "lie between two steps", "steps = 'rows'"
    )


def test_a_series_shorter_than_its_window(cli, write):
    short = sales(1, 12).with_columns(shop=pl.lit("new"))
    whole = check(cli, write(pl.concat([sales(), short])), "--set", "dataset.windows.length=14")
    assert whole.exit_code == 0, whole.output
    path = write(sales(2, 15))
    refused(check(cli, path, "--set", "dataset.windows.length=14"), "a window of 14 steps", "15 steps")


def test_a_forecast_without_time_or_horizon(cli, write):
    refused(check(cli, write(sales()), roles=ROLES), "dataset.time", "no horizon is given")


def test_gaps_are_steps_without_a_value(cli, write):
    """The whole walk, on gaps and on a value that is missing: a dossier with forecasts, its own report."""
    frame = sales().filter(pl.int_range(pl.len()) % 17 != 3)
    frame = frame.with_columns(sold=pl.when(pl.int_range(pl.len()) % 29 == 5).then(None).otherwise("sold"))
    done = cli(
        "run", "--data", write(frame), *FORECAST, "--epochs", "3",
        "--set", "model.options.members=2", "--set", "model.options.hidden=8",
    )  # fmt: skip
    assert done.exit_code in (0, 10), done.output
    folder = cli.dossier()
    assert verify_dossier(folder, key=None).ok
    report = (folder / "report.json").read_text()
    assert "have no row; they are gaps" in report
    assert "core.forecast.accuracy" in report
    assert (
        "Inn" not in (folder / "report.html").read_text()
    )  # a name of one series belongs to nobody's report
