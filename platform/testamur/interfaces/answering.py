"""Predicting with a dossier's model: what the command line and Python share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testamur.contracts.errors import ConfigurationError, NotFound, Problem
from testamur.settings import Settings

if TYPE_CHECKING:
    from testamur.contracts.report_spec import ReportSpec
    from testamur.pipeline.predict import Answered, OpenedDossier


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a dossier's model said of new rows.

    Attributes:
        path: The file of predictions: one line per row, per step and quantile, or per ranked item.
        n_rows: Rows, series or users that were predicted.
        pages: Insight pages of the new rows, where they were asked for.
        warnings: What must be known before a prediction is used: an expired report, limits not met.
        unfamiliar: What the rows hold that training did not show, a sentence each.
        notes: What was noticed while reading.
    """

    path: Path
    n_rows: int
    pages: tuple[Path, ...]
    warnings: tuple[str, ...]
    unfamiliar: tuple[str, ...]
    notes: tuple[str, ...]

    def frame(self) -> Any:
        """The predictions as a polars ``DataFrame``."""
        import polars as pl

        return pl.read_csv(self.path)


def predict_file(
    name: str,
    data: Path,
    out: Path,
    *,
    settings: Settings,
    columns: Mapping[str, str] | None = None,
    reading: Mapping[str, Any] | None = None,
    key: Path | None = None,
    report: bool = False,
) -> Prediction:
    """Predict the rows of a file with a dossier's model.

    Args:
        name: Folder of a dossier, or a job id.
        data: The rows.
        out: Where the predictions go.
        settings: Home and device.
        columns: Names of training -> names in the file.
        reading: How the file is read, instead of the job's options.
        key: Public key of the signer.
        report: Also draw the insight pages of these rows, into a folder beside `out`.

    Raises:
        TestamurError: With the reason; nothing half-written stays.
    """
    from testamur.hooks.registry import Registry
    from testamur.interfaces.dossiers import find_dossier
    from testamur.pipeline.answers_file import write_answers
    from testamur.pipeline.batch_pages import batch_reports
    from testamur.pipeline.predict import answer, open_dossier

    _refuse_same(data, out)
    registry = Registry.load(settings.home)
    dossier = open_dossier(find_dossier(name, settings), registry, key=key, device=settings.device)
    specs = batch_reports(dossier, registry) if report else []
    if report and not specs:
        raise _without_page(dossier)
    answered = answer(
        dossier, data, columns=columns, reading=reading, environ=settings.environ, at_once=report
    )
    pages: list[Path] = []
    if report:
        answered, pages = _with_pages(answered, specs, out.with_name(f"{out.stem}-pages"))
    n_rows = write_answers(answered, out)
    return Prediction(
        path=out,
        n_rows=n_rows,
        pages=tuple(pages),
        warnings=dossier.warnings,
        unfamiliar=tuple(found.words for found in answered.unfamiliar),
        notes=tuple(answered.notes),
    )


def _with_pages(answered: Answered, specs: list[ReportSpec], folder: Path) -> tuple[Answered, list[Path]]:
    """The pages drawn from the one piece, which is handed on to be written."""
    from testamur.pipeline.batch_pages import draw_batch, write_pages

    part, predictions = next(answered.pieces)
    pages = write_pages(draw_batch(answered, part, predictions, specs, folder=folder), folder)
    return replace(answered, pieces=iter([(part, predictions)])), pages


def _refuse_same(data: Path, out: Path) -> None:
    if out.exists() and data.exists() and out.samefile(data):
        message = "a file of its own is required for the predictions, however: it is that of the rows"
        raise ConfigurationError("The predictions cannot be written", [Problem("--out", message)])


def _without_page(dossier: OpenedDossier) -> NotFound:
    return NotFound(
        f"no installed plugin draws a page of new rows for {dossier.report.data.key or 'these data'}",
        remedy="leave --report out; the predictions are had without it",
    )
