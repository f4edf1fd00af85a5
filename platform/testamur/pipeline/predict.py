"""A dossier's model on new rows: verified first, then read, encoded, predicted, written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testamur.contracts.errors import IntegrityError, NotFound, PluginError
from testamur.contracts.job import DatasetRequest

if TYPE_CHECKING:
    from testamur.contracts.dataset import DatasetSpec
    from testamur.contracts.model import ModelSpec
    from testamur.contracts.protocols import Predictor
    from testamur.contracts.report import Report
    from testamur.contracts.table import Predictions
    from testamur.data.fresh import FreshPart, FreshRows
    from testamur.data.unfamiliar import Unfamiliar
    from testamur.hooks.registry import Registry

CORE = "core"


@dataclass(frozen=True, slots=True, eq=False)
class OpenedDossier:
    """A dossier that is what was sealed, and its model, ready to predict.

    Attributes:
        folder: The dossier.
        report: Its audit report.
        encoder: How rows become arrays.
        request: The ``[dataset]`` part of its job.
        dataset: The declaration that the model learnt from, or None for data of one's own.
        predictor: The model.
        quantiles: Levels that a forecast states.
        warnings: What a user must know before using a prediction.
    """

    folder: Path
    report: Report
    encoder: Mapping[str, Any]
    request: DatasetRequest
    dataset: DatasetSpec | None
    predictor: Predictor
    quantiles: tuple[float, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """New rows with what the model says of them.

    Attributes:
        dossier: Whose model it is.
        fresh: The rows as read.
        unfamiliar: What training did not show of them.
        pieces: Encoded rows with their predictions, a stretch at a time; can be gone through once.
        notes: What was noticed; complete once the pieces have been gone through.
    """

    dossier: OpenedDossier
    fresh: FreshRows
    unfamiliar: tuple[Unfamiliar, ...]
    pieces: Iterator[tuple[FreshPart, Predictions]]
    notes: list[str] = field(default_factory=list)


def open_dossier(
    folder: Path,
    registry: Registry,
    *,
    key: Path | None = None,
    device: str = "cpu",
    today: date | None = None,
) -> OpenedDossier:
    """Verify a dossier and build its model again.

    Args:
        folder: The dossier.
        registry: The installed plugins.
        key: Public key of the signer, had from elsewhere.
        device: Where the model shall run.
        today: The day on which it is asked; the present one when None.

    Raises:
        IntegrityError: The dossier is not what was sealed, or not by that key; or holds no model.
        PluginError: The plugin of its model or data is missing, broken or of another version.
    """
    from testamur.report.read import parse_report
    from testamur.report.verify import verify_dossier
    from testamur.train.devices import choose_device
    from testamur.train.restore import load_predictor

    verified = verify_dossier(folder, key=key)
    if not verified.ok:
        raise IntegrityError(
            f"an intact dossier is required to predict with, however: {verified}",
            remedy=f"testamur report verify {folder}",
        )
    report = parse_report(_read(folder, "report.json"), where=str(folder))
    request = _request(folder)
    model, dataset = _registered(report, request, registry)
    described = json.loads(_read(folder, "model/model.json"))
    return OpenedDossier(
        folder=folder,
        report=report,
        encoder=json.loads(_read(folder, "encoder.json")),
        request=request,
        dataset=dataset,
        predictor=load_predictor(folder / "model", model, device=choose_device(device)),
        quantiles=tuple(described["context"].get("quantiles", ())),
        warnings=_warnings(report, today or datetime.now(UTC).date(), signed=bool(key)),
    )


def answer(
    dossier: OpenedDossier,
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    reading: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    at_once: bool = False,
    stop: Callable[[], None] = lambda: None,
) -> Answered:
    """What the model says of the rows of a file.

    Args:
        dossier: From `open_dossier`.
        path: The file.
        columns: Names of training -> names in the file; those of the job hold where none is given.
        reading: How the file is read (``encoding``, ``separator``, ``null_values``), instead of the job's.
        environ: Variables, for plugins' readers.
        at_once: Encode all rows together, as reports need them.
        stop: Called between stretches of rows.

    Raises:
        DataError: The rows cannot be read or encoded; every fault is listed.
        PluginError: The plugin's preparation fails.
    """
    from testamur.data.fresh import CHUNK_ROWS, encode_fresh, read_fresh
    from testamur.data.unfamiliar import find_unfamiliar

    request = dossier.request.model_copy(
        update={
            "path": str(path),
            "query": None,
            "url": None,
            "columns": dict(columns) if columns else dossier.request.columns,
            **(reading or {}),
        }
    )
    fresh = read_fresh(request, dossier.dataset, base=Path.cwd(), environ=environ)
    notes = [*fresh.notes]
    parts = encode_fresh(
        dossier.encoder,
        fresh,
        named_by=named_by(dossier.report),
        carried=_carried(dossier.dataset),
        chunk_rows=None if at_once else CHUNK_ROWS,
    )

    def pieces() -> Iterator[tuple[FreshPart, Predictions]]:
        for part in parts:
            stop()
            notes.extend(part.notes)
            yield part, dossier.predictor.predict(part.rows)

    return Answered(dossier, fresh, find_unfamiliar(dossier.encoder, fresh.frame), pieces(), notes)


def named_by(report: Report) -> str | None:
    """The column that names a row, else the one that says whom it is about, where training had one."""
    names = {c.role: c.name for c in reversed(report.data.columns)}
    return names.get("identifier", names.get("entity"))


def _carried(dataset: DatasetSpec | None) -> tuple[Any, ...]:
    return tuple(dataset.column(name) for name in dataset.carried) if dataset else ()


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise IntegrityError(
            f"a dossier with {name} is required to predict with, however: {folder} holds none"
        ) from error


def _request(folder: Path) -> DatasetRequest:
    from testamur.jobs.jobfile import build_spec, read_job_file

    _read(folder, "job.toml")
    tree = read_job_file(folder / "job.toml")
    return build_spec({"dataset": tree["dataset"]}).dataset


def _registered(
    report: Report, request: DatasetRequest, registry: Registry
) -> tuple[ModelSpec, DatasetSpec | None]:
    """The declarations, from plugins of the versions that made the dossier."""
    if report.training is None:
        raise IntegrityError(
            "a dossier with the model's weights is required, however: its model was trained elsewhere",
            remedy="ask the model where it was trained; this dossier holds its audit alone",
        )
    keys = [report.training.model, *([request.use] if request.use else [])]
    for name in dict.fromkeys(key.partition(".")[0] for key in keys):
        if name != CORE:
            _require_version(name, report.provenance.plugins.get(name, ""), registry)
    return registry.model(keys[0]), registry.dataset(request.use) if request.use else None


def _require_version(name: str, version: str, registry: Registry) -> None:
    wanted = f"testamur-{name.replace('_', '-')}=={version}"
    try:
        info = registry.origin(f"{name}.model")
    except NotFound as error:
        raise PluginError(
            f"the plugin {name} {version} made this dossier, however: it is not installed",
            plugin=name,
            remedy=f"pip install {wanted}",
        ) from error
    if info.version != version:
        raise PluginError(
            f"the plugin {name} {version} made this dossier, however: {info.version} is installed",
            plugin=name,
            remedy=f"pip install {wanted}, in an environment of its own",
        )


def _warnings(report: Report, today: date, *, signed: bool) -> tuple[str, ...]:
    from testamur import __version__
    from testamur.report.headline import release_words

    found = []
    if today > report.expires:
        found.append(
            f"The audit report was valid until {report.expires}: what was measured may no longer hold."
        )
    if not report.cleared:
        found.append(release_words(report))
    made = report.provenance.testamur_version
    if made != __version__:
        found.append(f"The dossier was made by Testamur {made}, and is read by {__version__}.")
    if not signed:
        found.append("The dossier is intact; who sealed it was not verified (--key).")
    return tuple(found)
