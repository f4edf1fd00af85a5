"""Reads the master file of CDNOW purchases: four columns in fixed positions, a header line."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from testamur.contracts.errors import DataError, Problem


def read_cdnow(path: Path) -> pl.DataFrame:
    """Customer, date, number of CDs and dollars of every order.

    Args:
        path: ``CDNOW_master.txt``.

    Returns:
        Columns ``customer`` (text), ``date``, ``quantity``, ``value``; one row per order.

    Raises:
        DataError: Lines do not hold four fields of these kinds.
    """
    lines = pl.Series(path.read_text(encoding="ascii").splitlines()[1:])
    fields = lines.str.strip_chars().str.replace_all(r"\s+", " ").str.split(" ")
    frame = pl.DataFrame(
        {
            "customer": fields.list.get(0, null_on_oob=True),
            "date": fields.list.get(1, null_on_oob=True).str.to_date("%Y%m%d", strict=False),
            "quantity": fields.list.get(2, null_on_oob=True).cast(pl.Int64, strict=False),
            "value": fields.list.get(3, null_on_oob=True).cast(pl.Float64, strict=False),
        }
    )
    broken = frame.filter(pl.any_horizontal(pl.all().is_null())).height
    if broken:
        message = (
            f"customer, date, number and dollars are required in every line, however: {broken} lines lack one"
        )
        raise DataError("The CDNOW file cannot be read", [Problem(path.name, message, "fetch it again")])
    return frame
