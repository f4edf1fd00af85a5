"""From loaded rows and their parts to the table that training and audit work on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from testamur.contracts.dataset import ColumnKind, ColumnSpec, ProblemKind, Role
from testamur.contracts.errors import DataError, Problem
from testamur.contracts.table import Attribute, Feature, RowsPart, RowsTable
from testamur.data.encode import as_numbers, encode_frame, fit_encoder
from testamur.data.groups import fit_groups
from testamur.data.interactions_table import build_interactions
from testamur.data.load import LoadedSource
from testamur.data.raw_cells import FrameCells
from testamur.data.rows import carried_columns, take
from testamur.data.split import Parts, entity_codes, seconds
from testamur.data.wording import column, shown
from testamur.hooks.suggest import did_you_mean


def build_table(
    source: LoadedSource,
    parts: Parts,
    *,
    bands: Mapping[str, Sequence[float]],
    protected_as_features: bool = False,
    needs_features: bool = True,
) -> RowsTable:
    """Encode a source; whatever is learnt from values is learnt from training rows only.

    Args:
        source: Loaded rows.
        parts: Which row belongs to which part.
        bands: Inner edges by protected attribute; they win over those of the declaration.
        protected_as_features: True lets the model see the protected attributes.
        needs_features: False where predictions are at hand already.

    Raises:
        DataError: No feature is left, or bands name another column than a protected number.
    """
    spec = source.spec
    protected = [c for c in spec.columns if c.role is Role.PROTECTED]
    if spec.problem.kind is ProblemKind.RANKING:
        _check((), protected, bands, needs_features=False)
        return build_interactions(source, parts, bands=bands)
    features = [c for c in spec.columns if c.role is Role.FEATURE]
    if protected_as_features:
        features = [c for c in spec.columns if c.role in (Role.FEATURE, Role.PROTECTED)]
    _check(features, protected, bands, needs_features=needs_features)
    fitted = [
        fit_groups(c, source.frame.get_column(c.name), parts.train, tuple(bands.get(c.name, c.bands)))
        for c in protected
    ]
    attributes = [attribute for attribute, _ in fitted]
    columns = [c for c in spec.columns if c.role in (Role.FEATURE, Role.PROTECTED)]
    encoder = fit_encoder(
        source.frame, features, attributes, columns, spec.problem, source.classes, parts.train
    )
    whole = _with_row_facts(encode_frame(encoder, source.frame), source)
    return RowsTable(
        spec=spec,
        problem=spec.problem,
        classes=source.classes,
        features=tuple(table_feature(feature) for feature in encoder["features"]),
        attributes=tuple(Attribute(a["name"], a["label"], tuple(a["levels"])) for a in attributes),
        columns=tuple(c.name for c in columns),
        train=take(whole, parts.train),
        validation=take(whole, parts.validation),
        test=take(whole, parts.test),
        sha256=source.sha256,
        encoder=encoder,
        notes=(*source.notes, *(note for _, notes in fitted for note in notes)),
        request=source.request,
        cells=FrameCells(
            source.frame, {"train": parts.train, "validation": parts.validation, "test": parts.test}
        ),
    )


def _check(
    features: Sequence[ColumnSpec],
    protected: Sequence[ColumnSpec],
    bands: Mapping[str, Sequence[float]],
    *,
    needs_features: bool = True,
) -> None:
    kinds = {c.name: c.kind for c in protected}
    problems = []
    if not features and needs_features:
        problems.append(Problem("features", "at least one feature is required, however: there is none"))
    for name in bands:
        if name not in kinds:
            near = did_you_mean(name, [shown(n) for n in kinds], what="protected attribute")
            problems.append(
                Problem("audit.bands", f"a protected attribute is required, however: '{shown(name)}'", near)
            )
        elif kinds[name] is not ColumnKind.NUMERIC and bands[name]:
            problems.append(
                Problem(column(name), "bands divide numbers, however: the attribute is categorical")
            )
    if problems:
        raise DataError("The table cannot be built", problems)


def _with_row_facts(part: RowsPart, source: LoadedSource) -> RowsPart:
    """Adds what a new row need not have: its place in the source, weight, entity and time."""
    by_role = {c.role: c for c in source.spec.columns}
    weight, entity, time = (by_role.get(role) for role in (Role.WEIGHT, Role.ENTITY, Role.TIME))
    return replace(
        part,
        row=source.row,
        weight=as_numbers(source.frame.get_column(weight.name)) if weight else None,
        entity=entity_codes(source, entity.name) if entity else None,
        time=seconds(source, time.name, time.kind) if time else None,
        carried=carried_columns(source),
    )


def table_feature(fitted: Mapping[str, Any]) -> Feature:
    """A feature of the table from its description in the encoder."""
    cardinality = len(fitted["levels"]) + 1 if fitted["kind"] == "categorical" else 0
    return Feature(name=fitted["name"], label=fitted["label"], kind=fitted["kind"], cardinality=cardinality)
