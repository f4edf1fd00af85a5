"""Opens a model that was trained elsewhere: a file that is safe to open, or a callable."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import ConfigurationError, DataError, PluginError, Problem
from testamur.contracts.examined import Examined, ExaminedCard, Handover
from testamur.contracts.table import Predictions

if TYPE_CHECKING:
    import polars as pl

    Ask = Callable[[pl.DataFrame, ProblemKind, Sequence[str]], Predictions]

MOST_BYTES = 2**31 - 1  # of a protobuf
_PICKLES = (".pkl", ".pickle", ".joblib", ".sav", ".pt", ".pth", ".ckpt", ".dill", ".cloudpickle")
_COMPRESSED = (b"\x1f\x8b", b"x\x01", b"x\x9c", b"x\xda", b"BZh", b"\xfd7zXZ", b"\x04\x22\x4d\x18")
_PICKLE_WORDS = "a pickle runs whatever code its author put into it when it is opened; it was not opened"
_PICKLE_REMEDY = (
    "save a scikit-learn estimator with skops.io.dump(model, 'model.skops'), export it to ONNX, "
    "or audit its predictions in a CSV file"
)


@dataclass(frozen=True, slots=True)
class HandedModel:
    """A model trained elsewhere.

    Attributes:
        card: What the report says of it.
        ask: Gives predictions for rows as read; None where they stand in the file.
    """

    card: ExaminedCard
    ask: Ask | None


def open_model(examined: Examined, *, base: Path, data: str, call: Any = None) -> HandedModel:
    """Open what the job names.

    Args:
        examined: The ``[examined]`` part.
        base: Folder that a relative path starts from.
        data: What the examined rows are called; predictions alone are told by it.
        call: The callable or estimator itself, handed over by the process in which the user named it.

    Raises:
        DataError: The file is refused or cannot be read.
        ConfigurationError: A callable is named where none may run.
    """
    if examined.file is not None:
        return _open_file(examined, base)
    if examined.call is not None:
        if call is None:
            message = "a callable runs only in the process in which it is named, however: this job was queued"
            remedy = "testamur audit module:function, or a model as ONNX or skops file"
            raise ConfigurationError("The job cannot be used", [Problem("examined.call", message, remedy)])
        title = examined.title or examined.call
        card = ExaminedCard(handover=Handover.CALLABLE, title=title, source=examined.call)
        return HandedModel(card, _asking(call, examined.call))
    title = examined.title or f"predictions in {data}"
    facts = {"Columns": ", ".join(examined.columns)}
    return HandedModel(
        ExaminedCard(handover=Handover.PREDICTIONS, title=title, source=data, facts=facts), None
    )


def _open_file(examined: Examined, base: Path) -> HandedModel:
    path = (base / Path(examined.file or "").expanduser()).absolute()
    content = _read(path)
    form = recognise(path.name, content, path)
    card = {
        "title": examined.title or path.name,
        "source": path.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "n_bytes": len(content),
    }
    if form is Handover.ONNX:
        from testamur.pipeline.handed_onnx import OnnxModel

        model = OnnxModel(content, path.name)
        facts = {
            "Made by": model.facts.producer or "not stated",
            "Operators": f"{model.facts.n_nodes}; sets "
            + ", ".join(f"{domain or 'ai.onnx'} {version}" for domain, version in model.facts.opsets.items()),
        }
        return HandedModel(ExaminedCard(handover=form, facts=facts, **card), model.ask)
    from testamur.pipeline.handed_skops import ask_estimator, load_estimator

    estimator = load_estimator(path, examined.trusted)
    facts = {"Estimator": type(estimator).__name__}
    if examined.trusted:
        facts["Types trusted by name"] = ", ".join(examined.trusted)
    return HandedModel(
        ExaminedCard(handover=form, facts=facts, **card),
        lambda frame, kind, classes: ask_estimator(estimator, frame, kind, classes),
    )


def recognise(name: str, content: bytes, path: Path) -> Handover:
    """What a model file is, by what it begins with; nothing in it is run.

    Raises:
        DataError: It is a pickle, or nothing that can be opened safely.
    """
    lower = name.lower()
    pickled = content[:1] == b"\x80" or lower.endswith(_PICKLES) or content.startswith(_COMPRESSED)
    if content.startswith(b"PK\x03\x04"):
        inside = _names_in(path)
        if "schema.json" in inside and not any(entry.endswith(".pkl") for entry in inside):
            return Handover.SKOPS
        pickled = pickled or any(entry.endswith((".pkl", ".pickle")) for entry in inside)
    elif lower.endswith(".onnx"):
        return Handover.ONNX
    if pickled:
        message = f"a model file that is safe to open is required, however: it is a pickle; {_PICKLE_WORDS}"
        raise DataError("The model cannot be opened", [Problem(name, message, _PICKLE_REMEDY)])
    message = "an ONNX file (*.onnx) or a skops file (*.skops) is required, however: it is neither"
    raise DataError("The model cannot be opened", [Problem(name, message, _PICKLE_REMEDY)])


def _names_in(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return []


def _read(path: Path) -> bytes:
    where = path.name
    try:
        if not path.is_file():
            raise DataError(
                "The model cannot be opened", [Problem(where, "a file is required, however: there is none")]
            )
        if path.stat().st_size > MOST_BYTES:
            raise DataError("The model cannot be opened", [Problem(where, "at most 2 GB are required")])
        return path.read_bytes()
    except OSError as error:
        message = f"a readable file is required, however: {error.strerror or type(error).__name__}"
        raise DataError("The model cannot be opened", [Problem(where, message)]) from error


def _asking(call: Any, name: str) -> Ask:
    """How a callable is asked: an estimator by its methods, anything else with the rows alone."""
    from testamur.pipeline.handed_answers import settle_answers
    from testamur.pipeline.handed_skops import ask_estimator

    if hasattr(call, "predict"):
        return lambda frame, kind, classes: ask_estimator(call, frame, kind, classes)

    def ask(frame: pl.DataFrame, kind: ProblemKind, classes: Sequence[str]) -> Predictions:
        try:
            answers = call(frame)
        except Exception as error:
            message = f"{name} must answer for every row, however: it ended with {type(error).__name__}"
            raise PluginError(
                message, remedy="run it again with --debug to see where; it is given a polars DataFrame"
            ) from error
        return settle_answers(answers, kind, classes, frame.height)

    return ask
