"""Frames of every library go in through the Arrow stream interface."""

import polars as pl
import pytest

from testamur.contracts.errors import DataError
from testamur.contracts.job import DatasetRequest
from testamur.data.frames import write_frame
from testamur.data.load import load_source

COLUMNS = {"x": [i * 0.5 for i in range(40)], "sex": ["m", "f"] * 20, "y": [0, 1, 1, 0] * 10}


def frames() -> dict[str, object]:
    import duckdb
    import pandas
    import pyarrow

    table = pyarrow.table(COLUMNS)
    return {
        "polars": pl.DataFrame(COLUMNS),
        "lazy": pl.LazyFrame(COLUMNS),
        "pandas": pandas.DataFrame(COLUMNS),
        "pyarrow": table,
        "duckdb": duckdb.from_arrow(table),
    }


@pytest.mark.parametrize("library", ["polars", "lazy", "pandas", "pyarrow", "duckdb"])
def test_each_library_gives_the_same_rows(tmp_path, library):
    path = write_frame(frames()[library], tmp_path / "in")
    assert pl.read_parquet(path).equals(pl.DataFrame(COLUMNS))
    assert write_frame(pl.DataFrame(COLUMNS), tmp_path / "in").read_bytes() == path.read_bytes()
    assert load_source(DatasetRequest(path=str(path), target="y"), None, base=tmp_path).frame.height == 40


@pytest.mark.parametrize("thing", [[1, 2], "t.csv", None, {"a": [1]}])
def test_anything_else_is_refused(tmp_path, thing):
    with pytest.raises(DataError, match=f"Arrow stream interface.*{type(thing).__name__}"):
        write_frame(thing, tmp_path)


def test_columns_of_mixed_objects_are_refused_without_quoting_them(tmp_path):
    import pandas

    with pytest.raises(DataError) as caught:
        write_frame(pandas.DataFrame({"a": [1.5, "Secret Person"]}), tmp_path)
    assert "Secret" not in str(caught.value)


def test_an_empty_frame_is_refused(tmp_path):
    with pytest.raises(DataError, match="0 rows of 1 columns"):
        write_frame(pl.DataFrame({"a": []}), tmp_path)


def test_every_type_of_column_is_understood(tmp_path):
    from datetime import date, datetime, timedelta
    from decimal import Decimal

    n = 24
    frame = pl.DataFrame(
        {
            "small": pl.Series([i % 5 for i in range(n)], dtype=pl.UInt8),
            "exact": pl.Series([Decimal(i) / 4 for i in range(n)], dtype=pl.Decimal(10, 2)),
            "nan": [float("nan") if i == 3 else i / 3 for i in range(n)],
            "level": pl.Series(["a", "b", "c", None] * 6, dtype=pl.Categorical),
            "day": [date(2024, 1, 1 + i) for i in range(n)],
            "moment": pl.Series([datetime(2024, 1, 1, i) for i in range(n)]).dt.replace_time_zone(
                "Europe/Berlin"
            ),
            "long": [timedelta(hours=i) for i in range(n)],
            "y": [True, False] * 12,
        }
    )
    path = write_frame(frame, tmp_path)
    source = load_source(DatasetRequest(path=str(path), target="y"), None, base=tmp_path)
    kinds = {c.name: c.kind.value for c in source.spec.columns}
    assert kinds == {
        "small": "numeric", "exact": "numeric", "nan": "numeric", "level": "categorical",
        "day": "datetime", "moment": "datetime", "long": "numeric", "y": "categorical",
    }  # fmt: skip
    assert source.frame.get_column("nan").null_count() == 1
    assert source.frame.get_column("moment")[0] == datetime(2023, 12, 31, 23)
