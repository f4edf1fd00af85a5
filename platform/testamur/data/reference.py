"""The rows that a job's data should be like, counted in the groups of its protected attributes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from testamur.contracts.dataset import ReadOptions
from testamur.contracts.errors import DataError, Problem
from testamur.contracts.raw_cells import Reference
from testamur.contracts.table import RowsTable
from testamur.data.column_types import type_column
from testamur.data.groups import group_codes
from testamur.data.locate import find_file, sha256_of
from testamur.data.read_file import read_file
from testamur.data.wording import column, shown


def read_reference(path: str, table: RowsTable, *, base: Path) -> Reference:
    """Count a reference file by the groups of the table; attributes that it lacks are left out.

    Args:
        path: As the job writes it (``audit.reference``): CSV, TSV, Parquet or Arrow.
        table: The data; its groups (levels, bands) are those that are counted.
        base: Folder against which the path is read.

    Raises:
        DataError: The file cannot be read, has none of the protected attributes, or no row.
    """
    found = find_file(path, base)
    frame, _ = read_file(found, ReadOptions())
    where = f"audit.reference: {shown(found.name)}"
    described = {entry["name"]: entry for entry in table.encoder.get("attributes", ())}
    present = [attribute for attribute in table.attributes if attribute.name in frame.columns]
    if not present or not frame.height:
        names = ", ".join(shown(attribute.name) for attribute in table.attributes) or "none is declared"
        arrived = "it has none of them" if frame.height else "it has no rows"
        message = f"rows with a protected attribute ({names}) are required, however: {arrived}"
        raise DataError("The reference cannot be used", [Problem(where, message)])
    counts: dict[str, tuple[int, ...]] = {}
    unknown: dict[str, int] = {}
    faults: list[Problem] = []
    for attribute in present:
        typed = type_column(frame.get_column(attribute.name), table.spec.column(attribute.name).kind)
        if typed.problems:
            faults += [Problem(f"{where}: {column(attribute.name)}", p.message) for p in typed.problems]
            continue
        codes = group_codes(described[attribute.name], typed.series)
        counted = np.bincount(codes[codes >= 0], minlength=len(attribute.levels))
        counts[attribute.name] = tuple(int(n) for n in counted)
        unknown[attribute.name] = int((codes < 0).sum())
    if faults:
        raise DataError("The reference cannot be used", faults)
    return Reference(sha256_of(found), frame.height, counts, unknown)
