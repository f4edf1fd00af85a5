"""Protected attributes into groups: levels with words, or bands of a number."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import ColumnKind, ColumnSpec
from testamur.data.column_types import as_text
from testamur.data.target import in_order
from testamur.data.wording import column as where

FEW_NUMBERS = 10
TERCILES = (1 / 3, 2 / 3)


def fit_groups(
    column: ColumnSpec, values: pl.Series, train: NDArray[np.int64], bands: tuple[float, ...]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """How an attribute is turned into groups, JSON-ready, and notes.

    Args:
        column: The declaration; its `values` are the words of the levels.
        values: The attribute of all rows.
        train: Positions of the training rows.
        bands: Inner edges for numbers; empty: levels where the numbers are few, else terciles.
    """
    described = {"name": column.name, "label": column.label or column.name, "kind": "levels"}
    if column.kind is ColumnKind.NUMERIC:
        if bands:
            return {**described, **_banded(values, tuple(sorted(set(bands))))}, ()
        if values.drop_nulls().n_unique() > FEW_NUMBERS:
            return _terciles(described, values, train)
    codes = as_text(values).drop_nulls().unique().to_list()
    ordered = [code for code in column.values if code in codes]
    ordered += [code for code in in_order(codes) if code not in column.values]
    words = _words(ordered, column.values)
    return {**described, "codes": ordered, "levels": words}, ()


def group_codes(attribute: Mapping[str, Any], values: pl.Series) -> NDArray[np.int16]:
    """(n,) level codes; -1 where the value is missing or was never seen."""
    if "edges" in attribute:
        numbers = values.cast(pl.Float64).to_numpy()
        codes = np.searchsorted(np.asarray(attribute["edges"], dtype=np.float64), numbers, side="right")
        return np.where(np.isnan(numbers), -1, codes).astype(np.int16)
    known = attribute["codes"]
    text = as_text(values)
    if not known:
        return np.full(text.len(), -1, dtype=np.int16)
    found = text.cast(pl.Enum(known), strict=False).to_physical().cast(pl.Int16)
    return np.asarray(found.fill_null(-1).to_numpy(), dtype=np.int16)


def band_labels(edges: tuple[float, ...], *, whole: bool) -> list[str]:
    """``<40``, ``40-49``, ``50 and over`` for whole numbers; ``40 to <50`` between others."""
    inner = [
        (f"{low:g}" if high - low == 1 else f"{low:g}-{high - 1:g}") if whole else f"{low:g} to <{high:g}"
        for low, high in pairwise(edges)
    ]
    return [f"<{edges[0]:g}", *inner, f"{edges[-1]:g} and over"]


def _banded(values: pl.Series, edges: tuple[float, ...]) -> dict[str, Any]:
    filled = values.drop_nulls()
    whole = bool((filled == filled.round(0)).all()) and all(edge == round(edge) for edge in edges)
    return {"kind": "bands", "edges": list(edges), "levels": band_labels(edges, whole=whole)}


def _terciles(
    described: dict[str, Any], values: pl.Series, train: NDArray[np.int64]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    numbers = values.to_numpy()[train]
    quantiles = np.quantile(numbers[~np.isnan(numbers)], TERCILES) if (~np.isnan(numbers)).any() else [0.0]
    edges = tuple(sorted({float(f"{edge:.6g}") for edge in quantiles}))
    note = (
        f"{where(values.name)} was divided at the terciles of the training rows "
        f"({', '.join(f'{edge:g}' for edge in edges)}); audit.bands sets other edges"
    )
    return {**described, **_banded(values, edges)}, (note,)


def _words(codes: list[str], words: Mapping[str, str]) -> list[str]:
    """Words of the levels; a word that two codes share is told apart by the code."""
    plain = [words.get(code) or code for code in codes]
    return [
        word if plain.count(word) == 1 else f"{word} ({code})"
        for word, code in zip(plain, codes, strict=True)
    ]
