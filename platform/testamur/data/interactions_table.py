"""From ordered choices to the table of a ranking: a row is a choice, its history the choices before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import ColumnKind, ColumnSpec, Role, SplitKind
from testamur.contracts.table import Attribute, History, RowsPart, RowsTable
from testamur.data import wording
from testamur.data.column_types import as_text
from testamur.data.encode import VERSION, as_numbers, level_codes
from testamur.data.groups import fit_groups, group_codes
from testamur.data.interactions import column_of
from testamur.data.load import LoadedSource
from testamur.data.raw_cells import FrameCells
from testamur.data.rows import carried_columns, take
from testamur.data.split import Parts, entity_codes, seconds
from testamur.data.target import in_order

MOST_ITEM_LEVELS = 50  # groups of items by one attribute


def build_interactions(
    source: LoadedSource, parts: Parts, *, bands: Mapping[str, Sequence[float]]
) -> RowsTable:
    """The table of a ranking.

    Items have codes 1, 2, ... in the order of their names; 0 is an item that training never showed.
    Other columns than user, item, time and protected attributes are no features: those that are the same
    in every row of an item become item attributes, by which the audit groups items.

    Args:
        source: Loaded rows, ordered by `interactions.order_choices`.
        parts: Which row belongs to which part.
        bands: Inner edges by protected attribute.
    """
    spec, frame = source.spec, source.frame
    protected = [c for c in spec.columns if c.role is Role.PROTECTED]
    fitted = [
        fit_groups(c, frame.get_column(c.name), parts.train, tuple(bands.get(c.name, c.bands)))
        for c in protected
    ]
    attributes = [attribute for attribute, _ in fitted]
    chosen = as_text(frame.get_column(spec.problem.target))
    items = in_order(chosen.gather(parts.train).unique().to_list())
    encoder = _describe(source, protected, attributes, items)
    code = level_codes(items, chosen)
    whole = _rows(source, encoder, code)
    kinds, item_groups = _item_groups(source, code, parts.train, len(items))
    return RowsTable(
        spec=spec,
        problem=spec.problem,
        classes=(),
        features=(),
        attributes=tuple(Attribute(a["name"], a["label"], tuple(a["levels"])) for a in attributes),
        columns=tuple(c.name for c in protected),
        train=take(whole, parts.train),
        validation=take(whole, parts.validation),
        test=take(whole, parts.test),
        sha256=source.sha256,
        encoder=encoder,
        notes=(*source.notes, *(n for _, notes in fitted for n in notes), *_notes(source, parts, code)),
        request=source.request,
        entities=entity_names(frame.get_column(column_of(spec, Role.ENTITY) or "")),
        items=items,
        item_attributes=kinds,
        item_groups=item_groups,
        cells=FrameCells(frame, {"train": parts.train, "validation": parts.validation, "test": parts.test}),
    )


def entity_names(entity: pl.Series) -> tuple[str, ...]:
    """Names of the entities in the order of their codes; rows without one come first and have none."""
    known = as_text(entity.drop_nulls().unique().sort())
    return tuple([""] * entity.null_count() + known.to_list())


def _describe(
    source: LoadedSource,
    protected: Sequence[ColumnSpec],
    attributes: Sequence[Mapping[str, Any]],
    items: Sequence[str],
) -> dict[str, Any]:
    """What `histories.encode_histories` needs to read the choices of new users; JSON-ready."""
    spec = source.spec
    time = next((c for c in spec.columns if c.role is Role.TIME), None)
    kind = (time.kind or ColumnKind.NUMERIC).value if time else ""
    return {
        "version": VERSION,
        "features": [],
        "attributes": [dict(attribute) for attribute in attributes],
        "columns": [{"name": c.name, "source": (c.kind or ColumnKind.CATEGORICAL).value} for c in protected],
        "target": {"name": spec.problem.target, "kind": spec.problem.kind.value, "classes": []},
        "interactions": {
            "entity": column_of(spec, Role.ENTITY),
            "time": {"name": time.name, "source": kind} if time else None,
            "weight": column_of(spec, Role.WEIGHT),
            "least_weight": spec.problem.least_weight,
            "repeats": spec.problem.repeats,
            "items": list(items),
        },
    }


def _rows(source: LoadedSource, encoder: Mapping[str, Any], code: NDArray[np.int64]) -> RowsPart:
    """All choices as rows; the log of the history holds the same choices in the same order."""
    spec, frame, n = source.spec, source.frame, source.frame.height
    entity = entity_codes(source, column_of(spec, Role.ENTITY) or "")
    time = next((c for c in spec.columns if c.role is Role.TIME), None)
    moment = seconds(source, time.name, time.kind) if time else None
    weight = weights_of(frame, encoder["interactions"])
    begin = np.r_[0, np.flatnonzero(np.diff(entity)) + 1]
    start = begin[np.searchsorted(begin, np.arange(n), side="right") - 1]
    groups = np.full((n, len(encoder["attributes"])), -1, dtype=np.int16)
    for j, attribute in enumerate(encoder["attributes"]):
        groups[:, j] = group_codes(attribute, frame.get_column(attribute["name"]))
    absent = [frame.get_column(c["name"]).is_null().to_numpy() for c in encoder["columns"]]
    row = np.arange(n, dtype=np.int64)
    return RowsPart(
        row=source.row,
        numeric=np.zeros((n, 0), dtype=np.float32),
        missing=np.zeros((n, 0), dtype=np.bool_),
        categorical=np.zeros((n, 0), dtype=np.int64),
        target=code,
        groups=groups,
        absent=np.stack(absent, axis=1) if absent else np.zeros((n, 0), dtype=np.bool_),
        twin=row,
        twin_with_target=row,
        weight=weight,
        entity=entity,
        time=moment,
        history=History(
            values=np.zeros((n, 0), np.float32) if weight is None else weight.astype(np.float32)[:, None],
            codes=code[:, None],
            time=(row - start).astype(np.float64) if moment is None else moment,
            series=entity,
            start=start.astype(np.int64),
            stop=row,
        ),
        carried=carried_columns(source),
    )


def weights_of(frame: pl.DataFrame, rule: Mapping[str, Any]) -> NDArray[np.float64] | None:
    """(n,) weights of the choices; None where there are none, or where they only decided what counts."""
    if rule["weight"] is None or rule["least_weight"] is not None or rule["weight"] not in frame.columns:
        return None
    return as_numbers(frame.get_column(rule["weight"]))


def _item_groups(
    source: LoadedSource, code: NDArray[np.int64], train: NDArray[np.int64], n_items: int
) -> tuple[tuple[Attribute, ...], NDArray[np.int16]]:
    """Attributes of items, and their level codes (n_items + 1, n_attributes)."""
    kinds: list[Attribute] = []
    levels_of: list[NDArray[np.int16]] = []
    for column in (c for c in source.spec.columns if c.role is Role.FEATURE):
        values = source.frame.get_column(column.name)
        pairs = pl.DataFrame([pl.Series("item", code), values.alias("value")]).filter(pl.col("item") > 0)
        if pairs.unique().get_column("item").n_unique() != pairs.unique().height:
            continue
        described, _ = fit_groups(column, values, train, column.bands)
        if not 2 <= len(described["levels"]) <= MOST_ITEM_LEVELS:
            continue
        group = np.full(n_items + 1, -1, dtype=np.int16)
        group[code] = group_codes(described, values)
        group[0] = -1
        kinds.append(Attribute(column.name, described["label"], tuple(described["levels"])))
        levels_of.append(group)
    stacked = np.stack(levels_of, axis=1) if levels_of else np.zeros((n_items + 1, 0), np.int16)
    return tuple(kinds), stacked


def _notes(source: LoadedSource, parts: Parts, code: NDArray[np.int64]) -> list[str]:
    """Users that are not tested, and items that training never showed."""
    notes = []
    if source.spec.split.kind is SplitKind.LEAVE_LAST:
        entity = entity_codes(source, column_of(source.spec, Role.ENTITY) or "")
        n_single = int((np.unique(entity, return_counts=True)[1] == 1).sum())
        if n_single:
            notes.append(
                f"{wording.counted(n_single, 'user')} with one choice: it is learnt from, not tested"
            )
    for name, rows in (("validation", parts.validation), ("test", parts.test)):
        if n_unseen := int((code[rows] == 0).sum()):
            choices = wording.counted(n_unseen, "choice")
            notes.append(
                f"{choices} of {rows.size:,} in the {name} part fall on items that training never showed; "
                "no ranking can hold them, and they count as missed"
            )
    return notes
