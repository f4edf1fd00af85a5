"""Some rows of a part, as a part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.table import RowsPart


def take(part: RowsPart, rows: NDArray[np.int64]) -> RowsPart:
    """The rows at these positions, in this order."""
    return RowsPart(
        row=part.row[rows],
        numeric=part.numeric[rows],
        missing=part.missing[rows],
        categorical=part.categorical[rows],
        target=part.target[rows],
        groups=part.groups[rows],
        absent=part.absent[rows],
        twin=part.twin[rows],
        twin_with_target=part.twin_with_target[rows],
        weight=None if part.weight is None else part.weight[rows],
        carried={name: values[rows] for name, values in part.carried.items()},
    )
