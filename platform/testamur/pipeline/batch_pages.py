"""Insight pages of new rows: the plugin's own page, drawn from what a dossier's model says of them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testamur.contracts.batch import Batch
from testamur.contracts.errors import PluginError, StoreError, TestamurError
from testamur.contracts.report_spec import ReportKind, ReportSpec
from testamur.hooks.references import resolve
from testamur.pipeline.answers_file import items_of
from testamur.pipeline.plugin_sections import applying
from testamur.settings import make_private

if TYPE_CHECKING:
    from testamur.contracts.table import Predictions
    from testamur.data.fresh import FreshPart
    from testamur.hooks.registry import Registry
    from testamur.pipeline.predict import Answered, OpenedDossier


def batch_reports(dossier: OpenedDossier, registry: Registry) -> list[ReportSpec]:
    """The insight reports that can be made of new rows for this dossier."""
    data = dossier.report.data
    return [
        spec
        for spec in applying(registry, data.problem_kind, data.key)
        if spec.kind is ReportKind.INSIGHT and spec.batch is not None
    ]


def draw_batch(
    answered: Answered, part: FreshPart, predictions: Predictions, specs: list[ReportSpec], *, folder: Path
) -> dict[str, str]:
    """Draw each report of new rows.

    Args:
        answered: The rows; all of them in one piece.
        part: That piece.
        predictions: What the model says of it.
        specs: From `batch_reports`.
        folder: Where the pages will lie: their links lead to the dossier from there.

    Returns:
        Pages by file name.

    Raises:
        PluginError: A plugin cannot make its page of these rows.
    """
    from testamur.report.insight.page import BatchLine, place_page
    from testamur.report.render import render_insight

    dossier = answered.dossier
    notes = (*dossier.warnings, *(u.words for u in answered.unfamiliar), *answered.notes)
    batch = Batch(
        report=dossier.report,
        evidence=_evidence(dossier.folder, restricted=False),
        rows=part.rows,
        predictions=predictions,
        names=part.names,
        entities=part.entities,
        items=items_of(dossier.encoder),
        source=answered.fresh.name,
        notes=notes,
    )
    line = BatchLine(answered.fresh.name, part.rows.n_rows, personal=_is_personal(dossier))
    to_root = os.path.relpath(dossier.folder, folder)
    pages = {}
    for spec in specs:
        given = (
            replace(batch, evidence=_evidence(dossier.folder, restricted=True)) if spec.restricted else batch
        )
        place = place_page(
            dossier.report, spec, to_root=to_root, today=datetime.now(UTC).date(), batch=line, notes=notes
        )
        try:
            content = json.loads(json.dumps(resolve(spec.batch or "")(given), allow_nan=False))
            pages[f"{spec.key}.html"] = render_insight(dossier.report, spec, content, place=place)
        except TestamurError:
            raise
        except Exception as error:
            raise PluginError(
                f"{spec.title} ({spec.key}) cannot be made of these rows: {type(error).__name__}",
                plugin=spec.key.partition(".")[0],
                remedy="the predictions can be had without --report",
            ) from error
    return pages


def write_pages(pages: Mapping[str, str], folder: Path) -> list[Path]:
    """Write pages about new rows into a folder that only its owner may enter.

    Raises:
        StoreError: It cannot be written.
    """
    try:
        make_private(folder)
        paths = [folder / name for name in pages]
        for path, text in zip(paths, pages.values(), strict=True):
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"the pages must be written to {folder}, however: {error.strerror or type(error).__name__}",
            remedy="choose another place with --out",
        ) from error
    return paths


def _is_personal(dossier: OpenedDossier) -> bool:
    """Whether the rows are about single people: prices and sales say of themselves that they are not."""
    declared = dossier.dataset.windows if dossier.dataset else None
    windows = dossier.request.windows or declared
    return windows is None or windows.personal


def _evidence(folder: Path, *, restricted: bool) -> dict[str, Any]:
    """JSON evidence of the dossier, as the plugin's page of training saw it."""
    places = [folder / "evidence", *([folder / "restricted"] if restricted else [])]
    return {
        path.name: json.loads(path.read_bytes()) for place in places for path in sorted(place.glob("*.json"))
    }
